//! Perceptual Losses for Real-Time Style Transfer and Super-Resolution, Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155, with the
//! instance norm of Ulyanov et al. 2016, arXiv:1607.08022, and with repeated pixels on the way up: a painter of one style, as
//! PyTorch's example fast_neural_style has it.
//!
//! ```text
//! 9 × 9 to w channels; twice 3 × 3 with stride 2, to 2w and 4w
//! x + norm(conv(relu(norm(conv(x)))))      3 × 3, so many times
//! twice pixels repeated and 3 × 3, to 2w and w; 9 × 9 to the image
//! ```
//!
//! A norm with scale and shift and a ReLU stand behind every other convolution but the last. Borders are mirrored.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, bias_leaky_relu, upsample2x, instance_norm, reflect};
use gannet_ops::random::Stream;
use gannet_ops::resample2x::Blur;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, RELU};
use crate::{Mode, Translator};

/// Side of the kernels next to the images.
const OUTER: usize = 9;
/// How often the image is halved.
const HALVINGS: usize = 2;
const EPSILON: f64 = 1e-5;

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct JohnsonConfig {
    blocks: usize,
    width: usize,
}

impl JohnsonConfig {
    /// The paper's: 5 blocks, 32 channels next to colour images.
    pub fn new() -> Self {
        Self { blocks: 5, width: 32 }
    }

    /// With so many residual blocks.
    pub fn with_blocks(self, blocks: usize) -> Self {
        Self { blocks, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Johnson {
        let w = self.width;
        let mut conv = |input: usize, output: usize, kernel: usize, stride: usize| {
            let conv = ConvConfig::new(input, output, kernel).with_window(stride, 0).with_bias();
            conv.with_init(Init::fan_in(conv.fan_in())).init(stream, device)
        };
        let mut normed = |input, output, kernel, stride| Normed {
            conv: conv(input, output, kernel, stride),
            norm: Affine::new(output, device),
        };
        let from_image = normed(3, w, OUTER, 1);
        let down = (0..HALVINGS).map(|level| normed(w << level, w << (level + 1), 3, 2)).collect();
        let middle = w << HALVINGS;
        let blocks = (0..self.blocks)
            .map(|_| Block { first: normed(middle, middle, 3, 1), second: normed(middle, middle, 3, 1) })
            .collect();
        let up = (0..HALVINGS).rev().map(|level| normed(w << (level + 1), w << level, 3, 1)).collect();
        Johnson { from_image, down, blocks, up, to_image: conv(w, 3, OUTER, 1), config: *self }
    }
}

impl Default for JohnsonConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// Instance norm with scale and shift.
#[derive(Module, Debug)]
pub struct Affine {
    /// `[c]`, scale.
    pub gamma: Param<Tensor<1>>,
    /// `[c]`, shift.
    pub beta: Param<Tensor<1>>,
}

impl Affine {
    fn new(channels: usize, device: &Device) -> Self {
        let constant = |value: f32| Init::Constant(value).param([channels], &mut Stream::new(0, "constant", 0), device);
        Self { gamma: constant(1.0), beta: constant(0.0) }
    }

    /// With the LeakyReLU that follows, which shares the shift's pass over the memory.
    fn forward_leaky(&self, x: Dual<4>, slope: f64) -> Dual<4> {
        let [_, c, ..] = x.dims();
        let scaled = instance_norm(x, EPSILON, 1.0) * Dual::constant(self.gamma.val().reshape([1, c, 1, 1]));
        bias_leaky_relu(scaled, self.beta.val(), slope)
    }
}

/// A convolution with its norm.
#[derive(Module, Debug)]
pub struct Normed {
    conv: Conv2d,
    norm: Affine,
}

impl Normed {
    /// Behind a mirrored border of so many pixels.
    fn forward_leaky(&self, x: Dual<4>, border: usize, slope: f64) -> Dual<4> {
        self.norm.forward_leaky(self.conv.forward(reflect(x, border)), slope)
    }
}

/// Two of them beside what they are given.
#[derive(Module, Debug)]
pub struct Block {
    first: Normed,
    second: Normed,
}

/// Images to painted ones; see the module's text.
#[derive(Module, Debug)]
pub struct Johnson {
    from_image: Normed,
    down: Vec<Normed>,
    blocks: Vec<Block>,
    up: Vec<Normed>,
    to_image: Conv2d,
    #[module(skip)]
    config: JohnsonConfig,
}

impl Translator for Johnson {
    /// The network's own images lie in `[0, 255]`.
    fn translate(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Tensor<4> {
        let x = Dual::constant(images * 127.5 + 127.5);
        let x = self.from_image.forward_leaky(x, OUTER / 2, RELU);
        let x = self.down.iter().fold(x, |x, layer| layer.forward_leaky(x, 1, RELU));
        let block = |x: Dual<4>, block: &Block| {
            x.residual(1.0, |x| block.second.forward_leaky(block.first.forward_leaky(x, 1, RELU), 1, 1.0))
        };
        let x = self.blocks.iter().fold(x, block);
        let x = self.up.iter().fold(x, |x, layer| layer.forward_leaky(upsample2x(x, Blur::Box), 1, RELU));
        self.to_image.forward(reflect(x, OUTER / 2)).value / 127.5 - 1.0
    }

    fn channels(&self) -> [usize; 2] {
        [3, 3]
    }

    fn multiple(&self) -> usize {
        1 << HALVINGS
    }

    /// What the mirrored borders need.
    fn smallest(&self) -> usize {
        2 << HALVINGS
    }

    fn activations(&self, size: usize) -> usize {
        let level = |level: usize| (self.config.width << level) * (size >> level).pow(2);
        8 * (0..=HALVINGS).map(level).sum::<usize>() + 9 * self.config.blocks * level(HALVINGS)
    }
}
