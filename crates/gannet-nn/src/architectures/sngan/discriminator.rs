//! SNGAN's discriminator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, downsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use super::config::SnganConfig;
use super::convolutions::{INSIDE, one, three};
use crate::layers::{Conv2d, ConvConfig, Linear, RELU, Resize, SelfAttention, WeightKind, relu};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput, Encoder};

/// The place of a block in the discriminator.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Next to the image, before which there is no rectifier.
    first: bool,
    downsamples: bool,
}

/// A residual block of the discriminator.
#[derive(Module, Debug)]
struct DownBlock {
    conv1: Conv2d,
    conv2: Conv2d,
    shortcut: Option<Conv2d>,
    #[module(skip)]
    place: Place,
}

impl DownBlock {
    fn new(
        [input, output]: [usize; 2],
        place: Place,
        weight: WeightKind,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let resize = if place.downsamples { Resize::Halve } else { Resize::Same };
        // The first block widens in its first convolution, the others in their second.
        let inside = if place.first { output } else { input };
        let mut init = |conv: ConvConfig| conv.with_weight(weight).init(stream, device);
        Self {
            conv1: init(three(input, inside, Resize::Same, INSIDE)),
            conv2: init(three(inside, output, resize, INSIDE)),
            shortcut: (place.downsamples || input != output).then(|| init(one(input, output))),
            place,
        }
    }

    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let x = x.shared();
        let short = if self.place.downsamples { downsample2x(x.read(), Blur::Box) } else { x.read() };
        let short = match &self.shortcut {
            Some(shortcut) => shortcut.forward(short),
            None => short,
        };
        let x = if self.place.first { x.read() } else { relu(x.read()) };
        self.conv2.forward(self.conv1.forward_leaky(x, RELU)) + short
    }

    fn power_iterate(&mut self) {
        [&mut self.conv1, &mut self.conv2].into_iter().for_each(Conv2d::power_iterate);
        self.shortcut.iter_mut().for_each(Conv2d::power_iterate);
    }
}

/// The network from images to logits or codes.
#[derive(Module, Debug)]
pub struct SnganDiscriminator {
    blocks: Vec<DownBlock>,
    attention: Option<SelfAttention>,
    score: Linear,
    /// Number of blocks before the attention.
    #[module(skip)]
    blocks_before_attention: usize,
    /// Side of the last map, in pixels.
    #[module(skip)]
    side: usize,
    #[module(skip)]
    config: SnganConfig,
}

impl SnganDiscriminator {
    pub(super) fn new(config: &SnganConfig, outputs: usize, stream: &mut Stream, device: &Device) -> Self {
        let (mut input, mut side) = (config.channels, config.size);
        let (mut blocks, mut attention, mut blocks_before_attention) = (Vec::new(), None, 0);
        for (features, downsamples) in config.down() {
            let place = Place { first: blocks.is_empty(), downsamples };
            blocks.push(DownBlock::new([input, features], place, config.weight, stream, device));
            input = features;
            side /= if downsamples { 2 } else { 1 };
            if side == config.attention && attention.is_none() {
                attention = Some(SelfAttention::new(features, config.weight, stream, device));
                blocks_before_attention = blocks.len();
            }
        }
        let score = Linear::glorot([input, outputs], config.weight, stream, device);
        Self { blocks, attention, score, blocks_before_attention, side, config: *config }
    }
}

impl Encoder for SnganDiscriminator {
    fn encode(&mut self, images: Dual<4>, _: Mode) -> (Dual<2>, Dual<4>) {
        let mut x = images;
        for (at, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if let Some(attention) = self.attention.as_ref().filter(|_| at + 1 == self.blocks_before_attention) {
                x = attention.forward(x);
            }
        }
        let features = relu(x);
        let [n, f, h, w] = features.dims();
        let sum = features.clone().mean(&[2, 3]) * (h * w) as f64;
        (self.score.forward(sum.reshape([n, f])), features)
    }
}

impl Discriminator for SnganDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        self.discriminate(images, mode)
    }

    fn power_iterate(&mut self) {
        self.blocks.iter_mut().for_each(DownBlock::power_iterate);
        self.attention.iter_mut().for_each(SelfAttention::power_iterate);
        self.score.power_iterate();
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.score.weight.dims()[1], self.side, self.side]
    }

    fn activations(&self) -> usize {
        self.config.discriminator_activations()
    }
}
