//! The fully connected layer.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use gannet_ops::random::Stream;

use crate::init::Init;

/// `y = x · weightᵀ + bias`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[out, in]`, as PyTorch stores it.
    pub weight: Param<Tensor<2>>,
    /// `[out]`.
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    /// A layer with PyTorch's default initialisation, uniform within 1/√in.
    pub fn new(inputs: usize, outputs: usize, stream: &mut Stream, device: &Device) -> Self {
        let init = Init::fan_in(inputs);
        Self { weight: init.param([outputs, inputs], stream, device), bias: init.param([outputs], stream, device) }
    }

    /// `x [n, in]` → `[n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.val().transpose()) + self.bias.val().unsqueeze()
    }
}
