//! PLKSR: Partial Large Kernel CNNs for Efficient Super-Resolution, Lee et al. 2024, arXiv:2404.11848, and RealPLKSR, its form in
//! the training program neosr.
//!
//! ```text
//! mixer    3 × 3 to twice the channels; activation; 3 × 3 back
//! large    17 × 17 of the first quarter of the channels; the rest stays
//! gate     x · σ(3 × 3 of x)
//! block    x + norm(1 × 1 of gate(large(mixer(norm(x)))))
//! network  3 × 3; the blocks; 3 × 3; plus the image for each pixel; pixel shuffle, or DySample
//! ```
//!
//! The paper has GELU and no norm, and one convolution of a mixer may be 1 × 1. RealPLKSR has Mish, and group norm at the end of a block
//! or layer norm at its start. Layer norm looks at each pixel alone, so that a part of a picture gives what the whole one gives; it
//! is what a recipe trains.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;
use gannet_ops::smooth::{Smooth, sigmoid_gate, smooth};
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, DySample, GroupNorm, LayerNorm, pixel_shuffle, repeat_pixels, shuffle_factor};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, require_whole_input,
};

/// Groups of group norm.
const GROUPS: usize = 4;
/// Smallest variance of layer norm.
const EPSILON: f64 = 1e-6;
/// Initial weights of most convolutions.
const SMALL: Init = Init::Normal { mean: 0.0, std: 0.02 };

/// The norm of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockNorm {
    /// None, with GELU, as in the paper.
    None,
    /// Group norm at the end.
    Group,
    /// Layer norm at the start.
    Layer,
}

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct PlksrConfig {
    scale: usize,
    channels: usize,
    blocks: usize,
    width: usize,
    norm: BlockNorm,
    /// Side of the large kernel, an odd number.
    kernel: usize,
    /// Channels with the large kernel.
    large: usize,
    /// Sides of the kernels of a mixer, 1 or 3.
    mixer: [usize; 2],
    gated: bool,
    /// Groups of DySample, where it takes the place of pixel shuffle.
    sampled: Option<usize>,
}

impl PlksrConfig {
    /// RealPLKSR with layer norm for RGB images: 28 blocks of 64 channels, of which 16 have a kernel of 17 × 17.
    pub fn new(scale: usize) -> Self {
        Self {
            scale,
            channels: 3,
            blocks: 28,
            width: 64,
            norm: BlockNorm::Layer,
            kernel: 17,
            large: 16,
            mixer: [3, 3],
            gated: true,
            sampled: None,
        }
    }

    fn block(&self, stream: &mut Stream, device: &Device) -> Block {
        let Self { width, norm, kernel, large, mixer, gated, .. } = *self;
        let mut conv = |input: usize, output: usize, kernel: usize, init: Init| {
            let conv = ConvConfig::new(input, output, kernel).with_window(1, kernel / 2).with_bias();
            conv.with_init(init).init(stream, device)
        };
        let first = Init::fan_in(width * mixer[0].pow(2));
        let (mixer, large, gate, refine) = (
            vec![conv(width, 2 * width, mixer[0], first), conv(2 * width, width, mixer[1], SMALL)],
            conv(large, large, kernel, SMALL),
            gated.then(|| conv(width, width, 3, SMALL)),
            conv(width, width, 1, SMALL),
        );
        let layer_norm = (norm == BlockNorm::Layer).then(|| LayerNorm::new(width, EPSILON, stream, device));
        let group_norm = (norm == BlockNorm::Group).then(|| GroupNorm::new(width, GROUPS, device));
        let activation = if norm == BlockNorm::None { Smooth::Gelu } else { Smooth::Mish };
        Block { layer_norm, mixer, large, gate, refine, group_norm, activation }
    }
}

impl TranslatorConfig for PlksrConfig {
    type Network = Plksr;

    fn init(&self, stream: &mut Stream, device: &Device) -> Plksr {
        let Self { scale, channels, blocks, width, .. } = *self;
        let image = channels * scale * scale;
        let three = |input, output| ConvConfig::new(input, output, 3).with_window(1, 1).with_bias().with_init(SMALL);
        Plksr {
            from_image: three(channels, width).init(stream, device),
            blocks: (0..blocks).map(|_| self.block(stream, device)).collect(),
            to_image: three(width, image).init(stream, device),
            sample: self.sampled.map(|groups| DySample::new([image, channels], scale, groups, stream, device)),
            config: *self,
        }
    }
}

/// A residual block with a large kernel for some of its channels.
#[derive(Module, Debug)]
pub struct Block {
    layer_norm: Option<LayerNorm>,
    mixer: Vec<Conv2d>,
    large: Conv2d,
    gate: Option<Conv2d>,
    refine: Conv2d,
    group_norm: Option<GroupNorm>,
    #[module(skip)]
    activation: Smooth,
}

impl Block {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        x.residual(1.0, |x| {
            let x = match &self.layer_norm {
                Some(norm) => Dual::constant(norm.forward_images(x.value)),
                None => x,
            };
            let x = Dual::constant(smooth(self.mixer[0].forward(x).value, self.activation));
            let mut x = self.with_large_kernel(self.mixer[1].forward(x));
            if let Some(gate) = &self.gate {
                let all = x.shared();
                let gates = gate.forward(all.read());
                x = Dual::constant(sigmoid_gate(all.read().value, gates.value, 0.0));
            }
            let x = self.refine.forward(x);
            match &self.group_norm {
                Some(norm) => norm.forward(x),
                None => x,
            }
        })
    }

    /// The large kernel, for the first channels.
    fn with_large_kernel(&self, x: Dual<4>) -> Dual<4> {
        let ([_, width, ..], [large, ..]) = (x.dims(), self.large.weight.dims());
        if large == width {
            return self.large.forward(x);
        }
        let x = x.shared();
        self.large.forward(x.read().narrow(1, 0, large)).cat(x.read().narrow(1, large, width - large), 1)
    }
}

/// The network from images to larger ones.
#[derive(Module, Debug)]
pub struct Plksr {
    from_image: Conv2d,
    blocks: Vec<Block>,
    to_image: Conv2d,
    sample: Option<DySample>,
    #[module(skip)]
    config: PlksrConfig,
}

impl Translator for Plksr {
    /// The network's own images are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let scale = self.config.scale;
        let input = Dual::constant(images * 0.5 + 0.5);
        let x = self.blocks.iter().fold(self.from_image.forward(input.clone()), |x, block| block.forward(x));
        let x = self.to_image.forward(x);
        let output = match &self.sample {
            None => (pixel_shuffle(x, scale) + repeat_pixels(input, scale)).value,
            Some(sample) => {
                let [n, c, h, w] = input.dims();
                let repeated = input.value.reshape([n, c, 1, h, w]).expand([n, c, scale * scale, h, w]);
                sample.forward(x.value + repeated.reshape([n, c * scale * scale, h, w]))
            }
        };
        output * 2.0 - 1.0
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
        let PlksrConfig { scale, channels, blocks, width, .. } = self.config;
        // A mixer has maps of twice the channels; norms keep their input and result.
        ((blocks * 16 + 2) * width + 6 * channels * scale.pow(2)) * size.pow(2)
    }
}

impl Network for PlksrConfig {
    const NAME: &'static str = "realplksr";
    const SUMMARY: &'static str =
        "Convolutions with 17 × 17 kernels for a quarter of the channels (Lee et al. 2024, arXiv:2404.11848).";
    const PAPER: &'static str =
        "Partial Large Kernel CNNs for Efficient Super-Resolution, Lee, Yun and Ro 2024, arXiv:2404.11848 (PLKSR)";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "PLKSR and neosr's RealPLKSR";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    /// A quarter of the channels has the large kernel, as in the paper.
    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks, width, .. } = *settings;
        Self { channels, blocks, width, large: (width / 4).max(1), ..Self::new(scale) }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_whole_input(settings)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let config = Self::of_file(file)?;
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, blocks, width, kernel, .. } = self;
        let name = if self.norm == BlockNorm::None { "PLKSR" } else { "RealPLKSR" };
        let norm = match self.norm {
            BlockNorm::None => "",
            BlockNorm::Group => ", group norm",
            BlockNorm::Layer => ", layer norm",
        };
        let sampled = if self.sampled.is_some() { ", DySample" } else { "" };
        let [channels, blocks] = [counted(*channels, "channel"), counted(*blocks, "block")];
        let size = format!("{blocks}, width {width}, kernels of {kernel} pixels{norm}{sampled}");
        format!("{name} for {scale} times the size, {channels}, {size}")
    }
}

impl PlksrConfig {
    /// The configuration of a file.
    fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let [width, channels, ..] = file.conv("feats.0")?;
        let real = file.has("feats.1.channel_mixer.0.weight");
        let mixer = if real { "channel_mixer" } else { "channe_mixer" };
        let side = |place: usize| match file.conv(&format!("feats.1.{mixer}.{place}"))? {
            [.., side @ (1 | 3)] => Ok(side),
            [.., side] => Err(Mismatch::new(format!("its mixers have kernels of {side} pixels, neither 1 nor 3"))),
        };
        let mixer = [side(0)?, side(2)?];
        let [large, _, kernel, _] = file.conv("feats.1.lk.conv")?;
        let blocks = file.count(|file, at| file.has(&format!("feats.{}.refine.weight", at + 1)));
        // A dropout without tensors comes before the last convolution of RealPLKSR.
        let [image, ..] = file.conv(&format!("feats.{}", blocks + if real { 2 } else { 1 }))?;
        let Some(scale) = shuffle_factor(image, channels) else {
            return Err(Mismatch::new(format!("its last convolution makes {image} channels of {channels}")));
        };
        let norm = match (real, file.has("feats.1.layer_norm.weight")) {
            (false, _) => BlockNorm::None,
            (true, true) => BlockNorm::Layer,
            (true, false) => BlockNorm::Group,
        };
        let sampled = Self::sampled(file, scale, image)?;
        if norm == BlockNorm::Group && !width.is_multiple_of(GROUPS) || kernel.is_multiple_of(2) || large > width {
            let text = format!("{large} of its {width} channels have kernels of {kernel} pixels, in {GROUPS} groups");
            return Err(Mismatch::new(text));
        }
        let gated = file.has("feats.1.attn.f.0.weight");
        Ok(Self { scale, channels, blocks, width, norm, kernel, large, mixer, gated, sampled })
    }

    /// The groups of a file's DySample, which has `image` channels; none where pixel shuffle is in its place.
    fn sampled(file: &TensorFile, scale: usize, image: usize) -> Result<Option<usize>, Mismatch> {
        if !file.has("to_img.offset.weight") {
            return Ok(None);
        }
        let [places, ..] = file.conv("to_img.offset")?;
        let groups = places / (2 * scale * scale);
        if groups == 0 || groups * 2 * scale * scale != places || !image.is_multiple_of(groups) {
            return Err(Mismatch::new(format!("its DySample has {places} offsets for {image} channels")));
        }
        Ok(Some(groups))
    }

    /// Gannet's name of a tensor.
    fn rename(&self, name: &str) -> Renamed {
        let parts: Vec<&str> = name.split('.').collect();
        let (at, inner, what) = match parts[..] {
            ["to_img", "init_pos"] => return Renamed::Dropped,
            ["to_img", layer @ ("offset" | "scope"), what] => return Renamed::layer(&format!("sample.{layer}"), what),
            ["to_img", "end_conv", what] => return Renamed::layer("sample.last", what),
            ["feats", "0", what] => return Renamed::layer("from_image", what),
            // The last one; blocks have longer names.
            ["feats", _, what] => return Renamed::layer("to_image", what),
            ["feats", at, ref inner @ .., what] => {
                (at.parse::<usize>().ok().and_then(|at| at.checked_sub(1)), inner, what)
            }
            _ => return Renamed::Unknown,
        };
        let Some(at) = at else { return Renamed::Unknown };
        let layer = |layer: &str| Renamed::layer(&format!("blocks.{at}.{layer}"), what);
        match inner {
            ["channel_mixer" | "channe_mixer", "0"] => layer("mixer.0"),
            ["channel_mixer" | "channe_mixer", "2"] => layer("mixer.1"),
            ["lk", "conv"] => layer("large"),
            ["attn", "f", "0"] => layer("gate"),
            ["refine"] => layer("refine"),
            ["norm"] => Renamed::norm(&format!("blocks.{at}.group_norm"), what, true),
            ["layer_norm"] => Renamed::norm(&format!("blocks.{at}.layer_norm"), what, true),
            _ => Renamed::Unknown,
        }
    }
}
