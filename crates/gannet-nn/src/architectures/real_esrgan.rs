//! Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic Data, Wang et al. 2021, arXiv:2107.10833: the
//! compact network of its fast models, and its judge, a U-Net with spectral norm that has a logit for each pixel.
//!
//! ```text
//! compact  3 × 3 to w channels; so many 3 × 3; 3 × 3 to r² images, pixel shuffle; PReLU between; plus the given image, its
//!          pixels repeated
//! judge    3 × 3; 4 × 4 with stride 2, three times, to 8w channels; bilinear to twice the size and 3 × 3, three times, each
//!          plus what went down at its size; 3 × 3, twice; 3 × 3 to the logits; LeakyReLU 0.2 between
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Prelu, WeightKind, leaky_relu, pixel_shuffle, repeat_pixels};
use crate::{Discriminator, Mode, Translator};

const SLOPE: f64 = 0.2;
/// How weak the convolution to the image starts, beside He et al.'s, so that the image is first the given one, enlarged.
const FAINT: f64 = 0.1;
/// How often the judge halves an image.
const HALVINGS: usize = 3;

/// The settings of the compact network.
#[derive(Debug, Clone, Copy)]
pub struct CompactConfig {
    scale: usize,
    channels: usize,
    layers: usize,
    width: usize,
}

impl CompactConfig {
    /// The project's for photographs: 32 layers of 64 channels, for colour images.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: 3, layers: 32, width: 64 }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many convolutions between the first and the last.
    pub fn with_layers(self, layers: usize) -> Self {
        Self { layers, ..self }
    }

    /// With so many channels.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Compact {
        let Self { scale, channels, layers, width } = *self;
        let mut conv = |input: usize, output: usize, gain: f64| {
            let conv = ConvConfig::new(input, output, 3).with_window(1, 1).with_bias();
            conv.with_init(Init::he(gain, conv.fan_in())).init(stream, device)
        };
        // He et al.'s gain for their rectifier.
        let gain = (2.0 / (1.0 + 0.25_f64.powi(2))).sqrt();
        let input = |layer: usize| if layer == 0 { channels } else { width };
        Compact {
            convs: (0..=layers).map(|layer| conv(input(layer), width, gain)).collect(),
            prelus: (0..=layers).map(|_| Prelu::new(width, device)).collect(),
            to_image: conv(width, channels * scale * scale, FAINT),
            config: *self,
        }
    }
}

/// Images to larger ones; see the module's text.
#[derive(Module, Debug)]
pub struct Compact {
    convs: Vec<Conv2d>,
    prelus: Vec<Prelu>,
    to_image: Conv2d,
    #[module(skip)]
    config: CompactConfig,
}

impl Translator for Compact {
    /// The network's own images lie in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let given = Dual::constant(images * 0.5 + 0.5);
        let layers = self.convs.iter().zip(&self.prelus);
        let x = layers.fold(given.clone(), |x, (conv, prelu)| prelu.forward(conv.forward(x)));
        let scale = self.config.scale;
        let made = pixel_shuffle(self.to_image.forward(x), scale) + repeat_pixels(given, scale);
        made.value * 2.0 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        1
    }

    fn scale(&self) -> usize {
        self.config.scale
    }

    fn activations(&self, size: usize) -> usize {
        let CompactConfig { scale, channels, layers, width } = self.config;
        // A layer is kept before its rectifier and in its parts.
        (4 * width * (layers + 1) + 3 * channels * scale.pow(2)) * size.pow(2)
    }
}

/// The settings of the judge.
#[derive(Debug, Clone, Copy)]
pub struct UnetJudgeConfig {
    size: usize,
    channels: usize,
    width: usize,
}

impl UnetJudgeConfig {
    /// The paper's, for colour images of `size` pixels, a multiple of 8.
    pub fn new(size: usize) -> Self {
        Self { size, channels: 3, width: 64 }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The judge with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> UnetJudge {
        let spectral = |conv: ConvConfig| conv.with_weight(WeightKind::Spectral);
        let fresh = |conv: ConvConfig| conv.with_init(Init::fan_in(conv.fan_in()));
        let three = |input, output| ConvConfig::new(input, output, 3).with_window(1, 1);
        let w = self.width;
        let down = |level: usize| ConvConfig::new(w << level, w << (level + 1), 4).with_window(2, 1);
        let mut init = |conv: ConvConfig| fresh(conv).init(stream, device);
        UnetJudge {
            from_image: init(three(self.channels, w).with_bias()),
            down: (0..HALVINGS).map(|level| init(spectral(down(level)))).collect(),
            up: (0..HALVINGS).rev().map(|level| init(spectral(three(w << (level + 1), w << level)))).collect(),
            behind: (0..2).map(|_| init(spectral(three(w, w)))).collect(),
            score: init(three(w, 1).with_bias()),
            config: *self,
        }
    }
}

/// Images to a logit for each pixel; see the module's text.
#[derive(Module, Debug)]
pub struct UnetJudge {
    from_image: Conv2d,
    down: Vec<Conv2d>,
    up: Vec<Conv2d>,
    behind: Vec<Conv2d>,
    score: Conv2d,
    #[module(skip)]
    config: UnetJudgeConfig,
}

impl Discriminator for UnetJudge {
    fn judge(&mut self, images: Dual<4>, _: Mode) -> (Dual<1>, Dual<4>) {
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        let mut passed = Vec::new();
        for conv in &self.down {
            passed.push(x.clone());
            x = conv.forward_leaky(x, SLOPE);
        }
        for conv in &self.up {
            let y = leaky_relu(conv.forward(upsample2x(x, Blur::Triangle)), SLOPE);
            x = y + passed.pop().expect("as many go up as went down");
        }
        for conv in &self.behind {
            x = conv.forward_leaky(x, SLOPE);
        }
        let logits = self.score.forward(x.clone());
        let pixels = logits.dims().iter().product();
        (logits.reshape([pixels]), x)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.config.width, self.config.size, self.config.size]
    }

    fn iterate(&mut self) {
        let all = self.down.iter_mut().chain(&mut self.up).chain(&mut self.behind);
        all.for_each(Conv2d::iterate);
    }

    fn activations(&self) -> usize {
        let map = |level: usize| (self.config.width << level) * (self.config.size >> level).pow(2);
        8 * (0..=HALVINGS).map(map).sum::<usize>()
    }
}
