//! Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros 2016, arXiv:1611.07004: a
//! U-Net from images to images, and a discriminator that judges patches.
//!
//! ```text
//! U-Net     down  4 × 4, stride 2, to widths w, 2w, 4w, 8w, 8w, …      LeakyReLU 0.2 before each but the first
//!           up    the mirror image, each beside what went down at its size; ReLU before each; tanh at the end
//! PatchGAN  4 × 4, stride 2, so many times; 4 × 4, stride 1, twice; one logit a patch
//! ```
//!
//! A norm stands behind every convolution but those next to the images and the innermost. Noise is dropout in the inner
//! levels on the way up, if the caller gives some.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use crate::layers::{Conv2d, ConvConfig, ConvTranspose2d, ImageNorm, ImageNormKind, WeightKind, leaky_relu, relu};
use crate::{Discriminator, Encoding, Mode, Translator};

const SLOPE: f64 = 0.2;
/// Channels are at most so many times those next to the image.
const WIDEST: usize = 8;
/// Levels that are shown to those who look into the network, if it has more.
const ENCODED: usize = 3;
/// The share of values that dropout takes out.
const DROPPED: f32 = 0.5;

/// The settings of a U-Net.
#[derive(Debug, Clone, Copy)]
pub struct UnetConfig {
    channels: [usize; 2],
    levels: usize,
    width: usize,
    norm: ImageNormKind,
}

impl UnetConfig {
    /// Levels of the paper's network, for images of 256 pixels.
    pub const LEVELS: usize = 8;
    /// The first level, from 0 next to the image, that has dropout, up to the innermost, which has none.
    pub const FIRST_NOISY: usize = 4;

    /// From and to images of three channels that are `2^levels` pixels wide or a multiple of that; the paper's widths.
    pub fn new(levels: usize) -> Self {
        Self { channels: [3, 3], levels, width: 64, norm: ImageNormKind::Batch }
    }

    /// From and to images of these channels.
    pub fn with_channels(self, channels: [usize; 2]) -> Self {
        Self { channels, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With another norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }

    fn features(&self, level: usize) -> usize {
        self.width * WIDEST.min(1 << level)
    }

    /// Channels of the maps that [`Encoding::encode`] gives.
    pub fn encoded(&self) -> Vec<usize> {
        let levels = 0..ENCODED.min(self.levels - 1);
        std::iter::once(self.channels[0]).chain(levels.map(|level| self.features(level))).collect()
    }

    /// The network with fresh weights from N(0, 0.02).
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Unet {
        let [input, output] = self.channels;
        let biased = self.norm != ImageNormKind::Batch;
        let conv = |from, to, bias: bool| {
            let conv = ConvConfig::new(from, to, 4).with_window(2, 1);
            if bias { conv.with_bias() } else { conv }
        };
        let (mut down, mut down_norm, mut up, mut up_norm) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for level in 0..self.levels {
            let features = self.features(level);
            let [before, from, to] = match level {
                0 => [input, 2 * features, output],
                _ if level == self.levels - 1 => [self.features(level - 1), features, self.features(level - 1)],
                _ => [self.features(level - 1), 2 * features, self.features(level - 1)],
            };
            down.push(conv(before, features, biased).init(stream, device));
            up.push(conv(from, to, biased || level == 0).init_transposed(stream, device));
            if level > 0 {
                up_norm.push(ImageNorm::new(self.norm, to, stream, device));
            }
            if level > 0 && level < self.levels - 1 {
                down_norm.push(ImageNorm::new(self.norm, features, stream, device));
            }
        }
        Unet { down, down_norm, up, up_norm, config: *self }
    }
}

/// Images to images; see the module's text.
#[derive(Module, Debug)]
pub struct Unet {
    down: Vec<Conv2d>,
    down_norm: Vec<ImageNorm>,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<ImageNorm>,
    #[module(skip)]
    config: UnetConfig,
}

impl Unet {
    /// What each of so many levels passes on, from the image to the innermost.
    fn down(&mut self, images: Tensor<4>, levels: usize, mode: Mode) -> Vec<Dual<4>> {
        let last = self.down.len() - 1;
        let mut passed = vec![self.down[0].forward(Dual::constant(images))];
        for level in 1..levels {
            let y = self.down[level].forward(leaky_relu(passed[level - 1].clone(), SLOPE));
            passed.push(if level < last { self.down_norm[level - 1].forward_leaky(y, mode, 1.0) } else { y });
        }
        passed
    }
}

impl Encoding for Unet {
    /// The image and what the levels next to it pass on.
    fn encode(&mut self, images: Tensor<4>, mode: Mode) -> Vec<Tensor<4>> {
        let levels = self.config.encoded().len() - 1;
        let passed = self.down(images.clone(), levels, mode);
        std::iter::once(images).chain(passed.into_iter().map(|map| map.value)).collect()
    }
}

impl Translator for Unet {
    fn translate(&mut self, images: Tensor<4>, mode: Mode, mut noise: Option<&mut Stream>) -> Tensor<4> {
        let last = self.down.len() - 1;
        let mut passed = self.down(images, last + 1, mode);
        let mut y = passed.pop().expect("a U-Net has levels");
        for level in (1..=last).rev() {
            y = self.up_norm[level - 1].forward_leaky(self.up[level].forward(relu(y)), mode, 1.0);
            if let Some(noise) = noise.as_deref_mut().filter(|_| (UnetConfig::FIRST_NOISY..last).contains(&level)) {
                y = dropped(y, noise);
            }
            y = passed[level - 1].clone().cat(y, 1);
        }
        tanh(self.up[0].forward(relu(y))).value
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
    }

    fn multiple(&self) -> usize {
        1 << self.config.levels
    }

    fn activations(&self, size: usize) -> usize {
        let down = (0..self.config.levels).map(|level| self.config.features(level) * (size >> (level + 1)).pow(2));
        // Each is kept before and behind its norm and its rectifiers, and once more beside what comes up.
        8 * down.sum::<usize>()
    }
}

/// With half of the values at 0 and the others twice as large: Srivastava et al. 2014, JMLR 15.
fn dropped(x: Dual<4>, noise: &mut Stream) -> Dual<4> {
    let shape = x.dims();
    let kept = |uniform: f32| if uniform < DROPPED { 0.0 } else { 1.0 / (1.0 - DROPPED) };
    let mask: Vec<f32> = (0..shape.iter().product()).map(|_| kept(noise.uniform())).collect();
    let mask = Tensor::<4>::from_data(TensorData::new(mask, shape), (&x.value.device(), x.value.dtype()));
    x.linear(|x| x * mask.clone())
}

/// The settings of a discriminator of patches.
#[derive(Debug, Clone, Copy)]
pub struct PatchConfig {
    size: usize,
    channels: usize,
    halvings: usize,
    width: usize,
    norm: ImageNormKind,
    weight: WeightKind,
}

impl PatchConfig {
    /// The paper's, whose patches are 70 pixels wide, for colour images of `size` pixels.
    pub fn new(size: usize) -> Self {
        Self { size, channels: 3, halvings: 3, width: 64, norm: ImageNormKind::Batch, weight: WeightKind::Plain }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many convolutions of stride 2: 0 for patches of one pixel, 1 for 16 pixels, 2 for 34, 3 for 70, 4 for 142.
    pub fn with_halvings(self, halvings: usize) -> Self {
        Self { halvings, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With another norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }

    /// With weights that are made so of the learned ones: of a spectral norm in DeepFill v2 (arXiv:1806.03589, section 3.4).
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    fn features(&self, layer: usize) -> usize {
        self.width * WIDEST.min(1 << layer)
    }

    /// Layers before the last.
    fn layers(&self) -> usize {
        self.halvings.max(1) + 1
    }

    fn side(&self, layers: usize) -> usize {
        (0..layers).fold(self.size, |side, layer| match layer {
            _ if self.halvings == 0 => side,
            _ if layer < self.halvings => side / 2,
            _ => side - 1,
        })
    }

    /// The discriminator with fresh weights from N(0, 0.02).
    pub fn init(&self, stream: &mut Stream, device: &Device) -> PatchDiscriminator {
        let biased = self.norm != ImageNormKind::Batch;
        let conv = |from, to, stride, bias: bool| {
            let conv = match self.halvings {
                0 => ConvConfig::new(from, to, 1),
                _ => ConvConfig::new(from, to, 4).with_window(stride, 1),
            };
            let conv = conv.with_weight(self.weight);
            if bias { conv.with_bias() } else { conv }
        };
        let from_image = conv(self.channels, self.width, 2, true).init(stream, device);
        let (mut hidden, mut norm) = (Vec::new(), Vec::new());
        for layer in 1..self.layers() {
            let stride = if layer < self.halvings { 2 } else { 1 };
            hidden.push(conv(self.features(layer - 1), self.features(layer), stride, biased).init(stream, device));
            norm.push(ImageNorm::new(self.norm, self.features(layer), stream, device));
        }
        let features = self.features(self.layers() - 1);
        let score = conv(features, 1, 1, biased || self.halvings > 0).init(stream, device);
        PatchDiscriminator { from_image, hidden, norm, score, config: *self }
    }
}

/// Images to a logit for each of their patches; see the module's text.
#[derive(Module, Debug)]
pub struct PatchDiscriminator {
    from_image: Conv2d,
    hidden: Vec<Conv2d>,
    norm: Vec<ImageNorm>,
    score: Conv2d,
    #[module(skip)]
    config: PatchConfig,
}

impl Discriminator for PatchDiscriminator {
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        let mut x = self.from_image.forward_leaky(images, SLOPE);
        for (conv, norm) in self.hidden.iter().zip(&mut self.norm) {
            x = norm.forward_leaky(conv.forward(x), mode, SLOPE);
        }
        let logits = self.score.forward(x.clone());
        let patches = logits.dims().iter().product();
        (logits.reshape([patches]), x)
    }

    fn iterate(&mut self) {
        let ends = [&mut self.from_image, &mut self.score];
        ends.into_iter().chain(&mut self.hidden).for_each(Conv2d::iterate);
    }

    fn feature_shape(&self) -> [usize; 3] {
        let layers = self.config.layers();
        let side = self.config.side(layers);
        [self.config.features(layers - 1), side, side]
    }

    fn activations(&self) -> usize {
        let layers = 1..=self.config.layers();
        let kept = |layer: usize| self.config.features(layer - 1) * self.config.side(layer).pow(2);
        3 * layers.map(kept).sum::<usize>()
    }
}
