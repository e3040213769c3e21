//! ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks, Wang et al. 2018, arXiv:1809.00219: residual in residual
//! dense blocks.
//!
//! ```text
//! dense    five 3 × 3 convolutions, each of all before it; x + 0.2 · the last
//! block    x + 0.2 · dense(dense(dense(x)))
//! network  3 × 3 to w channels; y + conv(so many blocks); pixels repeated and 3 × 3, twice; 3 × 3; 3 × 3 to the image
//! ```
//!
//! LeakyReLU 0.2 within dense blocks and behind what comes after the blocks. It makes images four times as large; for twice and
//! once, as in Real-ESRGAN (Wang et al. 2021, arXiv:2107.10833), the given image's pixels are first made channels.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::Dual;
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize, pixel_unshuffle};
use crate::{Mode, Translator};

const SLOPE: f64 = 0.2;
/// How much a block adds to what it is given.
const RESIDUAL: f64 = 0.2;
/// How weak weights start, beside He et al.'s (section 3.1).
const FAINT: f64 = 0.1;
/// How much the convolutions enlarge.
const LARGEST: usize = 4;

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct RrdbConfig {
    scale: usize,
    channels: usize,
    blocks: usize,
    width: usize,
    growth: usize,
}

impl RrdbConfig {
    /// The paper's: 23 blocks of 64 channels that grow by 32, for colour images and `scale` 1, 2 or 4.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: 3, blocks: 23, width: 64, growth: 32 }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With so many channels between the images, and so many that each convolution adds in a dense block.
    pub fn with_width(self, width: usize, growth: usize) -> Self {
        Self { width, growth, ..self }
    }

    fn folded(&self) -> usize {
        LARGEST / self.scale
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Rrdb {
        let (w, growth) = (self.width, self.growth);
        let mut conv = |input: usize, output: usize, resize: Resize| {
            let conv = ConvConfig::three(input, output, resize).with_bias();
            conv.with_init(Init::he(FAINT, conv.fan_in())).init(stream, device)
        };
        let mut dense = || {
            let output = |at: usize| if at < 4 { growth } else { w };
            Dense { convs: (0..5).map(|at| conv(w + at * growth, output(at), Resize::Same)).collect() }
        };
        let blocks = (0..self.blocks).map(|_| Block { dense: (0..3).map(|_| dense()).collect() }).collect();
        Rrdb {
            blocks,
            from_image: conv(self.channels * self.folded().pow(2), w, Resize::Same),
            behind: conv(w, w, Resize::Same),
            double: (0..LARGEST.ilog2()).map(|_| conv(w, w, Resize::Double)).collect(),
            last: conv(w, w, Resize::Same),
            to_image: conv(w, self.channels, Resize::Same),
            config: *self,
        }
    }
}

/// Convolutions that each see all before them.
#[derive(Module, Debug)]
pub struct Dense {
    convs: Vec<Conv2d>,
}

impl Dense {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (last, others) = self.convs.split_last().expect("there are five");
        x.residual(RESIDUAL, |x| {
            let all = others.iter().fold(x, |seen, conv| {
                let seen = seen.shared();
                seen.read().cat(conv.forward_leaky(seen.read(), SLOPE), 1)
            });
            last.forward(all)
        })
    }
}

/// Three of them.
#[derive(Module, Debug)]
pub struct Block {
    dense: Vec<Dense>,
}

/// Images to larger ones; see the module's text.
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
    /// The network's own images lie in `[0, 1]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let images = Dual::constant(images * 0.5 + 0.5);
        let folded = self.config.folded();
        let y = self.from_image.forward(if folded > 1 { pixel_unshuffle(images, folded) } else { images });
        let block = |x: Dual<4>, block: &Block| {
            x.residual(RESIDUAL, |x| block.dense.iter().fold(x, |x, dense| dense.forward(x)))
        };
        let x = self.blocks.iter().fold(y.clone(), block);
        let mut x = y + self.behind.forward(x);
        for conv in &self.double {
            x = conv.forward_leaky(x, SLOPE);
        }
        self.to_image.forward(self.last.forward_leaky(x, SLOPE)).value * 2.0 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels; 2]
    }

    fn multiple(&self) -> usize {
        self.config.folded()
    }

    fn scale(&self) -> usize {
        self.config.scale
    }

    fn activations(&self, size: usize) -> usize {
        let RrdbConfig { blocks, width, growth, .. } = self.config;
        // What a dense block has seen is kept before each of its convolutions.
        let dense = 5 * width + 10 * growth + 5 * (width + growth);
        (3 * blocks * dense + 4 * width + width * (8 + 48)) * (size / self.config.folded()).pow(2)
    }
}
