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
use gannet_ops::dual::{Dual, Shared};
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize, by_bands, pixel_unshuffle};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, counted_channels};

/// Slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// Factor of a residual branch.
const RESIDUAL: f64 = 0.2;
/// Gain of He's initialization of dense blocks, a tenth of that for rectifiers (section 3.1). The other layers have PyTorch's default, as in
/// the authors' code: smaller ones in a row would hold back what the network learns, colors first.
const SMALL_GAIN: f64 = 0.1 * std::f64::consts::SQRT_2;
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
    /// Of the input and of the output.
    channels: [usize; 2],
    blocks: usize,
    width: usize,
    growth: usize,
    upsamplings: usize,
    /// Whether dense blocks have the shortcuts of ESRGAN+.
    shortcuts: bool,
}

impl RrdbConfig {
    /// The paper's network for RGB images: 23 blocks of 64 channels that grow by 32; `scale` is 1, 2 or 4.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: [3; 2], blocks: 23, width: 64, growth: 32, upsamplings: UPSAMPLINGS, shortcuts: false }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels: [channels; 2], ..self }
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
        let (w, growth, [input, output]) = (self.width, self.growth, self.channels);
        let small = |conv: ConvConfig| conv.with_init(Init::he(SMALL_GAIN, conv.fan_in()));
        let usual = |conv: ConvConfig| conv.with_init(Init::fan_in(conv.fan_in()));
        let mut layer = |conv: ConvConfig| conv.init(stream, device);
        let three = |input: usize, output: usize, resize: Resize| ConvConfig::three(input, output, resize).with_bias();
        let mut dense = || {
            let output = |at: usize| if at < 4 { growth } else { w };
            let convs = (0..5).map(|at| layer(small(three(w + at * growth, output(at), Resize::Same)))).collect();
            let shortcut = self.shortcuts.then(|| layer(small(ConvConfig::new(w, growth, 1))));
            Dense { convs, shortcut }
        };
        let blocks = (0..self.blocks).map(|_| Block { dense: (0..3).map(|_| dense()).collect() }).collect();
        let mut conv = |input: usize, output: usize, resize: Resize| layer(usual(three(input, output, resize)));
        Rrdb {
            blocks,
            from_image: conv(input * self.unshuffle().pow(2), w, Resize::Same),
            behind: conv(w, w, Resize::Same),
            double: (0..self.upsamplings).map(|_| conv(w, w, Resize::Double)).collect(),
            last: conv(w, w, Resize::Same),
            to_image: conv(w, output, Resize::Same),
            config: *self,
        }
    }
}

/// Convolutions of the concatenation of all maps before each.
#[derive(Module, Debug)]
pub struct Dense {
    convs: Vec<Conv2d>,
    /// 1 × 1 from the input to the second map, in ESRGAN+.
    shortcut: Option<Conv2d>,
}

impl Dense {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (last, others) = self.convs.split_last().expect("a dense block has five convolutions");
        x.residual(RESIDUAL, |x| {
            let all = others.iter().enumerate().fold(x, |maps, (at, conv)| {
                let maps = maps.shared();
                let map = self.shortened(at, conv.forward_leaky(maps.read(), SLOPE), &maps);
                maps.read().cat(map, 1)
            });
            last.forward(all)
        })
    }

    /// The map number `at` of those behind the input `maps`, with the shortcuts of ESRGAN+ (Rakotonirina and Rasoanaivo 2020,
    /// arXiv:2001.08073): from the input to the second map, and from that to the fourth.
    fn shortened(&self, at: usize, map: Dual<4>, maps: &Shared) -> Dual<4> {
        let Some(shortcut) = &self.shortcut else { return map };
        let [growth, width, ..] = shortcut.weight.dims();
        match at {
            1 => map + shortcut.forward(maps.read().narrow(1, 0, width)),
            3 => map + maps.read().narrow(1, width + growth, growth),
            _ => map,
        }
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
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let images = Dual::constant(images * 0.5 + 0.5);
        let unshuffle = self.config.unshuffle();
        let y = self.from_image.forward(if unshuffle > 1 { pixel_unshuffle(images, unshuffle) } else { images });
        let block = |x: Dual<4>, block: &Block| {
            x.residual(RESIDUAL, |x| block.dense.iter().fold(x, |x, dense| dense.forward(x)))
        };
        let x = self.blocks.iter().fold(y.clone(), block);
        let x = y + self.behind.forward(x);
        by_bands(&x.value, ENLARGING_REACH, mode, |x| {
            let x = self.double.iter().fold(Dual::constant(x), |x, conv| conv.forward_leaky(x, SLOPE));
            self.to_image.forward(self.last.forward_leaky(x, SLOPE)).value * 2.0 - 1.0
        })
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
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
        let growth = (width / 2).max(1);
        Self { scale, channels: [channels; 2], blocks, width, growth, upsamplings: UPSAMPLINGS, shortcuts: false }
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let config = Self::of_file(file)?;
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, blocks, width, growth, .. } = self;
        let (channels, blocks) = (counted_channels(*channels), counted(*blocks, "block"));
        let more = if self.shortcuts { ", shortcuts of ESRGAN+" } else { "" };
        format!("RRDB for {scale} times the size, {channels}, {blocks}, width {width}, growth {growth}{more}")
    }
}

/// What a layer is called in BasicSR and Real-ESRGAN, in ESRGAN's release, and in ESRGAN's code of 2018.
type Names = [String; 3];

fn names(all: [&str; 3]) -> Names {
    all.map(str::to_owned)
}

/// The names of a block's first convolution.
fn first_of_block(block: usize) -> Names {
    [
        format!("body.{block}.rdb1.conv1"),
        format!("RRDB_trunk.{block}.RDB1.conv1"),
        format!("model.1.sub.{block}.RDB1.conv1.0"),
    ]
}

/// The name of the shortcut beside a dense block's first convolution.
fn short(first: String) -> String {
    format!("{}x1", first.strip_suffix(".0").unwrap_or(&first))
}

/// The names of the convolution behind an upsampling.
fn behind_upsampling(at: usize) -> Names {
    [format!("conv_up{}", at + 1), format!("upconv{}", at + 1), format!("model.{}", 3 * (at + 1))]
}

impl RrdbConfig {
    /// The configuration of a file, whose layers may have the names of several versions of the code.
    fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let version = |names: &Names| names.iter().position(|name| file.conv(name).is_ok());
        // A layer that is missing is called as the blocks are.
        let usual = version(&first_of_block(0)).unwrap_or_default();
        let conv = |names: Names| file.conv(&names[version(&names).unwrap_or(usual)]);
        let [width, input, ..] = conv(names(["conv_first", "conv_first", "model.0"]))?;
        let [growth, ..] = conv(first_of_block(0))?;
        let upsamplings = file.count(|_, at| conv(behind_upsampling(at)).is_ok());
        // In a sequence the last convolution follows the last upsampling.
        let last = format!("model.{}", 3 * upsamplings + 4);
        let [output, ..] = conv(names(["conv_last", "conv_last", &last]))?;
        // Pixel unshuffle multiplies the channels of the input by 4 or 16.
        let shrunk = match input.checked_div(output) {
            Some(by @ (4 | 16)) if by * output == input => by.isqrt(),
            Some(_) => 1,
            None => return Err(Mismatch::new(format!("it goes from {input} channels to {output}"))),
        };
        if upsamplings > MOST_UPSAMPLINGS || shrunk > 1 << upsamplings {
            return Err(Mismatch::new(format!("it shrinks images by {shrunk} and doubles them {upsamplings} times")));
        }
        let blocks = file.count(|_, at| conv(first_of_block(at)).is_ok());
        let shortcuts = conv(first_of_block(0).map(short)).is_ok();
        let channels = [input / shrunk.pow(2), output];
        Ok(Self { scale: (1 << upsamplings) / shrunk, channels, blocks, width, growth, upsamplings, shortcuts })
    }

    /// Gannet's name of a tensor.
    fn rename(&self, name: &str) -> Renamed {
        let Some((place, what)) = name.rsplit_once('.') else { return Renamed::Unknown };
        if let Some(at) = (0..self.upsamplings).find(|at| behind_upsampling(*at).contains(&place.to_owned())) {
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
            ["body" | "RRDB_trunk", block, rdb, "conv1x1"] | ["model", "1", "sub", block, rdb, "conv1x1"] => {
                match digit(&rdb.to_lowercase(), "rdb") {
                    Some(dense) => Renamed::layer(&format!("blocks.{block}.dense.{dense}.shortcut"), what),
                    None => Renamed::Unknown,
                }
            }
            ["body", block, rdb, conv] => dense(block, [digit(rdb, "rdb"), digit(conv, "conv")]),
            ["RRDB_trunk", block, rdb, conv] | ["model", "1", "sub", block, rdb, conv, "0"] => {
                dense(block, [digit(rdb, "RDB"), digit(conv, "conv")])
            }
            _ => Renamed::Unknown,
        }
    }
}
