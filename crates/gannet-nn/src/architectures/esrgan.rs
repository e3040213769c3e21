//! ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks, Wang et al. 2018, arXiv:1809.00219: residual-in-residual
//! dense blocks (RRDB).
//!
//! ```text
//! dense    five 3 × 3 convolutions, each of the concatenation of all maps before it; x + 0.2 · the last
//! block    x + 0.2 · dense(dense(dense(x)))
//! network  3 × 3 to w channels; y + conv(blocks); nearest-neighbor upsampling and 3 × 3, twice; 3 × 3; 3 × 3 to the image
//! ```
//!
//! LeakyReLU 0.2 is used inside dense blocks and after the convolutions behind the blocks. The network enlarges images by 4; for
//! 2 and 1, as in Real-ESRGAN (Wang et al. 2021, arXiv:2107.10833), pixel unshuffle comes first. Files of other projects may have
//! more or fewer upsamplings than two.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize, by_bands, pixel_unshuffle};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Factor of a residual branch.
const RESIDUAL: f64 = 0.2;
/// Gain of He's initialization (section 3.1).
const SMALL_GAIN: f64 = 0.1;
/// Rows up and down that the layers behind the blocks see, in rows of their input, however many upsamplings there are.
const ENLARGING_REACH: usize = 2;
/// Upsamplings by 2 of the paper's network.
const UPSAMPLINGS: usize = 2;
/// Most upsamplings that are recognized: enlargement by 16.
const MOST_UPSAMPLINGS: usize = 4;

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct RrdbConfig {
    scale: usize,
    channels: usize,
    blocks: usize,
    width: usize,
    growth: usize,
    upsamplings: usize,
}

impl RrdbConfig {
    /// The paper's network for RGB images: 23 blocks of 64 channels that grow by 32; `scale` is 1, 2 or 4.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: 3, blocks: 23, width: 64, growth: 32, upsamplings: UPSAMPLINGS }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With this many channels between the images, and so many that each convolution of a dense block adds.
    pub fn with_width(self, width: usize, growth: usize) -> Self {
        Self { width, growth, ..self }
    }

    /// The factor of pixel unshuffle before the first convolution.
    fn unshuffle(&self) -> usize {
        (1 << self.upsamplings) / self.scale
    }
}

impl TranslatorConfig for RrdbConfig {
    type Network = Rrdb;

    fn init(&self, stream: &mut Stream, device: &Device) -> Rrdb {
        let (w, growth) = (self.width, self.growth);
        let mut conv = |input: usize, output: usize, resize: Resize| {
            let conv = ConvConfig::three(input, output, resize).with_bias();
            conv.with_init(Init::he(SMALL_GAIN, conv.fan_in())).init(stream, device)
        };
        let mut dense = || {
            let output = |at: usize| if at < 4 { growth } else { w };
            Dense { convs: (0..5).map(|at| conv(w + at * growth, output(at), Resize::Same)).collect() }
        };
        let blocks = (0..self.blocks).map(|_| Block { dense: (0..3).map(|_| dense()).collect() }).collect();
        Rrdb {
            blocks,
            from_image: conv(self.channels * self.unshuffle().pow(2), w, Resize::Same),
            behind: conv(w, w, Resize::Same),
            double: (0..self.upsamplings).map(|_| conv(w, w, Resize::Double)).collect(),
            last: conv(w, w, Resize::Same),
            to_image: conv(w, self.channels, Resize::Same),
            config: *self,
        }
    }
}

/// Convolutions of the concatenation of all maps before each.
#[derive(Module, Debug)]
pub struct Dense {
    convs: Vec<Conv2d>,
}

impl Dense {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (last, others) = self.convs.split_last().expect("a dense block has five convolutions");
        x.residual(RESIDUAL, |x| {
            let all = others.iter().fold(x, |maps, conv| {
                let maps = maps.shared();
                maps.read().cat(conv.forward_leaky(maps.read(), SLOPE), 1)
            });
            last.forward(all)
        })
    }
}

/// A residual block of three dense blocks.
#[derive(Module, Debug)]
pub struct Block {
    dense: Vec<Dense>,
}

/// The network from images to larger ones.
#[derive(Module, Debug)]
pub struct Rrdb {
    from_image: Conv2d,
    blocks: Vec<Block>,
    behind: Conv2d,
    double: Vec<Conv2d>,
    last: Conv2d,
    to_image: Conv2d,
    #[module(skip)]
    config: RrdbConfig,
}

impl Translator for Rrdb {
    /// The network's own images are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let images = Dual::constant(images * 0.5 + 0.5);
        let unshuffle = self.config.unshuffle();
        let y = self.from_image.forward(if unshuffle > 1 { pixel_unshuffle(images, unshuffle) } else { images });
        let block = |x: Dual<4>, block: &Block| {
            x.residual(RESIDUAL, |x| block.dense.iter().fold(x, |x, dense| dense.forward(x)))
        };
        let x = self.blocks.iter().fold(y.clone(), block);
        let x = y + self.behind.forward(x);
        by_bands(&x.value, ENLARGING_REACH, |x| {
            let x = self.double.iter().fold(Dual::constant(x), |x, conv| conv.forward_leaky(x, SLOPE));
            self.to_image.forward(self.last.forward_leaky(x, SLOPE)).value * 2.0 - 1.0
        })
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        self.config.unshuffle()
    }

    fn scale(&self) -> usize {
        self.config.scale
    }

    fn activations(&self, size: usize) -> usize {
        let RrdbConfig { blocks, width, growth, upsamplings, .. } = self.config;
        // The concatenation is kept before each convolution of a dense block.
        let dense = 5 * width + 10 * growth + 5 * (width + growth);
        let level = |level: usize| width * (1 << (2 * level));
        let up: usize = (1..=upsamplings).map(|at| if at == upsamplings { 3 * level(at) } else { 2 * level(at) }).sum();
        (3 * blocks * dense + 4 * width + up) * (size / self.config.unshuffle()).pow(2)
    }
}

impl Network for RrdbConfig {
    const NAME: &'static str = "rrdb";
    const SUMMARY: &'static str =
        "Residual-in-residual dense blocks, ESRGAN's generator (Wang et al. 2018, arXiv:1809.00219).";
    const PAPER: &'static str =
        "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks, Wang et al. 2018, arXiv:1809.00219";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "ESRGAN and Real-ESRGAN";

    /// Images are downsampled to whole pixels, which are unshuffled by twos where they are enlarged by 2.
    fn sizes() -> Sizes {
        Sizes::MultipleOf(1 << UPSAMPLINGS)
    }

    /// Dense blocks grow by half of the width, as in the paper.
    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks, width, .. } = *settings;
        Self { scale, channels, blocks, width, growth: (width / 2).max(1), upsamplings: UPSAMPLINGS }
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let layout = Layout::of_file(file);
        let config = Self::of_file(file, layout)?;
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(layout, name))))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, blocks, width, growth, .. } = self;
        format!("RRDB for {scale} times the size, {channels} channels, {blocks} blocks, width {width}, growth {growth}")
    }
}

/// The names that a file gives to the layers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Places in a sequence, as in ESRGAN's training code of 2018.
    Sequence,
    /// The names of ESRGAN's release, such as `RRDB_trunk`.
    Release,
    /// The names of BasicSR and Real-ESRGAN.
    Present,
}

impl Layout {
    fn of_file(file: &TensorFile) -> Self {
        if file.has("model.1.sub.0.RDB1.conv1.0.weight") {
            Self::Sequence
        } else if file.has("RRDB_trunk.0.RDB1.conv1.weight") {
            Self::Release
        } else {
            Self::Present
        }
    }

    /// The first convolution of the first dense block of a block.
    fn growing(self, block: usize) -> String {
        match self {
            Self::Sequence => format!("model.1.sub.{block}.RDB1.conv1.0"),
            Self::Release => format!("RRDB_trunk.{block}.RDB1.conv1"),
            Self::Present => format!("body.{block}.rdb1.conv1"),
        }
    }

    /// The convolution of an upsampling.
    fn double(self, at: usize) -> String {
        match self {
            Self::Sequence => format!("model.{}", 3 * (at + 1)),
            Self::Release => format!("upconv{}", at + 1),
            Self::Present => format!("conv_up{}", at + 1),
        }
    }
}

impl RrdbConfig {
    /// The configuration of a file.
    fn of_file(file: &TensorFile, layout: Layout) -> Result<Self, Mismatch> {
        let [width, input, ..] = file.conv(if layout == Layout::Sequence { "model.0" } else { "conv_first" })?;
        let [growth, ..] = file.conv(&layout.growing(0))?;
        let upsamplings = file.count(|file, at| file.conv(&layout.double(at)).is_ok());
        let [channels, ..] = match layout {
            Layout::Sequence => file.conv(&format!("model.{}", 3 * upsamplings + 4))?,
            _ => file.conv("conv_last")?,
        };
        // Pixel unshuffle multiplies the channels of the input.
        let shrunk = match input.checked_div(channels) {
            Some(by @ (1 | 4 | 16)) if by * channels == input => by.isqrt(),
            _ => return Err(Mismatch::new(format!("it goes from {input} channels to {channels}"))),
        };
        if upsamplings > MOST_UPSAMPLINGS || shrunk > 1 << upsamplings {
            return Err(Mismatch::new(format!("it shrinks images by {shrunk} and doubles them {upsamplings} times")));
        }
        let blocks = file.count(|file, at| file.conv(&layout.growing(at)).is_ok());
        Ok(Self { scale: (1 << upsamplings) / shrunk, channels, blocks, width, growth, upsamplings })
    }

    /// Gannet's name of a tensor.
    fn rename(&self, layout: Layout, name: &str) -> Renamed {
        let Some((place, what)) = name.rsplit_once('.') else { return Renamed::Unknown };
        if let Some(at) = (0..self.upsamplings).find(|at| layout.double(*at) == place) {
            return Renamed::layer(&format!("double.{at}"), what);
        }
        let parts: Vec<&str> = place.split('.').collect();
        let digit = |word: &str, prefix: &str| word.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1);
        let dense = |block: &str, [dense, conv]: [Option<usize>; 2]| match (dense, conv) {
            (Some(dense), Some(conv)) => Renamed::layer(&format!("blocks.{block}.dense.{dense}.convs.{conv}"), what),
            _ => Renamed::Unknown,
        };
        let place = |offset: usize| (3 * self.upsamplings + offset).to_string();
        match parts[..] {
            ["conv_first"] | ["model", "0"] => Renamed::layer("from_image", what),
            ["conv_body" | "trunk_conv"] => Renamed::layer("behind", what),
            ["model", "1", "sub", at] if at == self.blocks.to_string() => Renamed::layer("behind", what),
            ["conv_hr" | "HRconv"] => Renamed::layer("last", what),
            ["model", at] if at == place(2) => Renamed::layer("last", what),
            ["conv_last"] => Renamed::layer("to_image", what),
            ["model", at] if at == place(4) => Renamed::layer("to_image", what),
            ["body", block, rdb, conv] => dense(block, [digit(rdb, "rdb"), digit(conv, "conv")]),
            ["RRDB_trunk", block, rdb, conv] | ["model", "1", "sub", block, rdb, conv, "0"] => {
                dense(block, [digit(rdb, "RDB"), digit(conv, "conv")])
            }
            _ => Renamed::Unknown,
        }
    }
}
