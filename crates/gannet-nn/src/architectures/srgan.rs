//! Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network, Ledig et al. 2016, arXiv:1609.04802:
//! SRResNet, which SRGAN trains against a judge.
//!
//! ```text
//! 9 × 9 to w channels, PReLU                                      y
//! x + norm(conv(prelu(norm(conv(x)))))      3 × 3, so many times
//! y + norm(conv(x)); 3 × 3 to 4w, pixel shuffle by 2, PReLU      once for twice the size, twice for four times
//! 9 × 9 to the image; tanh
//! ```
//!
//! The norm is of batches, or none, after Enhanced Deep Residual Networks, Lim et al. 2017, arXiv:1707.02921.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, ImageNorm, ImageNormKind, Prelu, pixel_shuffle};
use crate::{Mode, Translator};

/// Side of the kernels next to the images.
const OUTER: usize = 9;
/// How strong the last convolution of a block starts, beside He et al.'s, so that blocks hardly differ from nothing at first.
const FAINT: f64 = 0.1;

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct SrresnetConfig {
    scale: usize,
    channels: usize,
    blocks: usize,
    width: usize,
    norm: ImageNormKind,
}

impl SrresnetConfig {
    /// The paper's: 16 blocks of 64 channels with batch norm, for colour images and `scale` 1, 2, 4 or 8.
    pub fn new(scale: usize) -> Self {
        Self { scale, channels: 3, blocks: 16, width: 64, norm: ImageNormKind::Batch }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many residual blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With so many channels between the images.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// With another norm.
    pub fn with_norm(self, norm: ImageNormKind) -> Self {
        Self { norm, ..self }
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Srresnet {
        let w = self.width;
        let conv = |input: usize, output: usize, kernel: usize, gain: f64| {
            let conv = ConvConfig::new(input, output, kernel).with_window(1, kernel / 2).with_bias();
            conv.with_init(Init::he(gain, conv.fan_in()))
        };
        let prelu = || Prelu::new(1, device);
        let from_image = conv(self.channels, w, OUTER, 1.0).init(stream, device);
        let blocks = (0..self.blocks).map(|_| Block {
            first: conv(w, w, 3, 1.0).init(stream, device),
            first_norm: ImageNorm::new(self.norm, w, stream, device),
            prelu: prelu(),
            second: conv(w, w, 3, FAINT).init(stream, device),
            second_norm: ImageNorm::new(self.norm, w, stream, device),
        });
        let blocks = blocks.collect();
        let behind = conv(w, w, 3, FAINT).init(stream, device);
        let behind_norm = ImageNorm::new(self.norm, w, stream, device);
        let doublings = 0..self.scale.ilog2();
        let double = doublings.map(|_| Doubling { conv: conv(w, 4 * w, 3, 1.0).init(stream, device), prelu: prelu() });
        let double = double.collect();
        let to_image = conv(w, self.channels, OUTER, FAINT).init(stream, device);
        Srresnet { from_image, prelu: prelu(), blocks, behind, behind_norm, double, to_image, config: *self }
    }
}

/// Two convolutions beside what they are given.
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

/// To twice the width and height.
#[derive(Module, Debug)]
pub struct Doubling {
    conv: Conv2d,
    prelu: Prelu,
}

/// Images to larger ones; see the module's text.
#[derive(Module, Debug)]
pub struct Srresnet {
    from_image: Conv2d,
    prelu: Prelu,
    blocks: Vec<Block>,
    behind: Conv2d,
    behind_norm: ImageNorm,
    double: Vec<Doubling>,
    to_image: Conv2d,
    #[module(skip)]
    config: SrresnetConfig,
}

impl Translator for Srresnet {
    /// The network's own images lie in `[0, 1]` on the way in.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let y = self.prelu.forward(self.from_image.forward(Dual::constant(images * 0.5 + 0.5)));
        let mut x = y.clone();
        for block in &mut self.blocks {
            x = block.forward(x, mode);
        }
        x = y + self.behind_norm.forward_leaky(self.behind.forward(x), mode, 1.0);
        for Doubling { conv, prelu } in &self.double {
            x = prelu.forward(pixel_shuffle(conv.forward(x), 2));
        }
        tanh(self.to_image.forward(x)).value
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
        let doublings: usize = (1..=self.double.len()).map(|level| 4 << (2 * level)).sum();
        // A block is kept before and behind its norms and its rectifier.
        self.config.width * size.pow(2) * (6 * self.config.blocks + 4 + doublings)
    }
}
