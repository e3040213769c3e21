//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868: a decoder
//! from maps of features, whose means and deviations may be a painting's, back to images.
//!
//! ```text
//! the encoder    for each block: so many 3 × 3 convolutions to c channels, halved; up to the deepest block's map
//! the decoder    the same turned around: 3 × 3 convolutions to c channels, the last one to those of the block before; doubled
//! ```
//!
//! A ReLU stands behind every convolution but the last. Borders are mirrored, pixels repeated on the way up. There are no norms, which
//! would pull the images of a batch towards one style (section 6 of the paper).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, upsample2x, reflect};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, RELU};

/// Channels of images.
const COLORS: usize = 3;
/// Of the rectifier, which halves the variance.
const GAIN: f64 = std::f64::consts::SQRT_2;

/// The settings of the decoder.
#[derive(Debug, Clone)]
pub struct AdainConfig {
    blocks: Vec<[usize; 2]>,
}

impl AdainConfig {
    /// For an encoder whose blocks have so many channels and convolutions each, the last one's counted up to the map; VGG19's up to
    /// relu4_1 are `[64, 2]`, `[128, 2]`, `[256, 4]` and `[512, 1]`.
    pub fn new(blocks: Vec<[usize; 2]>) -> Self {
        Self { blocks }
    }

    /// The decoder with fresh weights.
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

/// The convolutions that undo those of a block.
#[derive(Module, Debug)]
pub struct Level {
    convs: Vec<Conv2d>,
}

/// From maps to images; see the module's text.
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

    /// How many times as wide and high images are as maps.
    pub fn scale(&self) -> usize {
        1 << (self.levels.len() - 1)
    }

    /// How many values a training pass keeps for one image of `size × size` pixels, to estimate memory by.
    pub fn activations(&self, size: usize) -> usize {
        // Each convolution's result, and the same with its border.
        let level = |(level, [channels, count]): (usize, &[usize; 2])| 2 * channels * count * (size >> level).pow(2);
        self.config.blocks.iter().enumerate().map(level).sum()
    }
}
