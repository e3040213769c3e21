//! Pointwise non-linearities.

pub use gannet_ops::activation::leaky_relu;

use burn::tensor::Tensor;

/// The slope that makes a LeakyReLU a ReLU.
pub const RELU: f64 = 0.0;

/// `x` where positive, 0 elsewhere.
pub fn relu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    leaky_relu(x, RELU)
}
