//! Small building blocks, composed of Burn's operations, that the default bodies of several backend extensions share.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::Shape;

/// The slope of a leaky rectifier whose argument or result is `y`: 1 where `y` is positive, `slope` elsewhere.
pub fn leaky_slope<B: Backend>(y: FloatTensor<B>, slope: f64) -> FloatTensor<B> {
    let above = B::float_clamp(B::float_sign(y), 0.0.into(), 1.0.into());
    B::float_add_scalar(B::float_mul_scalar(above, (1.0 - slope).into()), slope.into())
}

/// `[c]` → `[1, c, 1, 1]`, which broadcasts over images `[n, c, h, w]`.
pub fn per_channel<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let c = x.shape()[0];
    B::float_reshape(x, Shape::new([1, c, 1, 1]))
}
