//! Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, Zhu, Park, Isola and Efros 2017,
//! arXiv:1703.10593: residual networks from images to images, after Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155.
//!
//! ```text
//! 7 × 7 to w channels; twice 3 × 3 with stride 2, to 2w and 4w
//! x + norm(conv(relu(norm(conv(x)))))      3 × 3, so many times
//! twice transposed 3 × 3 with stride 2, to 2w and w; 7 × 7 to the image; tanh
//! ```
//!
//! A norm and a ReLU stand behind every other convolution. Borders are mirrored, but where the stride is 2. The discriminator is
//! pix2pix's, of patches.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, reflect, tanh};
use gannet_ops::random::Stream;

use crate::layers::{Conv2d, ConvConfig, ConvTranspose2d, ImageNorm, ImageNormKind, RELU};
use crate::{Encoding, Mode, Translator};

/// Pixels that the layers next to the images reach beyond their middle.
const REACH: usize = 3;
/// How often the image is halved.
const HALVINGS: usize = 2;

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct ResnetConfig {
    channels: [usize; 2],
    blocks: usize,
    width: usize,
    norm: ImageNormKind,
}

impl ResnetConfig {
    /// From and to colour images, of the paper's width; it has 6 blocks for images of 128 pixels, 9 for larger ones.
    pub fn new(blocks: usize) -> Self {
        Self { channels: [3, 3], blocks, width: 64, norm: ImageNormKind::Instance }
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

    /// Channels of the maps that [`Encoding::encode`] gives.
    pub fn encoded(&self) -> Vec<usize> {
        let blocks = if self.blocks.div_ceil(2) > 1 { 2 } else { self.blocks.min(1) };
        let halvings = (1..=HALVINGS).map(|level| self.width << level);
        let blocks = std::iter::repeat_n(self.width << HALVINGS, blocks);
        std::iter::once(self.channels[0]).chain(halvings).chain(blocks).collect()
    }

    /// The network with fresh weights from N(0, 0.02).
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Resnet {
        let [input, output] = self.channels;
        let biased = |conv: ConvConfig| if self.norm == ImageNormKind::Batch { conv } else { conv.with_bias() };
        let norm = |channels, stream: &mut Stream| ImageNorm::new(self.norm, channels, stream, device);
        let features = |level: usize| self.width << level;
        let middle = features(HALVINGS);
        let from_image = biased(ConvConfig::new(input, self.width, 2 * REACH + 1)).init(stream, device);
        let from_image_norm = norm(self.width, stream);
        let halving = |level| biased(ConvConfig::new(features(level), features(level + 1), 3).with_window(2, 1));
        let (down, down_norm) =
            (0..HALVINGS).map(|level| (halving(level).init(stream, device), norm(features(level + 1), stream))).unzip();
        let blocks = (0..self.blocks).map(|_| {
            let mut conv = || biased(ConvConfig::new(middle, middle, 3)).init(stream, device);
            let [first, second] = [conv(), conv()];
            Block { first, first_norm: norm(middle, stream), second, second_norm: norm(middle, stream) }
        });
        let blocks = blocks.collect();
        let doubling =
            |level| biased(ConvConfig::new(features(level + 1), features(level), 3).with_window(2, 1)).with_beyond(1);
        let (up, up_norm) = (0..HALVINGS)
            .rev()
            .map(|level| (doubling(level).init_transposed(stream, device), norm(features(level), stream)))
            .unzip();
        let to_image = ConvConfig::new(self.width, output, 2 * REACH + 1).with_bias().init(stream, device);
        Resnet { from_image, from_image_norm, down, down_norm, blocks, up, up_norm, to_image, config: *self }
    }
}

/// Two convolutions beside what they are given.
#[derive(Module, Debug)]
pub struct Block {
    first: Conv2d,
    first_norm: ImageNorm,
    second: Conv2d,
    second_norm: ImageNorm,
}

impl Block {
    fn forward(&mut self, x: Dual<4>, mode: Mode) -> Dual<4> {
        x.residual(1.0, |x| {
            let y = self.first_norm.forward_leaky(self.first.forward(reflect(x, 1)), mode, RELU);
            self.second_norm.forward_leaky(self.second.forward(reflect(y, 1)), mode, 1.0)
        })
    }
}

/// Images to images; see the module's text.
#[derive(Module, Debug)]
pub struct Resnet {
    from_image: Conv2d,
    from_image_norm: ImageNorm,
    down: Vec<Conv2d>,
    down_norm: Vec<ImageNorm>,
    blocks: Vec<Block>,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<ImageNorm>,
    to_image: Conv2d,
    #[module(skip)]
    config: ResnetConfig,
}

impl Resnet {
    /// Up to behind so many blocks; `see` is shown what [`Encoding::encode`] gives.
    fn first_half(&mut self, images: Dual<4>, mode: Mode, blocks: usize, see: &mut dyn FnMut(&Dual<4>)) -> Dual<4> {
        let x = reflect(images, REACH);
        see(&x);
        let mut x = self.from_image_norm.forward_leaky(self.from_image.forward(x), mode, RELU);
        for (conv, norm) in self.down.iter().zip(&mut self.down_norm) {
            x = conv.forward(x);
            see(&x);
            x = norm.forward_leaky(x, mode, RELU);
        }
        let middle = self.blocks.len().div_ceil(2);
        for (at, block) in self.blocks.iter_mut().enumerate().take(blocks) {
            x = block.forward(x, mode);
            if at == 0 || at + 1 == middle {
                see(&x);
            }
        }
        x
    }
}

impl Translator for Resnet {
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let blocks = self.blocks.len();
        let mut x = self.first_half(Dual::constant(images), mode, blocks, &mut |_| {});
        for (conv, norm) in self.up.iter().zip(&mut self.up_norm) {
            x = norm.forward_leaky(conv.forward(x), mode, RELU);
        }
        tanh(self.to_image.forward(reflect(x, REACH))).value
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
    }

    fn multiple(&self) -> usize {
        1 << HALVINGS
    }

    /// A map of one pixel has no mirrored border.
    fn smallest(&self) -> usize {
        2 << HALVINGS
    }

    fn activations(&self, size: usize) -> usize {
        let sides = (0..=HALVINGS).map(|level| (self.config.width << level) * (size >> level).pow(2));
        let ends: usize = sides.sum();
        let middle = (self.config.width << HALVINGS) * (size >> HALVINGS).pow(2);
        // Each is kept before and behind its norm, on both ways; a block has two convolutions and their mirrored borders.
        6 * ends + 6 * self.config.blocks * middle
    }
}

impl Encoding for Resnet {
    /// The image with its mirrored border, both halvings before their norms, and what the first block and the middle one give.
    fn encode(&mut self, images: Tensor<4>, mode: Mode) -> Vec<Tensor<4>> {
        let mut kept = Vec::new();
        let blocks = self.blocks.len().div_ceil(2);
        self.first_half(Dual::constant(images), mode, blocks, &mut |x| kept.push(x.value.clone()));
        kept
    }
}
