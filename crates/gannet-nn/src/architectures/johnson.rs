//! Perceptual Losses for Real-Time Style Transfer and Super-Resolution, Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155, with the
//! instance norm of Ulyanov et al. 2016, arXiv:1607.08022, and nearest-neighbor upsampling: a style-transfer network for one
//! painting, as in PyTorch's example fast_neural_style.
//!
//! ```text
//! 9 × 9 to w channels; twice 3 × 3 with stride 2, to 2w and 4w
//! x + norm(conv(relu(norm(conv(x)))))      3 × 3, a block
//! twice nearest-neighbor upsampling and 3 × 3, to 2w and w; 9 × 9 to the image
//! ```
//!
//! A norm with scale and shift and a ReLU follow every other convolution but the last. The padding is by reflection.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, reflect, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{AffineInstanceNorm, Conv2d, ConvConfig, RELU};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_channels};

/// Channels of images.
const COLORS: usize = 3;
/// Side of the kernels next to the images.
const OUTER: usize = 9;
/// Number of downsamplings.
const DOWNSAMPLINGS: usize = 2;

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct JohnsonConfig {
    blocks: usize,
    width: usize,
}

impl JohnsonConfig {
    /// The paper's network for RGB images: 5 blocks, 32 channels next to the image.
    pub fn new() -> Self {
        Self { blocks: 5, width: 32 }
    }

    /// With this many residual blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With this many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }
}

impl TranslatorConfig for JohnsonConfig {
    type Network = Johnson;

    fn init(&self, stream: &mut Stream, device: &Device) -> Johnson {
        let w = self.width;
        let mut constants = stream.clone();
        let mut conv = |input: usize, output: usize, kernel: usize, stride: usize| {
            let conv = ConvConfig::new(input, output, kernel).with_window(stride, 0).with_bias();
            conv.with_init(Init::fan_in(conv.fan_in())).init(stream, device)
        };
        let mut normed = |input, output, kernel, stride| Normed {
            conv: conv(input, output, kernel, stride),
            norm: AffineInstanceNorm::new(output, &mut constants, device),
        };
        let from_image = normed(3, w, OUTER, 1);
        let down = (0..DOWNSAMPLINGS).map(|level| normed(w << level, w << (level + 1), 3, 2)).collect();
        let middle = w << DOWNSAMPLINGS;
        let blocks = (0..self.blocks)
            .map(|_| Block { first: normed(middle, middle, 3, 1), second: normed(middle, middle, 3, 1) })
            .collect();
        let up = (0..DOWNSAMPLINGS).rev().map(|level| normed(w << (level + 1), w << level, 3, 1)).collect();
        Johnson { from_image, down, blocks, up, to_image: conv(w, 3, OUTER, 1), config: *self }
    }
}

impl Default for JohnsonConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// A convolution with its norm.
#[derive(Module, Debug)]
pub struct Normed {
    conv: Conv2d,
    norm: AffineInstanceNorm,
}

impl Normed {
    /// The convolution after reflection padding of `padding` pixels, then the norm and LeakyReLU.
    fn forward_leaky(&self, x: Dual<4>, padding: usize, slope: f64) -> Dual<4> {
        self.norm.forward_leaky(self.conv.forward(reflect(x, padding)), slope)
    }
}

/// A residual block of two convolutions.
#[derive(Module, Debug)]
pub struct Block {
    first: Normed,
    second: Normed,
}

/// The network from images to images in the style of its painting.
#[derive(Module, Debug)]
pub struct Johnson {
    from_image: Normed,
    down: Vec<Normed>,
    blocks: Vec<Block>,
    up: Vec<Normed>,
    to_image: Conv2d,
    #[module(skip)]
    config: JohnsonConfig,
}

impl Translator for Johnson {
    /// The network's own images are in `[0, 255]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let x = Dual::constant(images * 127.5 + 127.5);
        let x = self.from_image.forward_leaky(x, OUTER / 2, RELU);
        let x = self.down.iter().fold(x, |x, layer| layer.forward_leaky(x, 1, RELU));
        let block = |x: Dual<4>, block: &Block| {
            x.residual(1.0, |x| block.second.forward_leaky(block.first.forward_leaky(x, 1, RELU), 1, 1.0))
        };
        let x = self.blocks.iter().fold(x, block);
        let x = self.up.iter().fold(x, |x, layer| layer.forward_leaky(upsample2x(x, Blur::Box), 1, RELU));
        self.to_image.forward(reflect(x, OUTER / 2)).value / 127.5 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [3, 3]
    }

    fn multiple(&self) -> usize {
        1 << DOWNSAMPLINGS
    }

    /// A map of one pixel cannot be padded by reflection.
    fn smallest(&self) -> usize {
        2 << DOWNSAMPLINGS
    }

    fn activations(&self, size: usize) -> usize {
        let level = |level: usize| (self.config.width << level) * (size >> level).pow(2);
        8 * (0..=DOWNSAMPLINGS).map(level).sum::<usize>() + 9 * self.config.blocks * level(DOWNSAMPLINGS)
    }
}

impl Network for JohnsonConfig {
    const NAME: &'static str = "johnson";
    const SUMMARY: &'static str =
        "Residual blocks with instance norm, for the style of one painting (Johnson et al. 2016, arXiv:1603.08155).";
    const PAPER: &'static str = "Perceptual Losses for Real-Time Style Transfer and Super-Resolution, Johnson, Alahi and Fei-Fei \
                                 2016, arXiv:1603.08155";
    const ROLE: Role = Role::Stylizer;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "PyTorch's example fast_neural_style";

    fn sizes() -> Sizes {
        Sizes::MultipleOf(1 << DOWNSAMPLINGS)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self { blocks: settings.blocks, width: settings.width }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_channels(settings, Self::NAME, COLORS, "RGB")
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let [width, ..] = file.conv("conv1.conv2d")?;
        let blocks = file.count(|file, block| file.conv(&format!("res{}.conv1.conv2d", block + 1)).is_ok());
        file.conv("deconv3.conv2d")?;
        Ok(Recognized::whole(Self { blocks, width }, file.renamed(rename)))
    }

    fn describe(&self) -> String {
        let Self { blocks, width } = self;
        let blocks = counted(*blocks, "block");
        format!("a style-transfer network of Johnson et al., {blocks}, width {width}")
    }
}

/// Gannet's name of a tensor of fast_neural_style.
fn rename(name: &str) -> Renamed {
    let Some((place, what)) = name.rsplit_once('.') else { return Renamed::Unknown };
    // The norms of old files have running statistics, which are not used.
    if what.starts_with("running_") || what == "num_batches_tracked" {
        return Renamed::Dropped;
    }
    let Some(own) = layer(place) else { return Renamed::Unknown };
    match (own.ends_with("norm"), what) {
        (true, "weight") => Renamed::layer(&own, "gamma"),
        (true, "bias") => Renamed::layer(&own, "beta"),
        _ => Renamed::layer(&own, what),
    }
}

/// Gannet's name of a layer of fast_neural_style.
fn layer(place: &str) -> Option<String> {
    let number = |word: &str, prefix: &str| word.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1);
    let half = |number: usize| ["first", "second"].get(number).copied();
    let parts: Vec<&str> = place.split('.').collect();
    Some(match parts[..] {
        ["deconv3", "conv2d"] => "to_image".to_owned(),
        [conv, "conv2d"] if conv.starts_with("deconv") => format!("up.{}.conv", number(conv, "deconv")?),
        [conv, "conv2d"] => format!("{}.conv", outer(number(conv, "conv")?)),
        [norm] => format!("{}.norm", outer(number(norm, "in")?)),
        [block, conv, "conv2d"] => format!("blocks.{}.{}.conv", number(block, "res")?, half(number(conv, "conv")?)?),
        [block, norm] => format!("blocks.{}.{}.norm", number(block, "res")?, half(number(norm, "in")?)?),
        _ => return None,
    })
}

/// A layer outside of the residual blocks, numbered from 0: next to the image, two down and two up.
fn outer(number: usize) -> String {
    match number {
        0 => "from_image".to_owned(),
        1 | 2 => format!("down.{}", number - 1),
        _ => format!("up.{}", number - 3),
    }
}
