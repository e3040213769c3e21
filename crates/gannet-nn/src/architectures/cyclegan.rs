//! Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, Zhu, Park, Isola and Efros 2017,
//! arXiv:1703.10593: residual networks from images to images, after Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155.
//!
//! ```text
//! 7 × 7 to w channels; twice 3 × 3 with stride 2, to 2w and 4w
//! x + norm(conv(relu(norm(conv(x)))))      3 × 3, a block
//! twice transposed 3 × 3 with stride 2, to 2w and w; 7 × 7 to the image; tanh
//! ```
//!
//! The networks of PyTorch-GAN have nearest-neighbor upsampling and a 3 × 3 convolution in place of each transposed one.
//!
//! A norm and a ReLU follow every other convolution. The padding is by reflection, but by zeros where the stride is 2. The
//! discriminator is pix2pix's PatchGAN.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, reflect, tanh};
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::layers::{Conv2d, ConvConfig, ConvTranspose2d, ImageNorm, ImageNormKind, RELU, Resize};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_generator_norm,
};

/// Reflection padding of the layers next to the images, in pixels.
const PADDING: usize = 3;
/// Number of downsamplings.
const DOWNSAMPLINGS: usize = 2;
/// The place of the first residual block in the sequence of pytorch-CycleGAN-and-pix2pix.
const FIRST_BLOCK: usize = 10;
/// What projects call the layers inside of a residual block: pytorch-CycleGAN-and-pix2pix, and others after it.
const BLOCKS: [&str; 2] = ["conv_block", "block"];

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct ResnetConfig {
    channels: [usize; 2],
    blocks: usize,
    width: usize,
    norm: ImageNormKind,
    up: UpKind,
}

/// How maps become larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UpKind {
    /// By transposed convolutions, as in the paper.
    Transposed,
    /// By nearest-neighbor upsampling and convolutions, as in PyTorch-GAN.
    Nearest,
}

impl UpKind {
    /// How many places of a file's sequence there are for each doubling.
    fn places(self) -> usize {
        match self {
            Self::Transposed => 3,
            Self::Nearest => 4,
        }
    }

    /// The place of the last convolution behind the blocks.
    fn last(self) -> usize {
        DOWNSAMPLINGS * self.places() + 1
    }
}

impl ResnetConfig {
    /// From and to RGB images, with the paper's width. The paper has 6 blocks for images of 128 pixels and 9 for larger ones.
    pub fn new(blocks: usize) -> Self {
        Self { channels: [3, 3], blocks, width: 64, norm: ImageNormKind::Instance, up: UpKind::Transposed }
    }

    /// With these channels of input and output.
    pub fn with_channels(self, channels: [usize; 2]) -> Self {
        Self { channels, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With this norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }
}

impl TranslatorConfig for ResnetConfig {
    type Network = Resnet;

    /// The initial weights are from N(0, 0.02).
    fn init(&self, stream: &mut Stream, device: &Device) -> Resnet {
        let [input, output] = self.channels;
        let biased = |conv: ConvConfig| if self.norm == ImageNormKind::Batch { conv } else { conv.with_bias() };
        let norm = |channels, stream: &mut Stream| ImageNorm::new(self.norm, channels, stream, device);
        let features = |level: usize| self.width << level;
        let middle = features(DOWNSAMPLINGS);
        let from_image = biased(ConvConfig::new(input, self.width, 2 * PADDING + 1)).init(stream, device);
        let from_image_norm = norm(self.width, stream);
        let down_conv = |level| biased(ConvConfig::new(features(level), features(level + 1), 3).with_window(2, 1));
        let (down, down_norm) = (0..DOWNSAMPLINGS)
            .map(|level| (down_conv(level).init(stream, device), norm(features(level + 1), stream)))
            .unzip();
        let blocks = (0..self.blocks).map(|_| {
            let mut conv = || biased(ConvConfig::new(middle, middle, 3)).init(stream, device);
            let [first, second] = [conv(), conv()];
            Block { first, first_norm: norm(middle, stream), second, second_norm: norm(middle, stream) }
        });
        let blocks = blocks.collect();
        let up_conv = |level| {
            let conv = ConvConfig::new(features(level + 1), features(level), 3).with_window(2, 1);
            biased(conv).with_output_padding(1)
        };
        let nearest_conv = |level| biased(ConvConfig::three(features(level + 1), features(level), Resize::Double));
        let (mut up, mut up_nearest, mut up_norm) = (Vec::new(), Vec::new(), Vec::new());
        for level in (0..DOWNSAMPLINGS).rev() {
            match self.up {
                UpKind::Transposed => up.push(up_conv(level).init_transposed(stream, device)),
                UpKind::Nearest => up_nearest.push(nearest_conv(level).init(stream, device)),
            }
            up_norm.push(norm(features(level), stream));
        }
        let to_image = ConvConfig::new(self.width, output, 2 * PADDING + 1).with_bias().init(stream, device);
        let config = *self;
        Resnet { from_image, from_image_norm, down, down_norm, blocks, up, up_nearest, up_norm, to_image, config }
    }

    fn encoder_channels(&self) -> Vec<usize> {
        let blocks = if self.blocks.div_ceil(2) > 1 { 2 } else { self.blocks.min(1) };
        let down = (1..=DOWNSAMPLINGS).map(|level| self.width << level);
        let blocks = std::iter::repeat_n(self.width << DOWNSAMPLINGS, blocks);
        std::iter::once(self.channels[0]).chain(down).chain(blocks).collect()
    }
}

/// A residual block of two convolutions.
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

/// The network from images to images.
#[derive(Module, Debug)]
pub struct Resnet {
    from_image: Conv2d,
    from_image_norm: ImageNorm,
    down: Vec<Conv2d>,
    down_norm: Vec<ImageNorm>,
    blocks: Vec<Block>,
    up: Vec<ConvTranspose2d>,
    up_nearest: Vec<Conv2d>,
    up_norm: Vec<ImageNorm>,
    to_image: Conv2d,
    #[module(skip)]
    config: ResnetConfig,
}

impl Resnet {
    /// The map behind `blocks` residual blocks; `observe` is called with each map of [`Translator::encode`].
    fn first_half(&mut self, images: Dual<4>, mode: Mode, blocks: usize, observe: &mut dyn FnMut(&Dual<4>)) -> Dual<4> {
        let x = reflect(images, PADDING);
        observe(&x);
        let mut x = self.from_image_norm.forward_leaky(self.from_image.forward(x), mode, RELU);
        for (conv, norm) in self.down.iter().zip(&mut self.down_norm) {
            x = conv.forward(x);
            observe(&x);
            x = norm.forward_leaky(x, mode, RELU);
        }
        let middle = self.blocks.len().div_ceil(2);
        for (at, block) in self.blocks.iter_mut().enumerate().take(blocks) {
            x = block.forward(x, mode);
            if at == 0 || at + 1 == middle {
                observe(&x);
            }
        }
        x
    }
}

impl Translator for Resnet {
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let blocks = self.blocks.len();
        let mut x = self.first_half(Dual::constant(images), mode, blocks, &mut |_| {});
        for (at, norm) in self.up_norm.iter_mut().enumerate() {
            let y = match self.config.up {
                UpKind::Transposed => self.up[at].forward(x),
                UpKind::Nearest => self.up_nearest[at].forward(x),
            };
            x = norm.forward_leaky(y, mode, RELU);
        }
        tanh(self.to_image.forward(reflect(x, PADDING))).value
    }

    /// The padded image, both downsampled maps before their norms, and the maps behind the first block and the middle one.
    fn encode(&mut self, images: Tensor<4>, mode: Mode) -> Vec<Tensor<4>> {
        let mut maps = Vec::new();
        let blocks = self.blocks.len().div_ceil(2);
        self.first_half(Dual::constant(images), mode, blocks, &mut |x| maps.push(x.value.clone()));
        maps
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
    }

    fn multiple(&self) -> usize {
        1 << DOWNSAMPLINGS
    }

    /// A map of one pixel cannot be padded by reflection.
    fn smallest(&self) -> usize {
        2 << DOWNSAMPLINGS
    }

    fn activations(&self, size: usize) -> usize {
        let sides = (0..=DOWNSAMPLINGS).map(|level| (self.config.width << level) * (size >> level).pow(2));
        let ends: usize = sides.sum();
        let middle = (self.config.width << DOWNSAMPLINGS) * (size >> DOWNSAMPLINGS).pow(2);
        // Each map is kept before and after its norm, on the way down and up; a block has two convolutions with padded inputs.
        6 * ends + 6 * self.config.blocks * middle
    }
}

impl Network for ResnetConfig {
    const NAME: &'static str = "resnet";
    const SUMMARY: &'static str = "Residual blocks between down- and upsampling (Zhu et al. 2017, arXiv:1703.10593).";
    const PAPER: &'static str = "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, Zhu, Park, \
                                 Isola and Efros 2017, arXiv:1703.10593";
    const ROLE: Role = Role::Translator;
    const KEYS: &'static [&'static str] = &["width", "generator_norm", "blocks"];
    const PROJECT: &'static str = "pytorch-CycleGAN-and-pix2pix and PyTorch-GAN";

    fn sizes() -> Sizes {
        Sizes::MultipleOf(1 << DOWNSAMPLINGS)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        let norm = ImageNormKind::of_generator(settings.generator_norm);
        let (channels, up) = ([settings.channels; 2], UpKind::Transposed);
        Self { channels, blocks: settings.blocks, width: settings.width, norm, up }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_generator_norm(settings, Self::NAME, &ImageNormKind::IN_GENERATORS)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let from_image = file.conv("model.1");
        let first = |block: usize| BLOCKS.map(|inside| format!("model.{}.{inside}.1.weight", FIRST_BLOCK + block));
        let blocks = file.count(|file, block| first(block).iter().any(|name| file.has(name)));
        let [width, input, ..] = from_image?;
        let behind = |place: usize| file.conv(&format!("model.{}", FIRST_BLOCK + blocks + place));
        let up = if behind(UpKind::Nearest.last()).is_ok() { UpKind::Nearest } else { UpKind::Transposed };
        let [output, ..] = behind(up.last())?;
        if up == UpKind::Nearest && input != PADDING {
            return Err(Mismatch::new(format!("PyTorch-GAN pads images of {input} channels by another border")));
        }
        let norm = ImageNormKind::of_file(file, "model.2");
        let config = Self { channels: [input, output], blocks, width, norm, up };
        let second = BLOCKS.map(|inside| format!("model.{FIRST_BLOCK}.{inside}.6"));
        let dropout = second.iter().any(|layer| file.conv(layer).is_ok());
        let tensors = file.renamed(|name| config.rename(name, dropout));
        Ok(Recognized::whole(config, tensors))
    }

    fn describe(&self) -> String {
        let Self { channels: [from, to], blocks, width, norm, up } = self;
        let norm = norm.describe();
        let up = if *up == UpKind::Nearest { ", nearest-neighbor upsampling" } else { "" };
        let [to, blocks] = [counted(*to, "channel"), counted(*blocks, "block")];
        format!("a residual network from {from} to {to}, {blocks}, width {width}, {norm}{up}")
    }
}

impl ResnetConfig {
    /// Gannet's name of a tensor of pytorch-CycleGAN-and-pix2pix; `dropout` says whether the network was trained with dropout.
    fn rename(&self, name: &str, dropout: bool) -> Renamed {
        let Some((place, what)) = name.rsplit_once('.') else { return Renamed::Unknown };
        let norm = |own: &str| self.norm.renamed(own, what);
        let number = |place: &str| place.strip_prefix("model.").and_then(|number| number.parse::<usize>().ok());
        if let [Some((block, at)), _] | [None, Some((block, at))] =
            BLOCKS.map(|inside| place.split_once(&format!(".{inside}.")))
        {
            let Some(block) = number(block).and_then(|at| at.checked_sub(FIRST_BLOCK)) else { return Renamed::Unknown };
            let own = format!("blocks.{block}");
            // Dropout has no weights, but a place before the second half.
            return match (at, dropout) {
                ("1", _) => Renamed::layer(&format!("{own}.first"), what),
                ("2", _) => norm(&format!("{own}.first_norm")),
                ("5", false) | ("6", true) => Renamed::layer(&format!("{own}.second"), what),
                ("6", false) | ("7", true) => norm(&format!("{own}.second_norm")),
                _ => Renamed::Unknown,
            };
        }
        let Some(at) = number(place) else { return Renamed::Unknown };
        if let Some(behind) = at.checked_sub(FIRST_BLOCK + self.blocks) {
            return self.rename_behind(behind, what);
        }
        match at {
            1 => Renamed::layer("from_image", what),
            2 => norm("from_image_norm"),
            4 | 7 => Renamed::layer(&format!("down.{}", at / 3 - 1), what),
            5 | 8 => norm(&format!("down_norm.{}", at / 3 - 1)),
            _ => Renamed::Unknown,
        }
    }

    /// Gannet's name of a tensor at this place behind the residual blocks.
    fn rename_behind(&self, at: usize, what: &str) -> Renamed {
        let (level, inside) = (at / self.up.places(), at % self.up.places());
        match (self.up, inside) {
            _ if at == self.up.last() => Renamed::layer("to_image", what),
            _ if level >= DOWNSAMPLINGS => Renamed::Unknown,
            (UpKind::Transposed, 0) => Renamed::layer(&format!("up.{level}"), what),
            (UpKind::Nearest, 1) => Renamed::layer(&format!("up_nearest.{level}"), what),
            (UpKind::Transposed, 1) | (UpKind::Nearest, 2) => self.norm.renamed(&format!("up_norm.{level}"), what),
            _ => Renamed::Unknown,
        }
    }
}
