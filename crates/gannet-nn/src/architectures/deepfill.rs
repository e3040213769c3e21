//! Free-Form Image Inpainting with Gated Convolution, Yu et al. 2018, arXiv:1806.03589 (DeepFill v2): convolutions that learn
//! where to look, since pixels of a hole say nothing.
//!
//! ```text
//! gated  rectified(features) · sigmoid(gates), both of one convolution
//! stage  5 × 5 to w channels; 3 × 3 with stride 2 and 3 × 3, twice, to 2w and 4w; 3 × 3; 3 × 3 that see every second, fourth
//!        and eighth pixel; 3 × 3; pixels repeated and 3 × 3, then 3 × 3, twice, to 2w and w; 3 × 3 to the image
//! ```
//!
//! All are gated but the last; rectified by LeakyReLU 0.2. A second stage, if there is one, is given what the first has put into
//! the hole. Unlike the paper's, a stage makes what is to be added to the image that it is given, whose hole is filled already, by
//! diffusion: so a network that has learned little does little harm. Contextual attention, which copies from elsewhere in the
//! image, is left out.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_ops::dual::{Dual, leaky_relu, tanh};
use gannet_ops::random::Stream;

use crate::init::Init;
use crate::layers::{Conv2d, ConvConfig, Resize};
use crate::{Mode, Translator};

const SLOPE: f64 = 0.2;
/// How strong gated convolutions start, beside He et al.'s: a rectifier and a gate leave about a sixth of the variance.
const GAIN: f64 = 2.5;
/// How weak the convolution to the image starts, beside He et al.'s.
const FAINT: f64 = 0.1;
/// How often the image is halved.
const HALVINGS: usize = 2;
/// Every how many pixels the middle layers see.
const DILATIONS: [usize; 3] = [2, 4, 8];

/// The settings of the network.
#[derive(Debug, Clone, Copy)]
pub struct DeepfillConfig {
    channels: usize,
    stages: usize,
    width: usize,
}

impl DeepfillConfig {
    /// The paper's width and two stages, for colour images.
    pub fn new() -> Self {
        Self { channels: 3, stages: 2, width: 48 }
    }

    /// For images of so many channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// With so many networks behind each other.
    pub fn with_stages(self, stages: usize) -> Self {
        Self { stages, ..self }
    }

    /// With so many channels next to the image.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The network with fresh weights.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Deepfill {
        Deepfill { stages: (0..self.stages).map(|_| self.stage(stream, device)).collect(), config: *self }
    }

    fn stage(&self, stream: &mut Stream, device: &Device) -> Stage {
        let w = self.width;
        let mut init =
            |conv: ConvConfig| conv.with_bias().with_init(Init::he(GAIN, conv.fan_in())).init(stream, device);
        let mut gated = |conv: ConvConfig| Gated { conv: init(ConvConfig { output: 2 * conv.output, ..conv }) };
        let three = |input, output| ConvConfig::three(input, output, Resize::Same);
        let from_image = gated(ConvConfig::new(self.channels + 1, w, 5).with_window(1, 2));
        let down = (0..HALVINGS).map(|level| {
            let (from, to) = (w << level, w << (level + 1));
            [gated(three(from, to).with_window(2, 1)), gated(three(to, to))]
        });
        let down = down.flatten().collect();
        let middle = w << HALVINGS;
        let mut row = |count: usize| (0..count).map(|_| gated(three(middle, middle))).collect();
        let (before, dilated, behind) = (row(1), row(DILATIONS.len()), row(1));
        let up = (0..HALVINGS).rev().map(|level| {
            let (from, to) = (w << (level + 1), w << level);
            [gated(ConvConfig::three(from, to, Resize::Double)), gated(three(to, to))]
        });
        let up = up.flatten().collect();
        let to_image = three(w, self.channels).with_bias().with_init(Init::he(FAINT, 9 * w)).init(stream, device);
        Stage { from_image, down, before, dilated, behind, up, to_image }
    }
}

impl Default for DeepfillConfig {
    fn default() -> Self {
        Self::new()
    }
}

/// A gated convolution.
#[derive(Module, Debug)]
pub struct Gated {
    conv: Conv2d,
}

impl Gated {
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let y = self.conv.forward(x);
        let half = y.dims()[1] / 2;
        let features = leaky_relu(y.clone().narrow(1, 0, half), SLOPE);
        // The sigmoid of x is half of one more than the hyperbolic tangent of half of x.
        let swing = tanh(y.narrow(1, half, half) * 0.5);
        (features.clone() + features * swing) * 0.5
    }
}

/// From an image and its hole to what should be added.
#[derive(Module, Debug)]
pub struct Stage {
    from_image: Gated,
    down: Vec<Gated>,
    before: Vec<Gated>,
    dilated: Vec<Gated>,
    behind: Vec<Gated>,
    up: Vec<Gated>,
    to_image: Conv2d,
}

impl Stage {
    /// `x [n, c + 1, h, w]` → `[n, c, h, w]`.
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let run = |x: Dual<4>, layers: &[Gated]| layers.iter().fold(x, |x, layer| layer.forward(x));
        let x = run(run(self.from_image.forward(x), &self.down), &self.before);
        let far = |x, (layer, step): (&Gated, usize)| apart(x, step, |x| layer.forward(x));
        let x = self.dilated.iter().zip(DILATIONS).fold(x, far);
        self.to_image.forward(run(run(x, &self.behind), &self.up))
    }
}

/// What `f`, a convolution of 3 × 3, makes of the pixels `step` from each other: the image is taken apart into `step²` small
/// ones and put together again.
fn apart(x: Dual<4>, step: usize, f: impl Fn(Dual<4>) -> Dual<4>) -> Dual<4> {
    let [n, c, h, w] = x.dims();
    let (rows, columns) = (h.div_ceil(step), w.div_ceil(step));
    // Zeros below and to the right are what the convolution's own border would be.
    let whole = padded(x, [rows * step, columns * step]);
    let parts = whole.linear(|x| {
        let parts = x.reshape([n, c, rows, step, columns, step]);
        parts.permute([0, 3, 5, 1, 2, 4]).reshape([n * step * step, c, rows, columns])
    });
    let made = f(parts).linear(|y| {
        let c = y.dims()[1];
        let parts = y.reshape([n, step, step, c, rows, columns]);
        parts.permute([0, 3, 4, 1, 5, 2]).reshape([n, c, rows * step, columns * step])
    });
    made.narrow(2, 0, h).narrow(3, 0, w)
}

/// With zeros below and to the right.
fn padded(x: Dual<4>, [tall, wide]: [usize; 2]) -> Dual<4> {
    let [n, c, h, w] = x.dims();
    if [h, w] == [tall, wide] {
        return x;
    }
    x.linear(|x| {
        let zeros = |shape: [usize; 4]| Tensor::<4>::zeros(shape, (&x.device(), x.dtype()));
        let x = Tensor::cat(vec![x.clone(), zeros([n, c, tall - h, w])], 2);
        Tensor::cat(vec![x, zeros([n, c, tall, wide - w])], 3)
    })
}

/// Images with filled holes to images; see the module's text.
#[derive(Module, Debug)]
pub struct Deepfill {
    stages: Vec<Stage>,
    #[module(skip)]
    config: DeepfillConfig,
}

impl Translator for Deepfill {
    /// The last channel is 1 in the hole and 0 elsewhere.
    fn translate(&mut self, images: Tensor<4>, mode: Mode, noise: Option<&mut Stream>) -> Tensor<4> {
        self.stages(images, mode, noise).pop().expect("there is a stage")
    }

    fn stages(&mut self, images: Tensor<4>, _: Mode, _: Option<&mut Stream>) -> Vec<Tensor<4>> {
        let c = self.config.channels;
        let (mut seen, hole) = (images.clone().narrow(1, 0, c), images.narrow(1, c, 1));
        let stage = |stage: &Stage| {
            let added = stage.forward(Dual::constant(Tensor::cat(vec![seen.clone(), hole.clone()], 1))).value;
            seen = seen.clone() + added * hole.clone();
            seen.clone()
        };
        self.stages.iter().map(stage).collect()
    }

    fn channels(&self) -> [usize; 2] {
        [self.config.channels + 1, self.config.channels]
    }

    fn multiple(&self) -> usize {
        1 << HALVINGS
    }

    fn activations(&self, size: usize) -> usize {
        let level = |level: usize| (self.config.width << level) * (size >> level).pow(2);
        // A gated layer keeps both halves, and what they become.
        let middle = (DILATIONS.len() + 2) * level(HALVINGS);
        5 * self.config.stages * (middle + 4 * (0..=HALVINGS).map(level).sum::<usize>())
    }
}
