//! Pointwise non-linearities.

pub use gannet_ops::activation::leaky_relu;

use burn::tensor::Tensor;

/// `x` where positive, 0 elsewhere.
pub fn relu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    leaky_relu(x, 0.0)
}
