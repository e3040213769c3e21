//! SNGAN's generator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, tanh, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use super::config::{BASE, SnganConfig};
use super::convolutions::{INSIDE, one, three};
use crate::layers::{BatchNorm, ConditionalBatchNorm, Conv2d, ConvConfig, Linear, RELU, Resize, SelfAttention, relu};
use crate::mode::Mode;
use crate::network::Generator;

/// Batch norm followed by ReLU, with scales and shifts for all images or for each class.
#[derive(Module, Debug)]
struct Norm {
    batch: Option<BatchNorm>,
    conditional: Option<ConditionalBatchNorm>,
}

impl Norm {
    fn new(channels: usize, classes: usize, device: &Device) -> Self {
        match classes {
            0 => Self { batch: Some(BatchNorm::identity(channels, device)), conditional: None },
            _ => Self { batch: None, conditional: Some(ConditionalBatchNorm::new(classes, channels, device)) },
        }
    }

    fn forward(&mut self, x: Dual<4>, classes: &Dual<2>, mode: Mode) -> Dual<4> {
        match (&mut self.batch, &mut self.conditional) {
            (Some(norm), _) => norm.forward_leaky(x, mode, RELU),
            (_, Some(norm)) => relu(norm.forward(x, classes.clone(), mode)),
            _ => x,
        }
    }
}

/// A residual block that upsamples by 2.
#[derive(Module, Debug)]
struct UpBlock {
    norm1: Norm,
    conv1: Conv2d,
    norm2: Norm,
    conv2: Conv2d,
    shortcut: Conv2d,
}

impl UpBlock {
    fn new([input, output]: [usize; 2], config: &SnganConfig, stream: &mut Stream, device: &Device) -> Self {
        let mut init = |conv: ConvConfig| conv.with_weight(config.generator_weight).init(stream, device);
        Self {
            norm1: Norm::new(input, config.classes, device),
            conv1: init(three(input, output, Resize::Double, INSIDE)),
            norm2: Norm::new(output, config.classes, device),
            conv2: init(three(output, output, Resize::Same, INSIDE)),
            shortcut: init(one(input, output)),
        }
    }

    fn forward(&mut self, x: Dual<4>, classes: &Dual<2>, mode: Mode) -> Dual<4> {
        // A 1 × 1 convolution commutes with nearest-neighbor upsampling, and is cheaper before it.
        let x = x.shared();
        let short = upsample2x(self.shortcut.forward(x.read()), Blur::Box);
        let y = self.conv1.forward(self.norm1.forward(x.read(), classes, mode));
        self.conv2.forward(self.norm2.forward(y, classes, mode)) + short
    }

    fn power_iterate(&mut self) {
        [&mut self.conv1, &mut self.conv2, &mut self.shortcut].into_iter().for_each(Conv2d::power_iterate);
    }
}

/// The network from latents to images.
#[derive(Module, Debug)]
pub struct SnganGenerator {
    project: Linear,
    blocks: Vec<UpBlock>,
    attention: Option<SelfAttention>,
    norm: BatchNorm,
    to_image: Conv2d,
    #[module(skip)]
    config: SnganConfig,
}

impl SnganGenerator {
    pub(super) fn new(config: &SnganConfig, stream: &mut Stream, device: &Device) -> Self {
        let (up, weight) = (config.up(), config.generator_weight);
        let noise = config.latent - config.classes;
        let project = Linear::glorot([noise, up[0] * BASE * BASE], weight, stream, device);
        let blocks = up.windows(2).map(|pair| UpBlock::new([pair[0], pair[1]], config, stream, device)).collect();
        let mut sides = (1..up.len()).map(|level| BASE << level);
        let attended = sides.position(|side| side == config.attention).map(|at| up[at + 1]);
        let attention = attended.map(|channels| SelfAttention::new(channels, weight, stream, device));
        let last = up[up.len() - 1];
        let to_image = three(last, config.channels, Resize::Same, 1.0).with_weight(weight).init(stream, device);
        Self { project, blocks, attention, norm: BatchNorm::identity(last, device), to_image, config: *config }
    }
}

impl Generator for SnganGenerator {
    fn synthesize(&mut self, w: Dual<2>, _: Option<&mut Stream>, mode: Mode) -> Dual<4> {
        let ([n, z], classes) = (w.dims(), self.config.classes);
        // Without classes no norm reads these values, but a tensor needs at least one column.
        let labels = w.clone().narrow(1, z - classes.max(1), classes.max(1));
        let projected = self.project.forward(w.narrow(1, 0, z - classes));
        let mut x = projected.reshape([n, self.config.up()[0], BASE, BASE]);
        for block in &mut self.blocks {
            x = block.forward(x, &labels, mode);
            if let Some(attention) = self.attention.as_ref().filter(|_| x.dims()[2] == self.config.attention) {
                x = attention.forward(x);
            }
        }
        tanh(self.to_image.forward(self.norm.forward_leaky(x, mode, RELU)))
    }

    fn power_iterate(&mut self) {
        self.project.power_iterate();
        self.blocks.iter_mut().for_each(UpBlock::power_iterate);
        self.attention.iter_mut().for_each(SelfAttention::power_iterate);
        self.to_image.power_iterate();
    }

    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn image_shape(&self) -> [usize; 3] {
        [self.config.channels, self.config.size, self.config.size]
    }

    fn activations(&self) -> usize {
        self.config.generator_activations()
    }
}
