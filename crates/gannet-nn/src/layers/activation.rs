//! Pointwise non-linearities that the framework makes of several operations.

use burn::tensor::Tensor;

/// `x` where positive, `slope · x` elsewhere (Maas et al. 2013); `slope` in `[0, 1)`.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f32) -> Tensor<D> {
    burn::tensor::activation::leaky_relu(x, slope as f64)
}
