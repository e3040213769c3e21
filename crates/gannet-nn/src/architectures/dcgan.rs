//! Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks,
//! Radford, Metz and Chintala 2015, arXiv:1511.06434.
//!
//! Strided convolutions in place of pooling and of fully connected layers, batch norm everywhere
//! but at the generator's output and the discriminator's input, ReLU in the generator, LeakyReLU
//! with slope 0.2 in the discriminator, weights from N(0, 0.02).
//!
//! ```text
//! generator      z → b×b → 2b×2b → … → size×size, channels halving from width·2ⁿ⁻¹ to width
//! discriminator  the same way back, to one logit
//! ```
//!
//! where the base b is 4 pixels. Images of 28 go 4 → 7 → 14 → 28, the step beside the odd side with a kernel of 3.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use super::Architecture;
use super::autoencoder::Encoder;
use crate::init::Init;
use crate::layers::{
    BatchNorm, Conv2d, ConvConfig, ConvTranspose2d, GroupNorm, RELU, VirtualBatchNorm, WeightKind, leaky_relu,
    minibatch_std, pixel_norm, relu,
};
use crate::{Discriminator, Generator, Mode};

/// Side of the smallest feature map, in pixels.
const BASE: usize = 4;
/// Slope of the discriminator's LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// √(2 / (1 + 0.2²)): by this a leaky ReLU of that slope halves less than all of a signal (He et al. 2015, equation 15).
const LEAKY_GAIN: f64 = 1.386_750_490_563_073;
/// Values that convolution, norm and activation keep for each one of a feature map.
const KEPT: usize = 4;

/// The normalisation between the discriminator's layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormKind {
    /// Over the batch, as in the paper.
    Batch,
    /// Over all of an image's values.
    Layer,
    /// Over each channel of an image.
    Instance,
    /// Over groups of an image's channels.
    Group,
    /// Over a batch that is chosen once.
    Virtual,
    /// None; the convolutions then have a bias.
    None,
}

/// The normalisation between the generator's layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratorNorm {
    /// Over the batch, as in the paper.
    Batch,
    /// Of each pixel's features.
    Pixel,
    /// None; the convolutions then have a bias.
    None,
}

/// Groups of a group norm, or as many as there are channels.
const GROUPS: usize = 8;

/// Builds the two networks of DCGAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DcganConfig {
    size: usize,
    channels: usize,
    width: usize,
    latent: usize,
    norm: NormKind,
    generator_norm: GeneratorNorm,
    weight: WeightKind,
    generator_weight: WeightKind,
    minibatch_std: bool,
    references: usize,
}

impl DcganConfig {
    /// Sides of the images that the networks can be built for, in pixels.
    pub const SIZES: [usize; 4] = [28, 32, 64, 128];

    /// For images of `size` × `size` pixels, RGB, width 64, latents of 100.
    ///
    /// # Panics
    /// Where `size` is none of [`Self::SIZES`].
    pub fn new(size: usize) -> Self {
        assert!(Self::SIZES.contains(&size), "DCGAN has {:?} pixels, not {size}", Self::SIZES);
        Self {
            size,
            channels: 3,
            width: 64,
            latent: 100,
            norm: NormKind::Batch,
            generator_norm: GeneratorNorm::Batch,
            weight: WeightKind::Plain,
            generator_weight: WeightKind::Plain,
            minibatch_std: false,
            references: 64,
        }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels in the layers next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With this normalisation in the discriminator.
    pub fn with_norm(self, norm: NormKind) -> Self {
        Self { norm, ..self }
    }

    /// With this normalisation in the generator.
    pub fn with_generator_norm(self, generator_norm: GeneratorNorm) -> Self {
        Self { generator_norm, ..self }
    }

    /// With the discriminator's weights made so of the learned ones.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With the generator's weights made so of the learned ones.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// With the batch's deviation beside the discriminator's last features.
    pub fn with_minibatch_std(self, minibatch_std: bool) -> Self {
        Self { minibatch_std, ..self }
    }

    /// With so many images for a virtual batch norm to refer to.
    pub fn with_references(self, references: usize) -> Self {
        Self { references, ..self }
    }

    /// Side of the feature map that is halved `level` times from the image, in pixels.
    fn side(&self, level: usize) -> usize {
        self.size.div_ceil(1 << level)
    }

    /// How often the image is halved.
    fn levels(&self) -> usize {
        (self.size / BASE).next_power_of_two().ilog2() as usize
    }

    /// Kernel between the feature maps of `level` and of the next, which makes the one side from the other exactly.
    fn kernel(&self, level: usize) -> usize {
        if self.side(level).is_multiple_of(2) { 4 } else { 3 }
    }

    /// Channels of the feature map that is halved `level` times from the image.
    fn features(&self, level: usize) -> usize {
        self.width << (level - 1)
    }

    /// Values of all feature maps and of the image, each as often as a training pass keeps it.
    fn activations(&self) -> usize {
        let maps = (1..=self.levels()).map(|level| self.features(level) * self.side(level).pow(2));
        KEPT * maps.sum::<usize>() + 2 * self.channels * self.size.pow(2)
    }
}

impl Architecture for DcganConfig {
    type Generator = DcganGenerator;
    type Encoder = DcganDiscriminator;

    fn packed(self, images: usize) -> Self {
        Self { channels: images * self.channels, ..self }
    }

    fn beside(self, channels: usize) -> Self {
        Self { channels: self.channels + channels, ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> DcganGenerator {
        let top = self.levels();
        let batch = self.generator_norm == GeneratorNorm::Batch;
        let norm = |features, stream: &mut Stream| batch.then(|| BatchNorm::new(features, stream, device));
        let biased = |conv: ConvConfig| if batch { conv } else { conv.with_bias() }.with_weight(self.generator_weight);
        let project = biased(ConvConfig::new(self.latent, self.features(top), BASE)).init_transposed(stream, device);
        let project_norm = norm(self.features(top), stream);
        let mut up = Vec::new();
        let mut up_norm = Vec::new();
        for level in (1..top).rev() {
            let conv = ConvConfig::new(self.features(level + 1), self.features(level), self.kernel(level));
            up.push(biased(conv.with_window(2, 1)).init_transposed(stream, device));
            up_norm.extend(norm(self.features(level), stream));
        }
        let to_image = ConvConfig::new(self.width, self.channels, 4).with_window(2, 1).with_bias();
        let to_image = to_image.with_weight(self.generator_weight).init_transposed(stream, device);
        DcganGenerator { project, project_norm, up, up_norm, to_image, config: *self }
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> DcganDiscriminator {
        let top = self.levels();
        let from_image = ConvConfig::new(self.channels, self.width, 4).with_window(2, 1).with_bias();
        let from_image = self.sized(from_image, LEAKY_GAIN).with_weight(self.weight).init(stream, device);
        let mut down = Vec::new();
        let (mut down_norm, mut down_group_norm, mut down_virtual_norm) = (Vec::new(), Vec::new(), Vec::new());
        for level in 1..top {
            let features = self.features(level + 1);
            let conv = ConvConfig::new(self.features(level), features, self.kernel(level)).with_window(2, 1);
            let conv = if self.norm == NormKind::None { conv.with_bias() } else { conv };
            down.push(self.sized(conv, LEAKY_GAIN).with_weight(self.weight).init(stream, device));
            match self.norm {
                NormKind::Batch => down_norm.push(BatchNorm::new(features, stream, device)),
                NormKind::Layer => down_group_norm.push(GroupNorm::new(features, 1, device)),
                NormKind::Instance => down_group_norm.push(GroupNorm::new(features, features, device)),
                NormKind::Group => down_group_norm.push(GroupNorm::new(features, groups(features), device)),
                NormKind::Virtual => down_virtual_norm.push(VirtualBatchNorm::new(features, device)),
                NormKind::None => {}
            }
        }
        let features = self.features(top) + usize::from(self.minibatch_std);
        let score = self.sized(ConvConfig::new(features, outputs, BASE).with_bias(), 1.0);
        let score = score.with_weight(self.weight).init(stream, device);
        let running_reference = (self.norm == NormKind::Virtual).then(|| {
            let shape = [self.references, self.channels, self.size, self.size];
            Init::Constant(0.0).param(shape, stream, device).set_require_grad(false)
        });
        DcganDiscriminator {
            from_image,
            down,
            down_norm,
            down_group_norm,
            down_virtual_norm,
            score,
            running_reference,
            config: *self,
        }
    }
}

impl DcganConfig {
    /// A layer of the discriminator, whose plain weights keep their input's size by He's values where no norm does.
    fn sized(&self, conv: ConvConfig, gain: f64) -> ConvConfig {
        match (self.norm, self.weight) {
            (NormKind::None, WeightKind::Plain) => conv.with_init(Init::he(gain, conv.fan_in())),
            _ => conv,
        }
    }
}

/// Of so many channels.
fn groups(channels: usize) -> usize {
    (1..=GROUPS.min(channels)).rev().find(|groups| channels.is_multiple_of(*groups)).unwrap_or(1)
}

/// Latents to images; see the module's text.
#[derive(Module, Debug)]
pub struct DcganGenerator {
    project: ConvTranspose2d,
    project_norm: Option<BatchNorm>,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<BatchNorm>,
    to_image: ConvTranspose2d,
    #[module(skip)]
    config: DcganConfig,
}

impl Generator for DcganGenerator {
    fn synthesise(&mut self, latent: Dual<2>, mode: Mode) -> Dual<4> {
        let [n, z] = latent.dims();
        let mut norms = self.project_norm.iter_mut().chain(&mut self.up_norm);
        let mut x = latent.reshape([n, z, 1, 1]);
        for conv in std::iter::once(&self.project).chain(&self.up) {
            let y = conv.forward(x);
            x = match (norms.next(), self.config.generator_norm) {
                (Some(norm), _) => norm.forward_leaky(y, mode, RELU),
                (None, GeneratorNorm::Pixel) => pixel_norm(relu(y)),
                (None, _) => relu(y),
            };
        }
        tanh(self.to_image.forward(x))
    }

    fn iterate(&mut self) {
        let convs = self.up.iter_mut().chain([&mut self.project, &mut self.to_image]);
        convs.for_each(ConvTranspose2d::iterate);
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

/// Images to logits; see the module's text.
#[derive(Module, Debug)]
pub struct DcganDiscriminator {
    from_image: Conv2d,
    down: Vec<Conv2d>,
    down_norm: Vec<BatchNorm>,
    down_group_norm: Vec<GroupNorm>,
    down_virtual_norm: Vec<VirtualBatchNorm>,
    score: Conv2d,
    /// What a virtual batch norm refers to, `[r, c, size, size]`.
    running_reference: Option<Param<Tensor<4>>>,
    #[module(skip)]
    config: DcganConfig,
}

impl DcganDiscriminator {
    /// The last feature map, `[n, c, 4, 4]`.
    fn features(&mut self, images: Dual<4>, mode: Mode) -> Dual<4> {
        let n = images.dims()[0];
        let reference = self.running_reference.as_ref().map(|reference| Dual::constant(reference.val()));
        let references = reference.as_ref().map_or(0, |reference| reference.dims()[0]);
        let images = match reference {
            Some(reference) => reference.cat(images, 0),
            None => images,
        };
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        for (at, conv) in self.down.iter().enumerate() {
            x = match self.config.norm {
                NormKind::None => conv.forward_leaky(x, SLOPE),
                NormKind::Batch => self.down_norm[at].forward_leaky(conv.forward(x), mode, SLOPE),
                NormKind::Virtual => leaky_relu(self.down_virtual_norm[at].forward(conv.forward(x), references), SLOPE),
                NormKind::Layer | NormKind::Instance | NormKind::Group => {
                    leaky_relu(self.down_group_norm[at].forward(conv.forward(x)), SLOPE)
                }
            };
        }
        let x = if references > 0 { x.narrow(0, references, n) } else { x };
        if self.config.minibatch_std { minibatch_std(x) } else { x }
    }
}

impl Encoder for DcganDiscriminator {
    fn encode(&mut self, images: Dual<4>, mode: Mode) -> (Dual<2>, Dual<4>) {
        let features = self.features(images, mode);
        let codes = self.score.forward(features.clone());
        let [n, z, ..] = codes.dims();
        (codes.reshape([n, z]), features)
    }
}

impl Discriminator for DcganDiscriminator {
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        self.score(images, mode)
    }

    fn feature_shape(&self) -> [usize; 3] {
        let top = self.config.levels();
        [
            self.config.features(top) + usize::from(self.config.minibatch_std),
            self.config.side(top),
            self.config.side(top),
        ]
    }

    fn iterate(&mut self) {
        self.down.iter_mut().chain([&mut self.from_image, &mut self.score]).for_each(Conv2d::iterate);
    }

    fn refer(&mut self, images: &Tensor<4>) {
        let images = images.clone().detach();
        self.running_reference = self.running_reference.take().map(|reference| {
            let count = reference.dims()[0];
            reference.map(|_| images.narrow(0, 0, count))
        });
    }

    fn activations(&self) -> usize {
        let passes = if self.config.norm == NormKind::Virtual { 2 } else { 1 };
        passes * self.config.activations()
    }
}
