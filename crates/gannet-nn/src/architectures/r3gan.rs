//! The GAN is dead; long live the GAN! A Modern Baseline GAN, Huang, Gokaslan, Kuleshov and Tompkin 2024, arXiv:2501.05441:
//! R3GAN, for the relativistic pairing loss with R1 and R2.
//!
//! ```text
//! generator       z → scales a learned 4×4 basis → stages with upsampling between → 1×1 → image
//! discriminator   the mirror image of the generator, to a 4×4 basis, one value a channel → one logit
//! stage           blocks of x + f(x);  f: 1×1 to twice the channels, 3×3 in groups, 1×1 back
//! ```
//!
//! There is no normalization. As in Fixup (Zhang et al. 2019, arXiv:1901.09321) the last weight of each block starts at zero,
//! and the gain of the first two decreases with the number of blocks. Rectifiers are LeakyReLU of slope 0.2. Maps have `width`
//! channels next to the image, twice as many after each downsampling, up to eight times as many; width 96 gives the paper's
//! networks for 256 pixels.
//!
//! Where the paper resamples with the filter [1 2 1], this is bilinear interpolation and its adjoint, whose maps stay
//! centered. The generator's images are not bounded by an activation.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, downsample2x, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig};
use crate::mode::Mode;
use crate::network::{Discriminator, DiscriminatorOutput, Encoder, Generator};
use crate::registry::{Architecture, Network, NetworkSettings, Role, Sizes, counted};

/// Side of the smallest feature map, in pixels.
const BASE: usize = 4;
/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Most channels of a map, as a multiple of those next to the image.
const WIDEST: usize = 8;
/// Channels inside a block, as a multiple of those of its map.
const EXPANSION: usize = 2;
/// Channels of a group of the middle convolution of a block.
const GROUP: usize = 64;
/// The width from which on stages have two blocks, as in the paper.
const FULL: usize = 48;

/// The configuration of R3GAN's two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct R3ganConfig {
    size: usize,
    channels: usize,
    width: usize,
    latent: usize,
}

impl R3ganConfig {
    /// Sides of the images that the networks can be built for, in pixels.
    pub const SIZES: [usize; 4] = [32, 64, 128, 256];

    /// For RGB images of `size` × `size` pixels, with width 96 as in the paper and latents of length 64.
    ///
    /// # Panics
    /// Where `size` is not one of [`Self::SIZES`].
    pub fn new(size: usize) -> Self {
        assert!(Self::SIZES.contains(&size), "R3GAN has images of {:?} pixels, not {size}", Self::SIZES);
        Self { size, channels: 3, width: 96, latent: 64 }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to the image. Below 48 stages have one block instead of two.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// Channels of the maps, from the smallest to the one of the image's size.
    fn features(&self) -> Vec<usize> {
        let levels = (self.size / BASE).ilog2();
        (0..=levels).rev().map(|level| self.width * (1 << level).min(WIDEST)).collect()
    }

    /// Blocks of a stage.
    fn blocks(&self) -> usize {
        if self.width < FULL { 1 } else { 2 }
    }

    /// Groups of the middle convolution of a block.
    fn groups(&self, features: usize) -> usize {
        let inside = EXPANSION * features;
        (1..=(inside / GROUP).max(1)).rev().find(|groups| inside.is_multiple_of(*groups)).unwrap_or(1)
    }

    /// The blocks of a stage.
    fn stage(&self, features: usize, stream: &mut Stream, device: &Device) -> Vec<Block> {
        let all = self.blocks() * self.features().len();
        (0..self.blocks()).map(|_| Block::new(features, self.groups(features), all, stream, device)).collect()
    }

    /// Number of values that a training pass keeps for an image.
    fn activations(&self) -> usize {
        let sides = (0..).map(|level| BASE << level);
        // Two convolutions, their rectifiers and the sum of each block, and the resampled map of each stage.
        let stages = self.features().into_iter().zip(sides);
        stages.map(|(features, side)| features * side * side * (self.blocks() * (4 * EXPANSION + 2) + 2)).sum()
    }
}

/// A 1 × 1 convolution with this gain of He's initialization.
fn one(input: usize, output: usize, gain: f64) -> ConvConfig {
    ConvConfig::new(input, output, 1).with_init(Init::he(gain, input))
}

/// The 1 × 1 convolution between maps of different width; none where they have one width.
fn between(input: usize, output: usize, stream: &mut Stream, device: &Device) -> Option<Conv2d> {
    (input != output).then(|| one(input, output, 1.0).init(stream, device))
}

/// `x` through the convolution, if there is one.
fn through(conv: &Option<Conv2d>, x: Dual<4>) -> Dual<4> {
    match conv {
        Some(conv) => conv.forward(x),
        None => x,
    }
}

impl Architecture for R3ganConfig {
    type Generator = R3ganGenerator;
    type Encoder = R3ganDiscriminator;

    fn packed(self, images: usize) -> Self {
        Self { channels: images * self.channels, ..self }
    }

    fn with_extra_channels(self, channels: usize) -> Self {
        Self { channels: self.channels + channels, ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> R3ganGenerator {
        let features = self.features();
        let first = features[0];
        let basis = Init::Normal { mean: 0.0, std: 1.0 }.param([first, BASE, BASE], stream, device);
        let project = one(self.latent, first, 1.0).init(stream, device);
        let mut stages = vec![Stage { change: None, blocks: self.stage(first, stream, device) }];
        for pair in features.windows(2) {
            let change = between(pair[0], pair[1], stream, device);
            stages.push(Stage { change, blocks: self.stage(pair[1], stream, device) });
        }
        let to_image = one(self.width, self.channels, 1.0).init(stream, device);
        R3ganGenerator { basis, project, stages, to_image, config: *self }
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> R3ganDiscriminator {
        let features: Vec<usize> = self.features().into_iter().rev().collect();
        let from_image = one(self.channels, self.width, 1.0).init(stream, device);
        let mut stages = Vec::new();
        for (at, width) in features.iter().enumerate() {
            let blocks = self.stage(*width, stream, device);
            let change = features.get(at + 1).and_then(|next| between(*width, *next, stream, device));
            stages.push(Stage { change, blocks });
        }
        let last = features[features.len() - 1];
        let basis = Init::he(1.0, BASE * BASE).param([last, BASE, BASE], stream, device);
        let score = one(last, outputs, 1.0).init(stream, device);
        R3ganDiscriminator { from_image, stages, basis, score, config: *self }
    }
}

impl Network for R3ganConfig {
    const NAME: &'static str = "r3gan";
    const SUMMARY: &'static str =
        "Residual networks without norms, with grouped convolutions (Huang et al. 2024, arXiv:2501.05441).";
    const PAPER: &'static str = "The GAN is dead; long live the GAN! A Modern Baseline GAN, Huang, Gokaslan, Kuleshov and Tompkin \
                                 2024, arXiv:2501.05441";
    const ROLE: Role = Role::Gan;
    // Its weights start by a rule of their own (Fixup), so that there is no choice of their form.
    const KEYS: &'static [&'static str] = &["latent", "width"];

    fn sizes() -> Sizes {
        Sizes::Of(&Self::SIZES)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { size, channels, width, latent, .. } = *settings;
        Self { size, channels, width, latent }
    }

    fn describe(&self) -> String {
        let Self { size, channels, width, .. } = self;
        let channels = counted(*channels, "channel");
        format!("R3GAN for {size}×{size} images of {channels}, width {width}")
    }
}

/// `x + f(x)`.
#[derive(Module, Debug)]
struct Block {
    widen: Conv2d,
    mix: Conv2d,
    narrow: Conv2d,
}

impl Block {
    /// One of the `all` blocks of a network.
    fn new(features: usize, groups: usize, all: usize, stream: &mut Stream, device: &Device) -> Self {
        let inside = EXPANSION * features;
        // He's gain for this rectifier, and Fixup's for three layers a block.
        let gain = (2.0 / (1.0 + SLOPE * SLOPE)).sqrt() * (all as f64).powf(-0.25);
        let mix = ConvConfig::new(inside, inside, 3).with_window(1, 1).with_groups(groups).with_bias();
        Self {
            widen: one(features, inside, gain).with_bias().init(stream, device),
            mix: mix.with_init(Init::he(gain, mix.fan_in())).init(stream, device),
            narrow: one(inside, features, 0.0).init(stream, device),
        }
    }

    fn forward(&self, x: Dual<4>) -> Dual<4> {
        x.residual(1.0, |x| {
            let y = self.widen.forward_leaky(x, SLOPE);
            self.narrow.forward(self.mix.forward_leaky(y, SLOPE))
        })
    }
}

/// Blocks of one size, and the change of width: before them in the generator, after them in the discriminator.
#[derive(Module, Debug)]
struct Stage {
    change: Option<Conv2d>,
    blocks: Vec<Block>,
}

impl Stage {
    fn blocks(&self, x: Dual<4>) -> Dual<4> {
        self.blocks.iter().fold(x, |x, block| block.forward(x))
    }
}

/// The network from latents to images.
#[derive(Module, Debug)]
pub struct R3ganGenerator {
    /// The learned basis `[c, 4, 4]`.
    basis: Param<Tensor<3>>,
    project: Conv2d,
    stages: Vec<Stage>,
    to_image: Conv2d,
    #[module(skip)]
    config: R3ganConfig,
}

impl Generator for R3ganGenerator {
    fn synthesize(&mut self, w: Dual<2>, _: Option<&mut Stream>, _: Mode) -> Dual<4> {
        let [n, z] = w.dims();
        let [c, rows, columns] = self.basis.dims();
        let basis = self.basis.val().reshape([1, c, rows, columns]);
        let mut x = self.project.forward(w.reshape([n, z, 1, 1])).linear(|x| x * basis.clone());
        for (at, stage) in self.stages.iter().enumerate() {
            // The 1 × 1 convolution narrows the map before it is upsampled, which is cheaper.
            let changed = through(&stage.change, x);
            let sized = if at == 0 { changed } else { upsample2x(changed, Blur::Triangle) };
            x = stage.blocks(sized);
        }
        self.to_image.forward(x)
    }

    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn image_shape(&self) -> [usize; 3] {
        [self.config.channels, self.config.size, self.config.size]
    }

    fn activations(&self) -> usize {
        self.config.activations()
    }
}

/// The network from images to logits or codes.
#[derive(Module, Debug)]
pub struct R3ganDiscriminator {
    from_image: Conv2d,
    stages: Vec<Stage>,
    /// The learned basis `[c, 4, 4]`.
    basis: Param<Tensor<3>>,
    score: Conv2d,
    #[module(skip)]
    config: R3ganConfig,
}

impl Encoder for R3ganDiscriminator {
    fn encode(&mut self, images: Dual<4>, _: Mode) -> (Dual<2>, Dual<4>) {
        let mut x = self.from_image.forward(images);
        for (at, stage) in self.stages.iter().enumerate() {
            x = stage.blocks(x);
            if at + 1 < self.stages.len() {
                x = through(&stage.change, downsample2x(x, Blur::Triangle));
            }
        }
        let [c, h, w] = self.basis.dims();
        let basis = self.basis.val().reshape([1, c, h, w]);
        let features = x.linear(|x| x * basis.clone()).mean(&[2, 3]) * (h * w) as f64;
        let codes = self.score.forward(features.clone());
        let [n, outputs, ..] = codes.dims();
        (codes.reshape([n, outputs]), features)
    }
}

impl Discriminator for R3ganDiscriminator {
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        self.discriminate(images, mode)
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.basis.dims()[0], 1, 1]
    }

    fn activations(&self) -> usize {
        self.config.activations()
    }
}
