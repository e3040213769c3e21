//! SPAN: Swift Parameter-free Attention Network for Efficient Super-Resolution, Wan et al. 2023, arXiv:2311.12770.
//!
//! ```text
//! conv     3 × 3; while training 1 × 1 to twice the channels, 3 × 3, 1 × 1, and 1 × 1 beside them, which are added
//! block    a = SiLU(conv(x)); y = conv(SiLU(conv(a))); (x + y) · (σ(y) − ½)
//! network  f = conv(image); the blocks; conv; 1 × 1 of [f, that, the first block, a of the last block]; 3 × 3; pixel shuffle
//! ```
//!
//! The convolutions of a training step are linear in a row, so they are folded into one 3 × 3 kernel before each pass. The attention
//! σ(y) − ½ has no parameters.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::conv::Window;
use gannet_ops::dual::{Dual, bias_leaky_relu, conv2d};
use gannet_ops::random::Stream;
use gannet_ops::smooth::{Smooth, sigmoid_gate, smooth};
use gannet_weights::{Mismatch, NamedTensor, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, pixel_shuffle, shuffled_channels};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{
    Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted, counted_channels, require,
    require_whole_input,
};

/// The mean color that is subtracted from images in `[0, 1]`.
const MEAN: [f32; 3] = [0.4488, 0.4371, 0.4040];
/// The factor after the mean is subtracted.
const RANGE: f64 = 255.0;
/// Channels inside of an unfolded convolution, as a multiple of those around it.
const EXPANSION: usize = 2;
/// Initial gains of the convolutions of a block, with which its maps neither grow nor vanish from block to block.
const GAINS: [f64; 3] = [1.2, 1.7, 1.7];
/// Initial gain of the first convolution. The attention of small maps is near zero, and a block would multiply by that.
const FIRST_GAIN: f64 = 12.0;
/// Initial gain of the last convolution, after which images are near zero.
const LAST_GAIN: f64 = 0.02;

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct SpanConfig {
    scale: usize,
    /// Channels of the input and of the output.
    channels: [usize; 2],
    blocks: usize,
    width: usize,
    /// Whether the mean is subtracted and the range multiplied.
    norm: bool,
    /// Whether the convolutions are one kernel, which can be used and not trained as the paper does.
    folded: bool,
}

impl SpanConfig {
    /// The paper's network for RGB images: 6 blocks of 48 channels.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: [3; 2], blocks: 6, width: 48, norm: true, folded: false }
    }

    /// The 3 × 3 convolution, unfolded unless the configuration says otherwise. `gain` is the factor of the deviation of its maps.
    fn conv(&self, [input, output]: [usize; 2], gain: f64, stream: &mut Stream, device: &Device) -> Conv3xc {
        let mut conv =
            |input, output, kernel, gain| plain(ConvConfig::new(input, output, kernel), gain, stream, device);
        if self.folded {
            return Conv3xc { skip: None, path: vec![conv(input, output, 3, gain)] };
        }
        let (wide, wider) = (EXPANSION * input, EXPANSION * output);
        // Half of the variance comes from the convolutions in a row.
        let half = gain * 0.5_f64.sqrt();
        let each = half.cbrt();
        let skip = Some(conv(input, output, 1, half));
        let path = vec![conv(input, wide, 1, each), conv(wide, wider, 3, each), conv(wider, output, 1, each)];
        Conv3xc { skip, path }
    }
}

/// A convolution with a bias.
fn plain(conv: ConvConfig, gain: f64, stream: &mut Stream, device: &Device) -> Conv2d {
    conv.with_window(1, conv.kernel / 2).with_bias().with_init(Init::he(gain, conv.fan_in())).init(stream, device)
}

impl TranslatorConfig for SpanConfig {
    type Network = Span;

    fn init(&self, stream: &mut Stream, device: &Device) -> Span {
        let Self { scale, channels: [from, to], width, blocks, .. } = *self;
        let from_image = self.conv([from, width], FIRST_GAIN, stream, device);
        let mut block = || Block { convs: GAINS.map(|gain| self.conv([width; 2], gain, stream, device)).into() };
        Span {
            blocks: (0..blocks).map(|_| block()).collect(),
            from_image,
            behind: self.conv([width; 2], 1.0, stream, device),
            merge: plain(ConvConfig::new(4 * width, width, 1), 1.0, stream, device),
            to_image: plain(ConvConfig::new(width, to * scale * scale, 3), LAST_GAIN, stream, device),
            running_mean: self
                .norm
                .then(|| Param::from_tensor(Tensor::from_floats(MEAN, device)).set_require_grad(false)),
            config: *self,
        }
    }
}

/// A 3 × 3 convolution as one convolution or as several in a row, with a 1 × 1 convolution beside them.
#[derive(Module, Debug)]
pub struct Conv3xc {
    skip: Option<Conv2d>,
    /// One of 3 × 3, or 1 × 1, 3 × 3 and 1 × 1.
    path: Vec<Conv2d>,
}

impl Conv3xc {
    /// `x [n, in, h, w]` → `[n, out, h, w]`.
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (kernel, bias) = self.folded();
        let window = Window { padding: [1; 2], ..Window::default() };
        bias_leaky_relu(conv2d(x, kernel, window), bias, 1.0)
    }

    /// The kernel `[out, in, 3, 3]` and the bias `[out]` that equal all convolutions.
    fn folded(&self) -> (Tensor<4>, Tensor<1>) {
        let parts = |conv: &Conv2d| (conv.weight.val(), conv.bias.as_ref().expect("it has a bias").val());
        let (mut kernel, mut bias) = match &self.path[..] {
            [first, middle, last] => in_a_row([first, middle, last].map(parts)),
            path => parts(&path[0]),
        };
        if let Some(skip) = &self.skip {
            let (weight, shift) = parts(skip);
            let center = TensorData::from([[[[0.0_f32, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]]);
            kernel = kernel + weight.clone() * Tensor::from_data(center, (&weight.device(), weight.dtype()));
            bias = bias + shift;
        }
        (kernel, bias)
    }
}

/// Kernel and bias of a 1 × 1, a 3 × 3 and a 1 × 1 convolution in a row. Zero padding comes before the first one, whose bias is
/// therefore seen at every tap of the second.
fn in_a_row([first, middle, last]: [(Tensor<4>, Tensor<1>); 3]) -> (Tensor<4>, Tensor<1>) {
    let ([wide, input, ..], [wider, ..], [output, ..]) = (first.0.dims(), middle.0.dims(), last.0.dims());
    let taps = middle.0.reshape([wider, wide, 9]);
    let reached = taps.clone().sum_dim(2).reshape([wider, wide]).matmul(first.1.reshape([wide, 1]));
    let last_weight = last.0.reshape([output, wider]);
    let bias = last_weight.clone().matmul(reached + middle.1.reshape([wider, 1])).reshape([output]) + last.1;
    let by_tap = last_weight.matmul(taps.reshape([wider, wide * 9])).reshape([output, wide, 9]);
    let by_tap = by_tap.swap_dims(1, 2).reshape([output * 9, wide]).matmul(first.0.reshape([wide, input]));
    (by_tap.reshape([output, 9, input]).swap_dims(1, 2).reshape([output, input, 3, 3]), bias)
}

/// A block with parameter-free attention.
#[derive(Module, Debug)]
pub struct Block {
    convs: Vec<Conv3xc>,
}

impl Block {
    /// The result, and the map behind the first convolution.
    fn forward(&self, x: Dual<4>) -> (Dual<4>, Dual<4>) {
        let x = x.shared();
        let first = silu(self.convs[0].forward(x.read())).shared();
        let third = self.convs[2].forward(silu(self.convs[1].forward(first.read()))).shared();
        let sum = third.read() + x.read();
        (Dual::constant(sigmoid_gate(sum.value, third.read().value, 0.5)), first.read())
    }
}

fn silu(x: Dual<4>) -> Dual<4> {
    Dual::constant(smooth(x.value, Smooth::Silu))
}

/// The network from images to larger ones.
#[derive(Module, Debug)]
pub struct Span {
    from_image: Conv3xc,
    blocks: Vec<Block>,
    behind: Conv3xc,
    merge: Conv2d,
    to_image: Conv2d,
    /// `[3]`, the mean color that is subtracted, where there is one; not learned. As a parameter it tells the two forms of the
    /// network apart, whose other parameters are the same.
    running_mean: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: SpanConfig,
}

impl Span {
    /// Images in `[-1, 1]` as the network takes them: in `[0, 1]`, or around zero in its range.
    fn input(&self, images: Tensor<4>) -> Tensor<4> {
        let Some(mean) = &self.running_mean else { return images * 0.5 + 0.5 };
        (images * 0.5 + 0.5 - mean.val().reshape([1, MEAN.len(), 1, 1])) * RANGE
    }
}

impl Translator for Span {
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let features = self.from_image.forward(Dual::constant(self.input(images))).shared();
        let mut x = features.read();
        let (mut nearest, mut last) = (None, None);
        for block in &self.blocks {
            let (y, inner) = block.forward(x);
            let y = y.shared();
            nearest.get_or_insert_with(|| y.read());
            last = Some(inner);
            x = y.read();
        }
        let parts = [Some(self.behind.forward(x)), nearest, last].into_iter().flatten();
        let merged = self.merge.forward(parts.fold(features.read(), |all, part| all.cat(part, 1)));
        pixel_shuffle(self.to_image.forward(merged), self.config.scale).value * 2.0 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        self.config.channels
    }

    fn multiple(&self) -> usize {
        1
    }

    fn scale(&self) -> usize {
        self.config.scale
    }

    fn activations(&self, size: usize) -> usize {
        let SpanConfig { scale, channels: [_, to], blocks, width, .. } = self.config;
        // A convolution keeps its input and what its activation takes; the attention keeps its two factors and their sum.
        ((blocks * 10 + 9) * width + 3 * to * scale.pow(2)) * size.pow(2)
    }
}

impl Network for SpanConfig {
    const NAME: &'static str = "span";
    const SUMMARY: &'static str =
        "Plain convolutions with parameter-free attention, fast for its quality (Wan et al. 2023, arXiv:2311.12770).";
    const PAPER: &'static str =
        "Swift Parameter-free Attention Network for Efficient Super-Resolution, Wan et al. 2023, arXiv:2311.12770";
    const ROLE: Role = Role::Upscaler;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "SPAN";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    /// Without the mean and the range of 255, for which Adam's steps at customary rates are too large.
    fn from_settings(settings: &NetworkSettings) -> Self {
        let NetworkSettings { scale, channels, blocks, width, .. } = *settings;
        Self { channels: [channels; 2], blocks, width, norm: false, ..Self::new(scale) }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require(settings.blocks > 0, || "model.blocks must be at least 1 with model.kind span, not 0".to_owned())?;
        require_whole_input(settings)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let config = Self::of_file(file)?;
        let mut tensors = file.renamed(|name| config.rename(name));
        if config.norm {
            let (name, shape) = ("running_mean".to_owned(), vec![MEAN.len()]);
            tensors.push(NamedTensor { name, shape, values: MEAN.to_vec() });
        }
        Ok(Recognized::whole(config, tensors))
    }

    fn describe(&self) -> String {
        let Self { scale, channels, blocks, width, .. } = self;
        let (channels, blocks) = (counted_channels(*channels), counted(*blocks, "block"));
        let norm = if self.norm { ", which subtracts a mean color" } else { "" };
        format!("SPAN for {scale} times the size, {channels}, {blocks}, width {width}{norm}")
    }
}

impl SpanConfig {
    /// The configuration of a file.
    fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let folded = !file.has("conv_1.sk.weight") && file.has("conv_1.eval_conv.weight");
        let part = if folded { "eval_conv" } else { "sk" };
        let [width, input, ..] = file.conv(&format!("conv_1.{part}"))?;
        file.conv(&format!("block_1.c1_r.{part}"))?;
        let blocks = file.count(|file, at| file.has(&format!("block_{}.c1_r.{part}.weight", at + 1)));
        let [output, ..] = file.conv("upsampler.0")?;
        let Some([scale, to]) = shuffled_channels(output, input) else {
            return Err(Mismatch::new(format!("its last convolution makes {output} channels of {input}")));
        };
        let norm = !file.has("no_norm");
        if norm && input != MEAN.len() {
            let text = format!("it subtracts the mean of {} channels from images of {input}", MEAN.len());
            return Err(Mismatch::new(text));
        }
        Ok(Self { scale, channels: [input, to], blocks, width, norm, folded })
    }

    /// Gannet's name of a tensor.
    fn rename(&self, name: &str) -> Renamed {
        let parts: Vec<&str> = name.split('.').collect();
        let number = |word: &str, before: &str, behind: &str| {
            word.strip_prefix(before)?.strip_suffix(behind)?.parse::<usize>().ok()?.checked_sub(1)
        };
        let layer = match parts[..] {
            ["no_norm"] => return Renamed::Dropped,
            ["conv_cat", what] => return Renamed::layer("merge", what),
            ["upsampler", "0", what] => return Renamed::layer("to_image", what),
            ["conv_1", ..] => "from_image".to_owned(),
            ["conv_2", ..] => "behind".to_owned(),
            [block, conv, ..] => match (number(block, "block_", ""), number(conv, "c", "_r")) {
                (Some(block), Some(conv)) => format!("blocks.{block}.convs.{conv}"),
                _ => return Renamed::Unknown,
            },
            _ => return Renamed::Unknown,
        };
        match parts[..] {
            // Files have the folded kernel beside its parts.
            [.., "eval_conv", _] if !self.folded => Renamed::Dropped,
            [.., "eval_conv", what] => Renamed::layer(&layer, &format!("path.0.{what}")),
            [.., "sk", what] => Renamed::layer(&layer, &format!("skip.{what}")),
            [.., "conv", at, what] => Renamed::layer(&layer, &format!("path.{at}.{what}")),
            _ => Renamed::Unknown,
        }
    }
}
