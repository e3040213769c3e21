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

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use crate::layers::{BatchNorm, Conv2d, ConvConfig, ConvTranspose2d, GroupNorm, RELU, leaky_relu};
use crate::{Discriminator, Generator, Mode};

/// Side of the smallest feature map, in pixels.
const BASE: usize = 4;
/// Slope of the discriminator's LeakyReLU below zero.
const SLOPE: f64 = 0.2;
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
    /// None; the convolutions then have a bias.
    None,
}

/// Builds the two networks of DCGAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DcganConfig {
    size: usize,
    channels: usize,
    width: usize,
    latent: usize,
    norm: NormKind,
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
        Self { size, channels: 3, width: 64, latent: 100, norm: NormKind::Batch }
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

    /// With this normalisation in the discriminator; the generator's stays batch norm.
    pub fn with_norm(self, norm: NormKind) -> Self {
        Self { norm, ..self }
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

    /// The generator with fresh weights from `stream`.
    pub fn init_generator(&self, stream: &mut Stream, device: &Device) -> DcganGenerator {
        let top = self.levels();
        let norm = |features, stream: &mut Stream| BatchNorm::new(features, stream, device);
        let project = ConvConfig::new(self.latent, self.features(top), BASE).init_transposed(stream, device);
        let project_norm = norm(self.features(top), stream);
        let mut up = Vec::new();
        let mut up_norm = Vec::new();
        for level in (1..top).rev() {
            let conv = ConvConfig::new(self.features(level + 1), self.features(level), self.kernel(level));
            up.push(conv.with_window(2, 1).init_transposed(stream, device));
            up_norm.push(norm(self.features(level), stream));
        }
        let to_image = ConvConfig::new(self.width, self.channels, 4).with_window(2, 1).with_bias();
        let to_image = to_image.init_transposed(stream, device);
        DcganGenerator { project, project_norm, up, up_norm, to_image, config: *self }
    }

    /// The discriminator with fresh weights from `stream`.
    pub fn init_discriminator(&self, stream: &mut Stream, device: &Device) -> DcganDiscriminator {
        let top = self.levels();
        let from_image = ConvConfig::new(self.channels, self.width, 4).with_window(2, 1).with_bias();
        let from_image = from_image.init(stream, device);
        let mut down = Vec::new();
        let (mut down_norm, mut down_group_norm) = (Vec::new(), Vec::new());
        for level in 1..top {
            let features = self.features(level + 1);
            let conv = ConvConfig::new(self.features(level), features, self.kernel(level)).with_window(2, 1);
            let conv = if self.norm == NormKind::None { conv.with_bias() } else { conv };
            down.push(conv.init(stream, device));
            match self.norm {
                NormKind::Batch => down_norm.push(BatchNorm::new(features, stream, device)),
                NormKind::Layer => down_group_norm.push(GroupNorm::new(features, 1, device)),
                NormKind::Instance => down_group_norm.push(GroupNorm::new(features, features, device)),
                NormKind::None => {}
            }
        }
        let score = ConvConfig::new(self.features(top), 1, BASE).with_bias().init(stream, device);
        DcganDiscriminator { from_image, down, down_norm, down_group_norm, score, config: *self }
    }
}

/// Latents to images; see the module's text.
#[derive(Module, Debug)]
pub struct DcganGenerator {
    project: ConvTranspose2d,
    project_norm: BatchNorm,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<BatchNorm>,
    to_image: ConvTranspose2d,
    #[module(skip)]
    config: DcganConfig,
}

impl Generator for DcganGenerator {
    fn forward(&mut self, latent: Tensor<2>, mode: Mode) -> Tensor<4> {
        let [n, z] = latent.dims();
        let x = self.project.forward(Dual::constant(latent.reshape([n, z, 1, 1])));
        let mut x = self.project_norm.forward_leaky(x, mode, RELU);
        for (conv, norm) in self.up.iter().zip(&mut self.up_norm) {
            x = norm.forward_leaky(conv.forward(x), mode, RELU);
        }
        tanh(self.to_image.forward(x)).value
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
    score: Conv2d,
    #[module(skip)]
    config: DcganConfig,
}

impl Discriminator for DcganDiscriminator {
    fn forward(&mut self, images: Dual<4>, mode: Mode) -> Dual<1> {
        let n = images.dims()[0];
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        for (at, conv) in self.down.iter().enumerate() {
            x = match (self.down_norm.get_mut(at), self.down_group_norm.get(at)) {
                (Some(norm), _) => norm.forward_leaky(conv.forward(x), mode, SLOPE),
                (None, Some(norm)) => leaky_relu(norm.forward(conv.forward(x)), SLOPE),
                (None, None) => conv.forward_leaky(x, SLOPE),
            };
        }
        self.score.forward(x).reshape([n])
    }

    fn activations(&self) -> usize {
        self.config.activations()
    }
}
