//! Convolution layers over [`gannet_ops::conv`].
//!
//! A 3 × 3 convolution behind a doubling of the image by repeated pixels, or before its halving by means of 2 × 2, is one
//! 4 × 4 convolution with stride 2 (transposed or not) whose kernel is the 3 × 3 one blurred by a box. That is how both are
//! computed, with less than half of the products; what is learned stays 3 × 3.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::conv::Window;
use gannet_ops::dual::{Dual, bias_leaky_relu, conv_transpose2d, conv_transpose2d_with_output_padding, conv2d, leaky_relu};
use gannet_ops::random::Stream;

use super::weight::{WeightForm, WeightKind};
use crate::init::Init;

/// What happens to the size of the image beside a 3 × 3 convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// Nothing.
    Same,
    /// Its pixels are repeated before, so that it is twice as wide.
    Double,
    /// Means of 2 × 2 are taken behind, so that it is half as wide; sides are even.
    Halve,
}

/// The shape of a convolution, either way.
#[derive(Debug, Clone, Copy)]
pub struct ConvConfig {
    /// Channels in.
    pub input: usize,
    /// Channels out.
    pub output: usize,
    /// Side of the square kernel, in pixels.
    pub kernel: usize,
    /// Step and zero padding, in pixels.
    pub window: Window,
    /// Whether a number is added to each output channel; not before batch norm, which removes it.
    pub bias: bool,
    /// Initial weights.
    pub init: Init,
    /// How the weight that acts is made of the learned one.
    pub weight: WeightKind,
    /// What happens to the size; not for a transposed convolution.
    pub resize: Resize,
    /// Rows below and columns to the right that a transposed convolution has beyond others, fewer than its stride.
    pub beyond: usize,
}

impl ConvConfig {
    /// A bias-free convolution with stride 1, no padding and weights from N(0, 0.02).
    pub fn new(input: usize, output: usize, kernel: usize) -> Self {
        Self {
            input,
            output,
            kernel,
            window: Window::default(),
            bias: false,
            init: Init::DCGAN,
            weight: WeightKind::Plain,
            resize: Resize::Same,
            beyond: 0,
        }
    }

    /// A convolution of 3 × 3 that keeps the size, or has it doubled or halved.
    pub fn three(input: usize, output: usize, resize: Resize) -> Self {
        Self { resize, ..Self::new(input, output, 3).with_window(1, 1) }
    }

    /// With the channels in so many parts that are convolved apart.
    pub fn with_groups(self, groups: usize) -> Self {
        Self { window: Window { groups, ..self.window }, ..self }
    }

    /// Values that one output is made of.
    pub fn fan_in(&self) -> usize {
        self.input / self.window.groups * self.kernel.pow(2)
    }

    /// With this stride and zero padding, in pixels.
    pub fn with_window(self, stride: usize, padding: usize) -> Self {
        Self { window: Window { stride, padding: [padding; 2], ..self.window }, ..self }
    }

    /// With so many rows and columns beyond others, where it is transposed.
    pub fn with_beyond(self, beyond: usize) -> Self {
        Self { beyond, ..self }
    }

    /// With a bias that starts at zero.
    pub fn with_bias(self) -> Self {
        Self { bias: true, ..self }
    }

    /// With other initial weights.
    pub fn with_init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// With a weight that is made so of the learned one.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// The convolution.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Conv2d {
        let shape = [self.output, self.input / self.window.groups, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 0, stream, device);
        Conv2d { weight, bias: self.init_bias(stream, device), form, window: self.window, resize: self.resize }
    }

    /// The transposed convolution.
    pub fn init_transposed(&self, stream: &mut Stream, device: &Device) -> ConvTranspose2d {
        let shape = [self.input, self.output, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 1, stream, device);
        ConvTranspose2d { weight, bias: self.init_bias(stream, device), form, window: self.window, beyond: self.beyond }
    }

    fn init_bias(&self, stream: &mut Stream, device: &Device) -> Option<Param<Tensor<1>>> {
        self.bias.then(|| Init::Constant(0.0).param([self.output], stream, device))
    }
}

/// Convolution.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// `[out, in, k, k]`.
    pub weight: Param<Tensor<4>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// What the weight that acts is made by.
    pub form: WeightForm,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    resize: Resize,
}

impl Conv2d {
    /// [`WeightForm::iterate`].
    pub fn iterate(&mut self) {
        self.form.iterate(&self.weight.val());
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        self.forward_leaky(x, 1.0)
    }

    /// The convolution and the LeakyReLU that follows it, which share a pass over the memory.
    pub fn forward_leaky(&self, x: Dual<4>, slope: f64) -> Dual<4> {
        let weight = self.form.of(self.weight.val());
        let strided = Window { stride: 2, padding: [1; 2], ..self.window };
        let y = match self.resize {
            Resize::Same => conv2d(x, weight, self.window),
            Resize::Double => conv_transpose2d(x, doubling(weight), strided),
            Resize::Halve => conv2d(x, halving(weight), strided),
        };
        finish(y, self.bias.as_ref(), slope)
    }
}

/// Transposed convolution.
#[derive(Module, Debug)]
pub struct ConvTranspose2d {
    /// `[in, out, k, k]`, as PyTorch stores it.
    pub weight: Param<Tensor<4>>,
    /// `[out]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// What the weight that acts is made by.
    pub form: WeightForm,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    beyond: usize,
}

impl ConvTranspose2d {
    /// [`WeightForm::iterate`].
    pub fn iterate(&mut self) {
        self.form.iterate(&self.weight.val());
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let weight = self.form.of(self.weight.val());
        finish(conv_transpose2d_with_output_padding(x, weight, self.window, self.beyond), self.bias.as_ref(), 1.0)
    }
}

/// Of a 3 × 3 kernel `[o, i, 3, 3]` that of a convolution with stride 2 which takes means of 2 × 2 of its results,
/// `[o, i, 4, 4]`.
fn halving(weight: Tensor<4>) -> Tensor<4> {
    // Along each axis (a b c) becomes (a a+b b+c c) / 2.
    blurred(weight, |at, tap| if at == tap || at == tap + 1 { 0.5 } else { 0.0 })
}

/// The same of a transposed convolution which sees each pixel repeated, `[i, o, 4, 4]`.
fn doubling(weight: Tensor<4>) -> Tensor<4> {
    // Along each axis (a b c) becomes (c b+c a+b a).
    blurred(weight, |at, tap| if at + tap == 2 || at + tap == 3 { 1.0 } else { 0.0 }).swap_dims(0, 1)
}

/// `[o, i, 3, 3]` → `[o, i, 4, 4]` by the same map `[4, 3]` along both axes.
fn blurred(weight: Tensor<4>, map: impl Fn(usize, usize) -> f64) -> Tensor<4> {
    let [o, i, ..] = weight.dims();
    let at = |from: usize, to: usize| map(to / 4, from / 3) * map(to % 4, from % 3);
    let matrix: Vec<f64> =
        (0..9).flat_map(|from| (0..16).map(move |to| (from, to))).map(|(from, to)| at(from, to)).collect();
    let matrix = Tensor::<2>::from_data(TensorData::new(matrix, [9, 16]), (&weight.device(), weight.dtype()));
    weight.reshape([o * i, 9]).matmul(matrix).reshape([o, i, 4, 4])
}

/// With a bias, if there is one, and multiplied by `slope` where negative.
fn finish(y: Dual<4>, bias: Option<&Param<Tensor<1>>>, slope: f64) -> Dual<4> {
    match bias {
        Some(bias) => bias_leaky_relu(y, bias.val(), slope),
        None if slope == 1.0 => y,
        None => leaky_relu(y, slope),
    }
}
