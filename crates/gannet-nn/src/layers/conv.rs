//! Convolution layers over [`gannet_ops::conv`].

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::conv::Window;
use gannet_ops::dual::{Dual, bias_leaky_relu, conv_transpose2d, conv2d, leaky_relu};
use gannet_ops::random::Stream;

use super::weight::{WeightForm, WeightKind};
use crate::init::Init;

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
        }
    }

    /// With this stride and zero padding, in pixels.
    pub fn with_window(self, stride: usize, padding: usize) -> Self {
        Self { window: Window { stride, padding: [padding; 2], ..self.window }, ..self }
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
        let shape = [self.output, self.input, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 0, stream, device);
        Conv2d { weight, bias: self.init_bias(stream, device), form, window: self.window }
    }

    /// The transposed convolution.
    pub fn init_transposed(&self, stream: &mut Stream, device: &Device) -> ConvTranspose2d {
        let shape = [self.input, self.output, self.kernel, self.kernel];
        let weight = self.weight.init(self.init).param(shape, stream, device);
        let form = WeightForm::new(self.weight, &weight.val(), 1, stream, device);
        ConvTranspose2d { weight, bias: self.init_bias(stream, device), form, window: self.window }
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
        finish(conv2d(x, self.form.of(self.weight.val()), self.window), self.bias.as_ref(), slope)
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
}

impl ConvTranspose2d {
    /// [`WeightForm::iterate`].
    pub fn iterate(&mut self) {
        self.form.iterate(&self.weight.val());
    }

    /// `x [n, in, h, w]` → `[n, out, h', w']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        finish(conv_transpose2d(x, self.form.of(self.weight.val()), self.window), self.bias.as_ref(), 1.0)
    }
}

/// With a bias, if there is one, and multiplied by `slope` where negative.
fn finish(y: Dual<4>, bias: Option<&Param<Tensor<1>>>, slope: f64) -> Dual<4> {
    match bias {
        Some(bias) => bias_leaky_relu(y, bias.val(), slope),
        None if slope == 1.0 => y,
        None => leaky_relu(y, slope),
    }
}
