//! Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network, Ledig et al. 2016, arXiv:1609.04802:
//! SRResNet, the generator of SRGAN.
//!
//! ```text
//! 9 × 9 to w channels, PReLU                                      y
//! x + norm(conv(prelu(norm(conv(x)))))      3 × 3, a block
//! y + norm(conv(x)); 3 × 3 to 4w, pixel shuffle by 2, PReLU      for each doubling of the size
//! 9 × 9 to the image; tanh
//! ```
//!
//! Networks of other projects' early files have a PReLU or nothing in place of the norm behind the blocks.
//!
//! The norm is batch norm, or none after Enhanced Deep Residual Networks, Lim et al. 2017, arXiv:1707.02921.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, ImageNorm, ImageNormKind, Prelu, by_bands, pixel_shuffle};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_generator_norm,
    require_whole_input,
};

/// Most upsamplings that are recognized in a file: enlargement by 16.
const MOST_UPSAMPLINGS: usize = 4;
/// Rows up and down that the layers behind the blocks see, in rows of their input, however many upsamplings there are.
const ENLARGING_REACH: usize = 4;
/// Side of the kernels next to the images.
const OUTER: usize = 9;
/// Gain of He's initialization of the last convolution of a block, so that blocks start near the identity.
const SMALL_GAIN: f64 = 0.1;

/// What follows the convolution behind the residual blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BehindBlocks {
    /// The norm of the blocks, as in the paper.
    Norm,
    /// PReLU.
    Prelu,
    /// Nothing.
    Nothing,
}

/// The configuration of SRResNet.
#[derive(Debug, Clone, Copy)]
pub struct SrresnetConfig {
    scale: usize,
    channels: usize,
    blocks: usize,
    width: usize,
    norm: ImageNormKind,
    behind: BehindBlocks,
}

impl SrresnetConfig {
    /// The paper's network for RGB images: 16 blocks of 64 channels with batch norm; `scale` is 1, 2, 4 or 8.
    pub fn new(scale: usize) -> Self {
        let behind = BehindBlocks::Norm;
        Self { scale, channels: 3, blocks: 16, width: 64, norm: ImageNormKind::Batch, behind }
    }

    /// With images of this many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With this many residual blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With this many channels between the images.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With this norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }
}

impl TranslatorConfig for SrresnetConfig {
    type Network = Srresnet;

    fn init(&self, stream: &mut Stream, device: &Device) -> Srresnet {
        let w = self.width;
        let conv = |input: usize, output: usize, kernel: usize, gain: f64| {
            let conv = ConvConfig::new(input, output, kernel).with_window(1, kernel / 2).with_bias();
            conv.with_init(Init::he(gain, conv.fan_in()))
        };
        let prelu = || Prelu::new(1, &mut Stream::new(0, "constant", 0), device);
        let from_image = conv(self.channels, w, OUTER, 1.0).init(stream, device);
        let blocks = (0..self.blocks).map(|_| Block {
            first: conv(w, w, 3, 1.0).init(stream, device),
            first_norm: ImageNorm::new(self.norm, w, stream, device),
            prelu: prelu(),
            second: conv(w, w, 3, SMALL_GAIN).init(stream, device),
            second_norm: ImageNorm::new(self.norm, w, stream, device),
        });
        let blocks = blocks.collect();
        let behind = conv(w, w, 3, SMALL_GAIN).init(stream, device);
        let norm = if self.behind == BehindBlocks::Norm { self.norm } else { ImageNormKind::None };
        let behind_norm = ImageNorm::new(norm, w, stream, device);
        let behind_prelu = (self.behind == BehindBlocks::Prelu).then(prelu);
        let upsamplings = 0..self.scale.ilog2();
        let double =
            upsamplings.map(|_| Upsampling { conv: conv(w, 4 * w, 3, 1.0).init(stream, device), prelu: prelu() });
        let double = double.collect();
        let to_image = conv(w, self.channels, OUTER, SMALL_GAIN).init(stream, device);
        let prelu = prelu();
        Srresnet { from_image, prelu, blocks, behind, behind_norm, behind_prelu, double, to_image, config: *self }
    }
}

/// A residual block of two convolutions.
#[derive(Module, Debug)]
pub struct Block {
    first: Conv2d,
    first_norm: ImageNorm,
    prelu: Prelu,
    second: Conv2d,
    second_norm: ImageNorm,
}

impl Block {
    fn forward(&mut self, x: Dual<4>, mode: Mode) -> Dual<4> {
        x.residual(1.0, |x| {
            let y = self.first_norm.forward_leaky(self.first.forward(x), mode, 1.0);
            self.second_norm.forward_leaky(self.second.forward(self.prelu.forward(y)), mode, 1.0)
        })
    }
}

/// Upsampling by 2.
#[derive(Module, Debug)]
pub struct Upsampling {
    conv: Conv2d,
    prelu: Prelu,
}

/// The network from images to larger ones.
#[derive(Module, Debug)]
pub struct Srresnet {
    from_image: Conv2d,
    prelu: Prelu,
    blocks: Vec<Block>,
    behind: Conv2d,
    behind_norm: ImageNorm,
    behind_prelu: Option<Prelu>,
    double: Vec<Upsampling>,
    to_image: Conv2d,
    #[module(skip)]
    config: SrresnetConfig,
}

impl Translator for Srresnet {
    /// The network's own inputs are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let y = self.prelu.forward(self.from_image.forward(Dual::constant(images * 0.5 + 0.5)));
        let mut x = y.clone();
        for block in &mut self.blocks {
            x = block.forward(x, mode);
        }
        x = self.behind_norm.forward_leaky(self.behind.forward(x), mode, 1.0);
        x = match &self.behind_prelu {
            Some(prelu) => y + prelu.forward(x),
            None => y + x,
        };
        by_bands(&x.value, ENLARGING_REACH, mode, |x| {
            let double =
                |x: Dual<4>, Upsampling { conv, prelu }: &Upsampling| prelu.forward(pixel_shuffle(conv.forward(x), 2));
            tanh(self.to_image.forward(self.double.iter().fold(Dual::constant(x), double))).value
        })
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        1
    }

    fn scale(&self) -> usize {
        self.config.scale
    }

    fn activations(&self, size: usize) -> usize {
        let upsamplings: usize = (1..=self.double.len()).map(|level| 4 << (2 * level)).sum();
        // A block's maps are kept before and after its norms and its rectifier.
        self.config.width * size.pow(2) * (6 * self.config.blocks + 4 + upsamplings)
    }
}

impl Network for SrresnetConfig {
    const NAME: &'static str = "srresnet";
    const SUMMARY: &'static str =
        "Residual blocks and pixel shuffle, SRGAN's generator (Ledig et al. 2016, arXiv:1609.04802).";
    const PAPER: &'static str = "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network, Ledig et al. \
                                 2016, arXiv:1609.04802";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "generator_norm", "blocks"];
    const PROJECT: &'static str = "SRGAN (the common PyTorch port)";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks, width, generator_norm, .. } = *settings;
        let norm = ImageNormKind::of_generator(generator_norm);
        Self { scale, channels, blocks, width, norm, behind: BehindBlocks::Norm }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_whole_input(settings)?;
        require_generator_norm(settings, Self::NAME, &ImageNormKind::IN_GENERATORS)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let from_image = file.conv("block1.0");
        let blocks = file.count(|file, block| file.conv(&format!("block{}.conv1", block + 2)).is_ok());
        let [width, channels, ..] = from_image?;
        let up = format!("block{}", blocks + 3);
        let upsamplings = file.count(|file, at| file.conv(&format!("{up}.{at}.conv")).is_ok());
        file.conv(&format!("{up}.{upsamplings}"))?;
        if upsamplings > MOST_UPSAMPLINGS {
            return Err(Mismatch::new(format!("it doubles images {upsamplings} times")));
        }
        let has = |name: &str| file.has(name);
        let behind = format!("block{}.1", blocks + 2);
        let behind = match (has(&format!("{behind}.weight")), has(&format!("{behind}.running_mean"))) {
            (true, true) => BehindBlocks::Norm,
            (true, false) => BehindBlocks::Prelu,
            (false, _) => BehindBlocks::Nothing,
        };
        let norm = if has("block2.bn1.weight") { ImageNormKind::Batch } else { ImageNormKind::None };
        let config = Self { behind, norm, ..Self::new(1 << upsamplings) };
        let config = config.with_channels(channels).with_blocks(blocks).with_width(width);
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, blocks, width, .. } = self;
        let [channels, blocks] = [counted(*channels, "channel"), counted(*blocks, "block")];
        format!("SRResNet for {scale} times the size, {channels}, {blocks}, width {width}")
    }
}

impl SrresnetConfig {
    /// Gannet's name of a tensor of SRGAN's common PyTorch port.
    fn rename(&self, name: &str) -> Renamed {
        let place = || {
            let (place, what) = name.rsplit_once('.')?;
            let place = place.strip_prefix("block")?;
            let (block, inside) = place.split_once('.').unwrap_or((place, ""));
            Some((block.parse::<usize>().ok()?.checked_sub(2), inside, what))
        };
        let Some((block, inside, what)) = place() else { return Renamed::Unknown };
        let own = |layer: &str| format!("blocks.{}.{layer}", block.unwrap_or_default());
        match (block, inside) {
            (None, "0") => Renamed::layer("from_image", what),
            (None, "1") => slope("prelu", what),
            (Some(at), "conv1") if at < self.blocks => Renamed::layer(&own("first"), what),
            (Some(at), "bn1") if at < self.blocks => Renamed::norm(&own("first_norm.batch"), what, true),
            (Some(at), "prelu") if at < self.blocks => slope(&own("prelu"), what),
            (Some(at), "conv2") if at < self.blocks => Renamed::layer(&own("second"), what),
            (Some(at), "bn2") if at < self.blocks => Renamed::norm(&own("second_norm.batch"), what, true),
            (Some(at), "0") if at == self.blocks => Renamed::layer("behind", what),
            (Some(at), "1") if at == self.blocks && self.behind == BehindBlocks::Prelu => slope("behind_prelu", what),
            (Some(at), "1") if at == self.blocks => Renamed::norm("behind_norm.batch", what, true),
            (Some(at), inside) if at == self.blocks + 1 => match inside.split_once('.') {
                Some((level, "conv")) => Renamed::layer(&format!("double.{level}.conv"), what),
                Some((level, "prelu")) => slope(&format!("double.{level}.prelu"), what),
                _ => Renamed::layer("to_image", what),
            },
            _ => Renamed::Unknown,
        }
    }
}

/// The slope of Gannet's PReLU `own`, which PyTorch calls its weight.
fn slope(own: &str, what: &str) -> Renamed {
    if what == "weight" { Renamed::layer(own, "slope") } else { Renamed::Unknown }
}
