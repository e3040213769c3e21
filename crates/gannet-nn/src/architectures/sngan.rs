//! Spectral Normalization for Generative Adversarial Networks, Miyato, Kataoka, Koyama and Yoshida 2018, arXiv:1802.05957:
//! the residual networks of its appendix, for 32 pixels, and of cGANs with Projection Discriminator, Miyato and Koyama 2018,
//! arXiv:1802.05637, for 64 and 128; with attention those of Self-Attention GANs, Zhang et al. 2018, arXiv:1805.08318.
//!
//! ```text
//! generator       z → 4×4 → blocks that double → norm, ReLU, 3×3 → tanh
//! discriminator   blocks, most of which halve → ReLU → sum over the pixels → one logit
//! block           x + conv(relu(conv(relu(x)))), in the generator with batch norms before the rectifiers
//! ```
//!
//! The discriminator's weights are divided by their largest singular value. In the generator the batch norms' scales and
//! shifts may be each class's.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, upsample2x, downsample2x, tanh};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use super::Architecture;
use super::autoencoder::Encoder;
use crate::init::Init;
use crate::layers::{
    BatchNorm, ConditionalBatchNorm, Conv2d, ConvConfig, Linear, RELU, Resize, SelfAttention, WeightKind, relu,
};
use crate::{Discriminator, Generator, Mode};

/// Side of the generator's smallest feature map, in pixels.
const BASE: usize = 4;

/// Builds the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnganConfig {
    size: usize,
    channels: usize,
    width: usize,
    latent: usize,
    classes: usize,
    attention: usize,
    weight: WeightKind,
    generator_weight: WeightKind,
}

impl SnganConfig {
    /// Sides of the images that the networks can be built for, in pixels.
    pub const SIZES: [usize; 3] = [32, 64, 128];

    /// For images of `size` × `size` pixels, RGB, width 64 as in the papers, latents of 128.
    ///
    /// # Panics
    /// Where `size` is none of [`Self::SIZES`].
    pub fn new(size: usize) -> Self {
        assert!(Self::SIZES.contains(&size), "SNGAN has {:?} pixels, not {size}", Self::SIZES);
        Self {
            size,
            channels: 3,
            width: 64,
            latent: 128,
            classes: 0,
            attention: 0,
            weight: WeightKind::Spectral,
            generator_weight: WeightKind::Plain,
        }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to an image of 64 pixels and more; one of 32 has four times as many in the generator
    /// and twice as many in the discriminator.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With latents of this length, classes included.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With scales and shifts of the generator's norms for each of so many classes, which the latents' last values name; 0
    /// for the same ones for all.
    pub fn with_classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// With attention in both networks where maps have this side, in pixels; 0 for none.
    pub fn with_attention(self, attention: usize) -> Self {
        Self { attention, ..self }
    }

    /// With the discriminator's weights made so of the learned ones.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With the generator's weights made so of the learned ones.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// Channels of the generator's maps from the smallest on.
    fn up(&self) -> Vec<usize> {
        let times: &[usize] = match self.size {
            32 => &[4, 4, 4, 4],
            64 => &[16, 8, 4, 2, 1],
            _ => &[16, 16, 8, 4, 2, 1],
        };
        times.iter().map(|times| times * self.width).collect()
    }

    /// Channels that the discriminator's blocks give, and whether they halve.
    fn down(&self) -> Vec<(usize, bool)> {
        let times: &[(usize, bool)] = match self.size {
            32 => &[(2, true), (2, true), (2, false), (2, false)],
            64 => &[(1, true), (2, true), (4, true), (8, true), (16, true)],
            _ => &[(1, true), (2, true), (4, true), (8, true), (16, true), (16, false)],
        };
        times.iter().map(|(times, halves)| (times * self.width, *halves)).collect()
    }

    /// Values that the generator's pass keeps for an image: of each block two norms, two convolutions and a sum.
    fn generator_activations(&self) -> usize {
        let up = self.up();
        let blocks = up.windows(2).zip((1..).map(|level| BASE << level));
        let blocks = blocks.map(|(pair, side)| side * side * (pair[0] / 2 + 5 * pair[1]));
        blocks.sum::<usize>() + self.size.pow(2) * (up[up.len() - 1] + 2 * self.channels)
    }

    fn discriminator_activations(&self) -> usize {
        let (mut side, mut sum) = (self.size, 0);
        for (features, halves) in self.down() {
            sum += 2 * features * side * side;
            side /= if halves { 2 } else { 1 };
            sum += 3 * features * side * side;
        }
        sum + 2 * self.channels * self.size.pow(2)
    }
}

/// A 3 × 3 convolution of a block.
fn three(input: usize, output: usize, resize: Resize, gain: f64) -> ConvConfig {
    let config = ConvConfig::three(input, output, resize).with_bias();
    config.with_init(Init::glorot(gain, input * 9, output * 9))
}

/// Gain of the convolutions inside a block.
const INSIDE: f64 = std::f64::consts::SQRT_2;

fn one(input: usize, output: usize) -> ConvConfig {
    ConvConfig::new(input, output, 1).with_bias().with_init(Init::glorot(1.0, input, output))
}

impl Architecture for SnganConfig {
    type Generator = SnganGenerator;
    type Encoder = SnganDiscriminator;

    fn packed(self, images: usize) -> Self {
        Self { channels: images * self.channels, ..self }
    }

    fn beside(self, channels: usize) -> Self {
        Self { channels: self.channels + channels, ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> SnganGenerator {
        let (up, weight) = (self.up(), self.generator_weight);
        let noise = self.latent - self.classes;
        let project = Linear::glorot([noise, up[0] * BASE * BASE], weight, stream, device);
        let blocks = up.windows(2).map(|pair| UpBlock::new([pair[0], pair[1]], self, stream, device)).collect();
        let mut sides = (1..up.len()).map(|level| BASE << level);
        let looks = sides.position(|side| side == self.attention).map(|at| up[at + 1]);
        let attention = looks.map(|channels| SelfAttention::new(channels, weight, stream, device));
        let last = up[up.len() - 1];
        let to_image = three(last, self.channels, Resize::Same, 1.0).with_weight(weight).init(stream, device);
        SnganGenerator { project, blocks, attention, norm: BatchNorm::identity(last, device), to_image, config: *self }
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> SnganDiscriminator {
        let (mut input, mut side) = (self.channels, self.size);
        let (mut blocks, mut attention, mut attends) = (Vec::new(), None, 0);
        for (features, halves) in self.down() {
            let config = DownBlock { first: blocks.is_empty(), halves };
            blocks.push(ResidualDown::new([input, features], config, self.weight, stream, device));
            input = features;
            side /= if halves { 2 } else { 1 };
            if side == self.attention && attention.is_none() {
                attention = Some(SelfAttention::new(features, self.weight, stream, device));
                attends = blocks.len();
            }
        }
        let score = Linear::glorot([input, outputs], self.weight, stream, device);
        SnganDiscriminator { blocks, attention, score, attends, side, config: *self }
    }
}

/// A batch norm and the rectifier behind it, with scales and shifts for all images or for each class's.
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

/// A block of the generator, which doubles.
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
        // A convolution of single pixels may as well come before the doubling.
        let x = x.shared();
        let short = upsample2x(self.shortcut.forward(x.read()), Blur::Box);
        let y = self.conv1.forward(self.norm1.forward(x.read(), classes, mode));
        self.conv2.forward(self.norm2.forward(y, classes, mode)) + short
    }

    fn iterate(&mut self) {
        [&mut self.conv1, &mut self.conv2, &mut self.shortcut].into_iter().for_each(Conv2d::iterate);
    }
}

/// Latents to images; see the module's text.
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

impl Generator for SnganGenerator {
    fn synthesise(&mut self, latent: Dual<2>, mode: Mode) -> Dual<4> {
        let ([n, z], classes) = (latent.dims(), self.config.classes);
        // Without classes no norm asks for them.
        let named = latent.clone().narrow(1, z - classes.max(1), classes.max(1));
        let projected = self.project.forward(latent.narrow(1, 0, z - classes));
        let mut x = projected.reshape([n, self.config.up()[0], BASE, BASE]);
        for block in &mut self.blocks {
            x = block.forward(x, &named, mode);
            if let Some(attention) = self.attention.as_ref().filter(|_| x.dims()[2] == self.config.attention) {
                x = attention.forward(x);
            }
        }
        tanh(self.to_image.forward(self.norm.forward_leaky(x, mode, RELU)))
    }

    fn iterate(&mut self) {
        self.project.iterate();
        self.blocks.iter_mut().for_each(UpBlock::iterate);
        self.attention.iter_mut().for_each(SelfAttention::iterate);
        self.to_image.iterate();
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

/// Where a block of the discriminator stands.
#[derive(Debug, Clone, Copy)]
struct DownBlock {
    /// Next to the image, which no rectifier may cut.
    first: bool,
    halves: bool,
}

/// A block of the discriminator.
#[derive(Module, Debug)]
struct ResidualDown {
    conv1: Conv2d,
    conv2: Conv2d,
    shortcut: Option<Conv2d>,
    #[module(skip)]
    place: DownBlock,
}

impl ResidualDown {
    fn new(
        [input, output]: [usize; 2],
        place: DownBlock,
        weight: WeightKind,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let resize = if place.halves { Resize::Halve } else { Resize::Same };
        // Only next to the image does the first convolution widen; elsewhere the second one does.
        let inside = if place.first { output } else { input };
        let mut init = |conv: ConvConfig| conv.with_weight(weight).init(stream, device);
        Self {
            conv1: init(three(input, inside, Resize::Same, INSIDE)),
            conv2: init(three(inside, output, resize, INSIDE)),
            shortcut: (place.halves || input != output).then(|| init(one(input, output))),
            place,
        }
    }

    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let x = x.shared();
        let short = if self.place.halves { downsample2x(x.read(), Blur::Box) } else { x.read() };
        let short = match &self.shortcut {
            Some(shortcut) => shortcut.forward(short),
            None => short,
        };
        let x = if self.place.first { x.read() } else { relu(x.read()) };
        self.conv2.forward(self.conv1.forward_leaky(x, RELU)) + short
    }

    fn iterate(&mut self) {
        [&mut self.conv1, &mut self.conv2].into_iter().for_each(Conv2d::iterate);
        self.shortcut.iter_mut().for_each(Conv2d::iterate);
    }
}

/// Images to logits; see the module's text.
#[derive(Module, Debug)]
pub struct SnganDiscriminator {
    blocks: Vec<ResidualDown>,
    attention: Option<SelfAttention>,
    score: Linear,
    /// Blocks before the attention.
    #[module(skip)]
    attends: usize,
    /// Of the last map, in pixels.
    #[module(skip)]
    side: usize,
    #[module(skip)]
    config: SnganConfig,
}

impl Encoder for SnganDiscriminator {
    fn encode(&mut self, images: Dual<4>, _: Mode) -> (Dual<2>, Dual<4>) {
        let mut x = images;
        for (at, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if let Some(attention) = self.attention.as_ref().filter(|_| at + 1 == self.attends) {
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
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        self.score(images, mode)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.score.weight.dims()[1], self.side, self.side]
    }

    fn iterate(&mut self) {
        self.blocks.iter_mut().for_each(ResidualDown::iterate);
        self.attention.iter_mut().for_each(SelfAttention::iterate);
        self.score.iterate();
    }

    fn activations(&self) -> usize {
        self.config.discriminator_activations()
    }
}
