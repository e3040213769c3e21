//! LaMa: Resolution-robust Large Mask Inpainting with Fourier Convolutions, Suvorov et al. 2021, arXiv:2109.07161.
//!
//! ```text
//! Fourier unit  spectrum; 1 × 1, batch norm, ReLU of real and imaginary parts; image of the spectrum
//! spectral      y = ReLU(norm(1 × 1 to half of the channels)); 1 × 1 of (y + Fourier unit(y))
//! Fourier conv  local and global channels: local 3 × 3 of local + 3 × 3 of global; global 3 × 3 of local + spectral of global;
//!               batch norm and ReLU of both
//! block         x + Fourier conv(Fourier conv(x))
//! network       7 × 7 to w channels; 3 × 3 with stride 2, three times, to 8w; the blocks; transposed 3 × 3 with stride 2, three times;
//!               7 × 7 to the image; sigmoid
//! ```
//!
//! Convolutions have reflection padding. Three quarters of the channels of the blocks are global: the Fourier unit sees the whole
//! image at once. The network gets the image with its hole set to black, and the hole; its result is used inside of the hole.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::activation::tanh;
use gannet_ops::dual::Dual;
use gannet_ops::fourier;
use gannet_ops::random::Stream;
use gannet_ops::reflect::reflect;
use gannet_weights::{Mismatch, Renamed, TensorFile};

use crate::init::Init;
use crate::layers::{BatchNorm, Conv2d, ConvConfig, ConvTranspose2d, RELU};
use crate::mode::Mode;
use crate::network::Translator;
use crate::registry::{Network, NetworkSettings, Recognized, Role, Sizes, TranslatorConfig, counted};

/// Downsamplings of the published network.
const DOWNSAMPLINGS: usize = 3;
/// Side of the first and the last kernel.
const WIDE: usize = 7;
/// Most channels of a map.
const MOST_CHANNELS: usize = 1024;
/// Pixels around a hole that are worth their time: the published network was trained on pictures of 256, and sees all of them.
const CONTEXT: usize = 512;

/// The configuration of the network.
#[derive(Debug, Clone, Copy)]
pub struct LamaConfig {
    channels: usize,
    blocks: usize,
    width: usize,
    downsamplings: usize,
    /// Local and global channels of the blocks.
    parts: [usize; 2],
}

impl LamaConfig {
    /// The published proportions; big-lama for RGB images has 18 blocks and width 64.
    fn sized(channels: usize, blocks: usize, width: usize) -> Self {
        let all = level(width, DOWNSAMPLINGS);
        let global = all / 4 * 3;
        Self { channels, blocks, width, downsamplings: DOWNSAMPLINGS, parts: [all - global, global] }
    }

    /// A convolution of a map of local channels, with a kernel of this side and this stride, to local and global channels.
    fn down(&self, input: usize, to: [usize; 2], [kernel, stride]: [usize; 2], make: &mut Make) -> FourierConv {
        let [local, global] = to;
        let conv = |output: usize| ConvConfig::new(input, output, kernel).with_window(stride, 0);
        FourierConv {
            local: make.conv(conv(local)),
            to_global: (global > 0).then(|| make.conv(conv(global))),
            to_local: None,
            global: None,
            norm_local: BatchNorm::identity(local, make.device),
            norm_global: (global > 0).then(|| BatchNorm::identity(global, make.device)),
            padding: kernel / 2,
        }
    }

    /// A convolution inside of a block.
    fn inner(&self, make: &mut Make) -> FourierConv {
        let [local, global] = self.parts;
        let half = global / 2;
        let three = |input, output| ConvConfig::new(input, output, 3);
        let one = |input, output| ConvConfig::new(input, output, 1);
        let spectral = Spectral {
            reduce: make.conv(one(global, half)),
            reduce_norm: BatchNorm::identity(half, make.device),
            mix: make.conv(one(2 * half, 2 * half)),
            mix_norm: BatchNorm::identity(2 * half, make.device),
            expand: make.conv(one(half, global)),
        };
        FourierConv {
            to_local: Some(make.conv(three(global, local))),
            global: Some(spectral),
            ..self.down(local, self.parts, [3, 1], make)
        }
    }
}

/// Channels at a level of downsampling.
fn level(width: usize, level: usize) -> usize {
    width.saturating_mul(1 << level).min(MOST_CHANNELS)
}

/// Draws weights as PyTorch does.
struct Make<'a> {
    stream: &'a mut Stream,
    device: &'a Device,
}

impl Make<'_> {
    fn conv(&mut self, conv: ConvConfig) -> Conv2d {
        conv.with_init(Init::fan_in(conv.fan_in())).init(self.stream, self.device)
    }

    /// A transposed convolution that doubles the sides.
    fn up(&mut self, input: usize, output: usize) -> Up {
        let conv = ConvConfig::new(input, output, 3).with_window(2, 1).with_output_padding(1).with_bias();
        let conv = conv.with_init(Init::fan_in(9 * output)).init_transposed(self.stream, self.device);
        Up { conv, norm: BatchNorm::identity(output, self.device) }
    }
}

impl TranslatorConfig for LamaConfig {
    type Network = Lama;

    fn init(&self, stream: &mut Stream, device: &Device) -> Lama {
        let Self { channels, blocks, width, downsamplings, parts } = *self;
        let make = &mut Make { stream, device };
        let down = (0..downsamplings).map(|at| {
            let to = if at + 1 == downsamplings { parts } else { [level(width, at + 1), 0] };
            self.down(level(width, at), to, [3, 2], make)
        });
        let down = down.collect();
        let up = (0..downsamplings).rev().map(|at| make.up(level(width, at + 1), level(width, at))).collect();
        Lama {
            from_image: self.down(channels + 1, [width, 0], [WIDE, 1], make),
            down,
            blocks: (0..blocks).map(|_| Block { convs: (0..2).map(|_| self.inner(make)).collect() }).collect(),
            up,
            to_image: make.conv(ConvConfig::new(width, channels, WIDE).with_bias()),
            config: *self,
        }
    }
}

/// The convolution without tangents.
fn convolved(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    conv.forward(Dual::constant(x)).value
}

/// ReLU after a batch norm.
fn rectified(norm: &mut BatchNorm, x: Tensor<4>, mode: Mode) -> Tensor<4> {
    norm.forward_leaky(Dual::constant(x), mode, RELU).value
}

/// The transform of the global channels.
#[derive(Module, Debug)]
pub struct Spectral {
    reduce: Conv2d,
    reduce_norm: BatchNorm,
    /// The convolution of real and imaginary parts.
    mix: Conv2d,
    mix_norm: BatchNorm,
    expand: Conv2d,
}

impl Spectral {
    /// `x [n, g, h, w]` → the shape of x.
    fn forward(&mut self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        let width = x.dims()[3];
        let x = rectified(&mut self.reduce_norm, convolved(&self.reduce, x), mode);
        let spectrum = convolved(&self.mix, fourier::spectrum(x.clone()));
        let y = fourier::image(rectified(&mut self.mix_norm, spectrum, mode), width);
        convolved(&self.expand, (Dual::constant(x) + Dual::constant(y)).value)
    }
}

/// Local and global channels of a map; no global ones at first.
type Parts = (Tensor<4>, Option<Tensor<4>>);

/// A convolution of local and global channels, with batch norm and ReLU.
#[derive(Module, Debug)]
pub struct FourierConv {
    local: Conv2d,
    to_global: Option<Conv2d>,
    to_local: Option<Conv2d>,
    global: Option<Spectral>,
    norm_local: BatchNorm,
    norm_global: Option<BatchNorm>,
    #[module(skip)]
    padding: usize,
}

impl FourierConv {
    fn forward(&mut self, (local, global): Parts, mode: Mode) -> Parts {
        let plus = |a: Tensor<4>, b: Option<Tensor<4>>| match b {
            Some(b) => (Dual::constant(a) + Dual::constant(b)).value,
            None => a,
        };
        let padded = reflect(local, self.padding);
        let to_global = self.to_global.as_ref().map(|conv| convolved(conv, padded.clone()));
        let local = convolved(&self.local, padded);
        let to_local = self.to_local.as_ref().zip(global.clone());
        let local = plus(local, to_local.map(|(conv, x)| convolved(conv, reflect(x, self.padding))));
        let spectral = self.global.as_mut().zip(global).map(|(spectral, x)| spectral.forward(x, mode));
        let global = to_global.map(|x| plus(x, spectral));
        let global = self.norm_global.as_mut().zip(global).map(|(norm, x)| rectified(norm, x, mode));
        (rectified(&mut self.norm_local, local, mode), global)
    }
}

/// A residual block.
#[derive(Module, Debug)]
pub struct Block {
    convs: Vec<FourierConv>,
}

impl Block {
    fn forward(&mut self, (local, global): Parts, mode: Mode) -> Parts {
        let before = (local.clone(), global.clone());
        let (y, z) = self.convs.iter_mut().fold((local, global), |x, conv| conv.forward(x, mode));
        let plus = |a: Tensor<4>, b: Tensor<4>| (Dual::constant(a) + Dual::constant(b)).value;
        (plus(before.0, y), before.1.zip(z).map(|(a, b)| plus(a, b)))
    }
}

/// A transposed convolution, batch norm and ReLU.
#[derive(Module, Debug)]
pub struct Up {
    conv: ConvTranspose2d,
    norm: BatchNorm,
}

/// The network from images with holes to whole ones.
#[derive(Module, Debug)]
pub struct Lama {
    from_image: FourierConv,
    down: Vec<FourierConv>,
    blocks: Vec<Block>,
    up: Vec<Up>,
    to_image: Conv2d,
    #[module(skip)]
    config: LamaConfig,
}

impl Translator for Lama {
    /// The last channel of the input is 1 in the hole and 0 elsewhere. The network's own images are in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let c = self.config.channels;
        let (image, hole) = (images.clone().narrow(1, 0, c), images.narrow(1, c, 1));
        let known = hole.clone().neg() + 1.0;
        let input = Tensor::cat(vec![(image.clone() * 0.5 + 0.5) * known.clone(), hole.clone()], 1);
        let x = self.from_image.forward((input, None), mode);
        let x = self.down.iter_mut().fold(x, |x, conv| conv.forward(x, mode));
        let (local, global) = self.blocks.iter_mut().fold(x, |x, block| block.forward(x, mode));
        let parts = [Some(local), global].into_iter().flatten();
        let x = parts.map(Dual::constant).reduce(|all, part| all.cat(part, 1)).expect("there are local channels");
        let up = |x: Dual<4>, up: &mut Up| up.norm.forward_leaky(up.conv.forward(x), mode, RELU);
        let x = self.up.iter_mut().fold(x, up).value;
        // 2 σ(x) − 1 = tanh(x / 2).
        let filled = tanh(convolved(&self.to_image, reflect(x, WIDE / 2)) * 0.5);
        filled * hole + image * known
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels + 1, self.config.channels]
    }

    fn multiple(&self) -> usize {
        1 << self.config.downsamplings
    }

    /// Reflection needs two pixels of the smallest maps, and four of the largest.
    fn smallest(&self) -> usize {
        (2 << self.config.downsamplings).max(4)
    }

    fn context(&self) -> usize {
        CONTEXT
    }

    fn activations(&self, size: usize) -> usize {
        let LamaConfig { width, downsamplings, blocks, parts: [local, global], .. } = self.config;
        let of = |at: usize| level(width, at) * (size >> at).pow(2);
        let levels = (0..=downsamplings).map(of).sum::<usize>();
        // Padded maps, sums, and norms keep their input; the spectral transform has half of the channels, in several forms.
        let inner = (5 * local + 9 * global) * (size >> downsamplings).pow(2);
        8 * levels + 2 * blocks * inner
    }
}

impl Network for LamaConfig {
    const NAME: &'static str = "lama";
    const SUMMARY: &'static str =
        "Fourier convolutions, which see the whole picture (Suvorov et al. 2021, arXiv:2109.07161).";
    const PAPER: &'static str = "Resolution-robust Large Mask Inpainting with Fourier Convolutions, Suvorov et al. 2021, arXiv:2109.07161 (LaMa)";
    const ROLE: Role = Role::Inpainter;
    const KEYS: &'static [&'static str] = &["width", "blocks"];
    const PROJECT: &'static str = "LaMa";

    /// Twice the multiple of a picture, since reflection needs two pixels of the smallest map.
    fn sizes() -> Sizes {
        Sizes::MultipleOf(2 << DOWNSAMPLINGS)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self::sized(settings.channels, settings.blocks, settings.width)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        let config = Self::of_file(file)?;
        Ok(Recognized::whole(config, file.renamed(|name| config.rename(name))))
    }

    fn describe(&self) -> String {
        let Self { channels, blocks, width, .. } = self;
        let [channels, blocks] = [counted(*channels, "channel"), counted(*blocks, "block")];
        format!("LaMa for images of {channels}, {blocks}, width {width}")
    }
}

impl LamaConfig {
    /// The configuration of a file.
    fn of_file(file: &TensorFile) -> Result<Self, Mismatch> {
        let [width, input, ..] = file.conv("model.1.ffc.convl2l")?;
        let convolutions = file.count(|file, at| file.has(&format!("model.{}.ffc.convl2l.weight", at + 1)));
        let blocks =
            file.count(|file, at| file.has(&format!("model.{}.conv1.ffc.convl2l.weight", convolutions + 1 + at)));
        let downsamplings = convolutions - 1;
        let first = format!("model.{}.conv1.ffc", convolutions + 1);
        let ([local, ..], [global, ..]) =
            (file.conv(&format!("{first}.convl2l"))?, file.conv(&format!("{first}.convl2g"))?);
        // Padding comes before the last convolution.
        let [channels, ..] = file.conv(&format!("model.{}", convolutions + blocks + 3 * downsamplings + 3))?;
        if input != channels + 1 {
            let text = format!("it takes {input} channels and gives {channels}, without one for the hole");
            return Err(Mismatch::new(text));
        }
        if downsamplings == 0 || downsamplings > DOWNSAMPLINGS + 1 || local + global != level(width, downsamplings) {
            let text = format!("its {downsamplings} downsamplings lead from {width} channels to {local} + {global}");
            return Err(Mismatch::new(text));
        }
        Ok(Self { channels, blocks, width, downsamplings, parts: [local, global] })
    }

    /// Gannet's name of a tensor of the project, whose layers are places in a sequence.
    fn rename(&self, name: &str) -> Renamed {
        let mut parts = name.split('.');
        let place = parts.next().filter(|first| *first == "model").and_then(|_| parts.next()?.parse::<usize>().ok());
        let (Some(place), parts) = (place, parts.collect::<Vec<&str>>()) else { return Renamed::Unknown };
        // Padding is first.
        let (first_block, down) = (self.downsamplings + 2, place.wrapping_sub(2));
        let first_up = first_block + self.blocks + 1;
        let (up, role) = (place.wrapping_sub(first_up) / 3, place.wrapping_sub(first_up) % 3);
        match parts[..] {
            ["conv1", ref inner @ ..] => {
                of_convolution(&format!("blocks.{}.convs.0", place.wrapping_sub(first_block)), inner)
            }
            ["conv2", ref inner @ ..] => {
                of_convolution(&format!("blocks.{}.convs.1", place.wrapping_sub(first_block)), inner)
            }
            [what] if up == self.downsamplings && role == 1 => Renamed::layer("to_image", what),
            [what] if up < self.downsamplings && role == 0 => Renamed::layer(&format!("up.{up}.conv"), what),
            [what] if up < self.downsamplings && role == 1 => Renamed::norm(&format!("up.{up}.norm"), what, true),
            ref inner if place == 1 => of_convolution("from_image", inner),
            ref inner if down < self.downsamplings => of_convolution(&format!("down.{down}"), inner),
            _ => Renamed::Unknown,
        }
    }
}

/// Gannet's name of a tensor of a Fourier convolution.
fn of_convolution(layer: &str, parts: &[&str]) -> Renamed {
    let of = |inner: &str, what: &str| Renamed::layer(&format!("{layer}.{inner}"), what);
    let norm = |inner: &str, what: &str| Renamed::norm(&format!("{layer}.{inner}"), what, true);
    match parts {
        ["ffc", "convl2l", what] => of("local", what),
        ["ffc", "convl2g", what] => of("to_global", what),
        ["ffc", "convg2l", what] => of("to_local", what),
        ["ffc", "convg2g", "conv1", "0", what] => of("global.reduce", what),
        ["ffc", "convg2g", "conv1", "1", what] => norm("global.reduce_norm", what),
        ["ffc", "convg2g", "fu", "conv_layer", what] => of("global.mix", what),
        ["ffc", "convg2g", "fu", "bn", what] => norm("global.mix_norm", what),
        ["ffc", "convg2g", "conv2", what] => of("global.expand", what),
        ["bn_l", what] => norm("norm_local", what),
        ["bn_g", what] => norm("norm_global", what),
        _ => Renamed::Unknown,
    }
}
