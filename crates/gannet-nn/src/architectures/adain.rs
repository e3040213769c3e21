//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868: a decoder
//! from feature maps, whose means and standard deviations can be a painting's, to images.
//!
//! ```text
//! the encoder    for each block: 3 × 3 convolutions to c channels, pooling; up to the deepest block's map
//! the decoder    the mirror image: 3 × 3 convolutions to c channels, the last to those of the block before; upsampling
//! ```
//!
//! A ReLU follows every convolution but the last. The padding is by reflection, the upsampling by nearest neighbors. There are no
//! norms, which would pull the images of a batch towards one style (section 6 of the paper).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, reflect, upsample2x};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, RELU};
use crate::registry::{Network, NetworkSettings, Role, Sizes, counted, require_channels};

/// Channels of images.
const COLORS: usize = 3;
/// Gain of He's initialization for ReLU, which halves the variance.
const GAIN: f64 = std::f64::consts::SQRT_2;

/// The configuration of the decoder.
#[derive(Debug, Clone)]
pub struct AdainConfig {
    blocks: Vec<[usize; 2]>,
}

impl AdainConfig {
    /// For an encoder whose blocks have these channels and numbers of convolutions, the last block's counted up to the map; VGG19's
    /// up to relu4_1 are `[64, 2]`, `[128, 2]`, `[256, 4]` and `[512, 1]`.
    pub fn new(blocks: Vec<[usize; 2]>) -> Self {
        Self { blocks }
    }

    /// The decoder, with initial weights from `stream`.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> AdainDecoder {
        let mut conv = |input: usize, output: usize| {
            let conv = ConvConfig::new(input, output, 3).with_window(1, 0).with_bias();
            conv.with_init(Init::he(GAIN, conv.fan_in())).init(stream, device)
        };
        let before = std::iter::once(COLORS).chain(self.blocks.iter().map(|[channels, _]| *channels));
        let mut level = |(before, [channels, count]): (usize, [usize; 2])| Level {
            convs: (1..=count).map(|at| conv(channels, if at < count { channels } else { before })).collect(),
        };
        let pairs: Vec<(usize, [usize; 2])> = before.zip(self.blocks.iter().copied()).collect();
        AdainDecoder { levels: pairs.into_iter().rev().map(&mut level).collect(), config: self.clone() }
    }
}

/// The convolutions that mirror a block of the encoder.
#[derive(Module, Debug)]
pub struct Level {
    convs: Vec<Conv2d>,
}

/// The network from feature maps to images.
#[derive(Module, Debug)]
pub struct AdainDecoder {
    levels: Vec<Level>,
    #[module(skip)]
    config: AdainConfig,
}

impl AdainDecoder {
    /// `map [n, c, h, w]` → images `[n, 3, s h, s w]`, about in `[-1, 1]`; s is [`AdainDecoder::scale`], and h and w are 2 or more.
    pub fn forward(&self, map: Tensor<4>) -> Tensor<4> {
        let mut x = Dual::constant(map);
        for (at, level) in self.levels.iter().enumerate() {
            x = if at > 0 { upsample2x(x, Blur::Box) } else { x };
            let last = at + 1 == self.levels.len();
            for (number, conv) in (1..).zip(&level.convs) {
                let slope = if last && number == level.convs.len() { 1.0 } else { RELU };
                x = conv.forward_leaky(reflect(x, 1), slope);
            }
        }
        x.value
    }

    /// Height of the images as a multiple of the maps'.
    pub fn scale(&self) -> usize {
        1 << (self.levels.len() - 1)
    }

    /// Number of values that a training pass keeps for one image of `size × size` pixels, for estimates of memory.
    pub fn activations(&self, size: usize) -> usize {
        // Each convolution's result, and that result with its padding.
        let level = |(level, [channels, count]): (usize, &[usize; 2])| 2 * channels * count * (size >> level).pow(2);
        self.config.blocks.iter().enumerate().map(level).sum()
    }
}

impl Network for AdainConfig {
    const NAME: &'static str = "adain";
    const SUMMARY: &'static str =
        "A decoder of feature maps, for the style of any painting (Huang and Belongie 2017, arXiv:1703.06868).";
    const PAPER: &'static str = "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, \
                                 arXiv:1703.06868";
    const ROLE: Role = Role::FeatureDecoder;
    const KEYS: &'static [&'static str] = &[];

    fn sizes() -> Sizes {
        Sizes::MultipleOf(8)
    }

    /// For random style features of the paper's depth; the blocks of other features are given by [`AdainConfig::new`].
    fn from_settings(_: &NetworkSettings) -> Self {
        Self::new(vec![[32, 2], [64, 2], [96, 2], [128, 1]])
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_channels(settings, Self::NAME, COLORS, "RGB")
    }

    fn describe(&self) -> String {
        format!("AdaIN's decoder of {}", counted(self.blocks.len(), "block"))
    }
}
