//! Convolution layers over [`gannet_ops::conv`].
//!
//! A 3 × 3 convolution after nearest-neighbor upsampling by 2, or before average pooling of 2 × 2, equals one 4 × 4
//! convolution with stride 2 (transposed or not) whose kernel is the 3 × 3 kernel convolved with a box. Both are computed so,
//! with less than half of the products; the learned kernel stays 3 × 3.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::conv::Window;
use gannet_ops::dual::{
    Dual, bias_leaky_relu, conv_transpose2d, conv_transpose2d_with_output_padding, conv2d, leaky_relu,
};
use gannet_ops::random::Stream;

use super::weight::{WeightForm, WeightKind};
use crate::init::Init;

/// How a 3 × 3 convolution changes the size of its image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resize {
    /// Not at all.
    Same,
    /// Nearest-neighbor upsampling by 2 before the convolution.
    Double,
    /// Average pooling of 2 × 2 after the convolution; the sides are even.
    Halve,
}

/// The configuration of a convolution or a transposed convolution.
#[derive(Debug, Clone, Copy)]
pub struct ConvConfig {
    /// Channels of the input.
    pub input: usize,
    /// Channels of the output.
    pub output: usize,
    /// Side of the square kernel, in pixels.
    pub kernel: usize,
    /// Stride, zero padding, dilation and groups.
    pub window: Window,
    /// Whether there is a bias. Before batch norm, which removes it, there is none.
    pub bias: bool,
    /// Initial weights.
    pub init: Init,
    /// Form of the weight.
    pub weight: WeightKind,
    /// Change of the image's size; not for a transposed convolution.
    pub resize: Resize,
    /// Rows and columns added at the bottom and right of a transposed convolution's output, fewer than its stride.
    pub output_padding: usize,
}

impl ConvConfig {
    /// A convolution without bias, with stride 1, no padding and weights from N(0, 0.02).
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
            output_padding: 0,
        }
    }

    /// A 3 × 3 convolution with padding 1, and a change of the image's size.
    pub fn three(input: usize, output: usize, resize: Resize) -> Self {
        Self { resize, ..Self::new(input, output, 3).with_window(1, 1) }
    }

    /// With the channels in so many groups.
    pub fn with_groups(self, groups: usize) -> Self {
        Self { window: Window { groups, ..self.window }, ..self }
    }

    /// Number of inputs of one output value.
    pub fn fan_in(&self) -> usize {
        self.input / self.window.groups * self.kernel.pow(2)
    }

    /// With this stride and zero padding, in pixels.
    pub fn with_window(self, stride: usize, padding: usize) -> Self {
        Self { window: Window { stride, padding: [padding; 2], ..self.window }, ..self }
    }

    /// With this output padding of a transposed convolution.
    pub fn with_output_padding(self, output_padding: usize) -> Self {
        Self { output_padding, ..self }
    }

    /// With a bias that starts at zero.
    pub fn with_bias(self) -> Self {
        Self { bias: true, ..self }
    }

    /// With these initial weights.
    pub fn with_init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// With this form of the weight.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// The convolution, with initial weights from `stream`.
    pub fn init(&self, stream: &mut Stream, device: &Device) -> Conv2d {
        let shape = [self.output, self.input / self.window.groups, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 0, stream, device);
        Conv2d { weight, bias: self.init_bias(stream, device), form, window: self.window, resize: self.resize }
    }

    /// The transposed convolution, with initial weights from `stream`.
    pub fn init_transposed(&self, stream: &mut Stream, device: &Device) -> ConvTranspose2d {
        let shape = [self.input, self.output, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 1, stream, device);
        let (bias, output_padding) = (self.init_bias(stream, device), self.output_padding);
        ConvTranspose2d { weight, bias, form, window: self.window, output_padding }
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
    /// Form of the weight.
    pub form: WeightForm,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    resize: Resize,
}

impl Conv2d {
    /// One power iteration, where the weight has spectral norm; see [`WeightForm::power_iterate`].
    pub fn power_iterate(&mut self) {
        self.form.power_iterate(&self.weight.val());
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        self.forward_leaky(x, 1.0)
    }

    /// The convolution followed by LeakyReLU of this slope, which share a pass over the memory.
    pub fn forward_leaky(&self, x: Dual<4>, slope: f64) -> Dual<4> {
        let weight = self.form.apply(self.weight.val());
        let strided = Window { stride: 2, padding: [1; 2], ..self.window };
        let y = match self.resize {
            Resize::Same => conv2d(x, weight, self.window),
            Resize::Double => conv_transpose2d(x, upsampling_kernel(weight), strided),
            Resize::Halve => conv2d(x, downsampling_kernel(weight), strided),
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
    /// Form of the weight.
    pub form: WeightForm,
    #[module(skip)]
    window: Window,
    #[module(skip)]
    output_padding: usize,
}

impl ConvTranspose2d {
    /// One power iteration, where the weight has spectral norm; see [`WeightForm::power_iterate`].
    pub fn power_iterate(&mut self) {
        self.form.power_iterate(&self.weight.val());
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let weight = self.form.apply(self.weight.val());
        let y = conv_transpose2d_with_output_padding(x, weight, self.window, self.output_padding);
        finish(y, self.bias.as_ref(), 1.0)
    }
}

/// From a 3 × 3 kernel `[o, i, 3, 3]` the kernel `[o, i, 4, 4]` of the convolution with stride 2 that equals the 3 × 3
/// convolution followed by average pooling of 2 × 2.
fn downsampling_kernel(weight: Tensor<4>) -> Tensor<4> {
    // Along each axis (a b c) becomes (a a+b b+c c) / 2.
    blurred(weight, |at, tap| if at == tap || at == tap + 1 { 0.5 } else { 0.0 })
}

/// From a 3 × 3 kernel `[o, i, 3, 3]` the kernel `[i, o, 4, 4]` of the transposed convolution with stride 2 that equals
/// nearest-neighbor upsampling followed by the 3 × 3 convolution.
fn upsampling_kernel(weight: Tensor<4>) -> Tensor<4> {
    // Along each axis (a b c) becomes (c b+c a+b a).
    blurred(weight, |at, tap| if at + tap == 2 || at + tap == 3 { 1.0 } else { 0.0 }).swap_dims(0, 1)
}

/// `[o, i, 3, 3]` → `[o, i, 4, 4]` by one linear map `[4, 3]` along both axes.
fn blurred(weight: Tensor<4>, map: impl Fn(usize, usize) -> f64) -> Tensor<4> {
    let [o, i, ..] = weight.dims();
    let at = |from: usize, to: usize| map(to / 4, from / 3) * map(to % 4, from % 3);
    let matrix: Vec<f64> =
        (0..9).flat_map(|from| (0..16).map(move |to| (from, to))).map(|(from, to)| at(from, to)).collect();
    let matrix = Tensor::<2>::from_data(TensorData::new(matrix, [9, 16]), (&weight.device(), weight.dtype()));
    weight.reshape([o * i, 9]).matmul(matrix).reshape([o, i, 4, 4])
}

/// Adds the bias, if there is one, and multiplies negative values by `slope`.
fn finish(y: Dual<4>, bias: Option<&Param<Tensor<1>>>, slope: f64) -> Dual<4> {
    match bias {
        Some(bias) => bias_leaky_relu(y, bias.val(), slope),
        None if slope == 1.0 => y,
        None => leaky_relu(y, slope),
    }
}
