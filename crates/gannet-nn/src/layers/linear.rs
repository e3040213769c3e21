//! The fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::conv::Window;
use gannet_ops::dual::{Dual, bias_leaky_relu, conv2d};
use gannet_ops::random::Stream;

use super::weight::{WeightForm, WeightKind};
use crate::init::Init;

/// `y = x · weightᵀ + bias`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[out, in]`, as PyTorch stores it.
    pub weight: Param<Tensor<2>>,
    /// `[out]`.
    pub bias: Param<Tensor<1>>,
    /// Form of the weight.
    pub form: WeightForm,
}

impl Linear {
    /// A layer with PyTorch's default initialization, uniform within 1/√in.
    pub fn new(inputs: usize, outputs: usize, stream: &mut Stream, device: &Device) -> Self {
        Self::with_weight(WeightKind::Plain, [inputs, outputs], stream, device)
    }

    /// A layer with PyTorch's default initialization and this form of the weight.
    pub fn with_weight(kind: WeightKind, [inputs, outputs]: [usize; 2], stream: &mut Stream, device: &Device) -> Self {
        let init = Init::fan_in(inputs);
        Self::with_init(kind, [inputs, outputs], [init, init], stream, device)
    }

    /// A layer with Glorot's initialization, a bias that starts at zero, and this form of the weight.
    pub fn glorot([inputs, outputs]: [usize; 2], kind: WeightKind, stream: &mut Stream, device: &Device) -> Self {
        let init = [Init::glorot(1.0, inputs, outputs), Init::Constant(0.0)];
        Self::with_init(kind, [inputs, outputs], init, stream, device)
    }

    fn with_init(
        kind: WeightKind,
        [inputs, outputs]: [usize; 2],
        [weight, bias]: [Init; 2],
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let weight = kind.init(weight).param([outputs, inputs], stream, device);
        let bias = bias.param([outputs], stream, device);
        Self { form: WeightForm::new(kind, &weight.val(), 0, stream, device), weight, bias }
    }

    /// One power iteration, where the weight has spectral norm; see [`WeightForm::power_iterate`].
    pub fn power_iterate(&mut self) {
        self.form.power_iterate(&self.weight.val());
    }

    /// `x [n, in]` → `[n, out]`.
    pub fn forward(&self, x: Dual<2>) -> Dual<2> {
        self.forward_leaky(x, 1.0)
    }

    /// The layer followed by LeakyReLU of this slope, which share a pass over the memory.
    pub fn forward_leaky(&self, x: Dual<2>, slope: f64) -> Dual<2> {
        // A 1 × 1 convolution of images of one pixel: its kernels on the CPU are faster than the framework's product.
        let ([n, inputs], [outputs, _]) = (x.dims(), self.weight.dims());
        let weight = self.form.apply(self.weight.val()).reshape([outputs, inputs, 1, 1]);
        let y = conv2d(x.reshape([n, inputs, 1, 1]), weight, Window::default());
        bias_leaky_relu(y, self.bias.val(), slope).reshape([n, outputs])
    }
}
