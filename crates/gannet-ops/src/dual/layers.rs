//! The layers of a network on dual tensors: each applies an operation of this crate to the value, and its derivative to
//! the tangent.

use burn::tensor::Tensor;

use super::arithmetic::mean;
use super::number::Dual;
use crate::activation::{self, leaky_tangent};
use crate::conv::{self, Window};
use crate::norm::{self, BatchStatistics};
use crate::reflect;
use crate::resample2x::{self, Blur};

/// [`activation::leaky_relu`] of a dual tensor.
pub fn leaky_relu<const D: usize>(x: Dual<D>, slope: f64) -> Dual<D> {
    x.map(|x| activation::leaky_relu(x, slope), |y, tangent| leaky_tangent(y, tangent, slope))
}

/// [`activation::bias_leaky_relu`] of a dual tensor.
pub fn bias_leaky_relu(x: Dual<4>, bias: Tensor<1>, slope: f64) -> Dual<4> {
    let tangent = |y, tangent| if slope == 1.0 { tangent } else { leaky_tangent(y, tangent, slope) };
    x.map(|x| activation::bias_leaky_relu(x, bias, slope), tangent)
}

/// [`activation::tanh`] of a dual tensor.
pub fn tanh<const D: usize>(x: Dual<D>) -> Dual<D> {
    x.map(activation::tanh, |y, tangent| tangent.clone() - tangent * y.clone() * y)
}

/// [`norm::batch_norm`] of a dual tensor; the tangent includes the change of the batch's statistics.
pub fn batch_norm(
    x: Dual<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
) -> (Dual<4>, BatchStatistics) {
    let (y, statistics) = norm::batch_norm(x.value.clone(), gamma.clone(), beta, epsilon, slope);
    let tangent = x.tangent.map(|tangent| {
        let tangent = norm::batch_norm_tangent(x.value, tangent, statistics.clone(), gamma, epsilon);
        if slope == 1.0 { tangent } else { leaky_tangent(y.clone(), tangent, slope) }
    });
    (Dual { value: y, tangent }, statistics)
}

/// [`norm::fixed_norm`] of a dual tensor.
pub fn fixed_norm(
    x: Dual<4>,
    statistics: BatchStatistics,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
) -> Dual<4> {
    let scale = gamma.clone() * (statistics.variance.clone() + epsilon).sqrt().recip();
    let tangent = |y, tangent| leaky_tangent(y, tangent * per_channel(scale), slope);
    x.map(|x| norm::fixed_norm(x, statistics, gamma, beta, epsilon, slope), tangent)
}

/// `(x − mean) / √(var + epsilon)`, with the mean and the biased variance over the axes `dims`. The gradient flows
/// through both.
pub fn standardize<const D: usize>(x: Dual<D>, dims: &[usize], epsilon: f64) -> Dual<D> {
    match x.tangent {
        Some(tangent) => {
            let (value, tangent) = standardized(x.value, tangent, dims, epsilon);
            Dual::new(value, tangent)
        }
        None => {
            let x = centered(x.value, dims);
            let rstd = (mean(x.clone() * x.clone(), dims) + epsilon).sqrt().recip();
            Dual::constant(x * rstd)
        }
    }
}

/// x̂ and its tangent `rstd · (ẋ − mean ẋ − x̂ · mean(x̂ · ẋ))`, composed of differentiable operations.
fn standardized<const D: usize>(
    x: Tensor<D>,
    tangent: Tensor<D>,
    dims: &[usize],
    epsilon: f64,
) -> (Tensor<D>, Tensor<D>) {
    let x = centered(x, dims);
    let rstd = (mean(x.clone() * x.clone(), dims) + epsilon).sqrt().recip();
    let hat = x * rstd.clone();
    let along = hat.clone() * mean(hat.clone() * tangent.clone(), dims);
    (hat, (centered(tangent, dims) - along) * rstd)
}

/// `x − mean`, with the mean over the axes `dims`.
fn centered<const D: usize>(x: Tensor<D>, dims: &[usize]) -> Tensor<D> {
    x.clone() - mean(x, dims)
}

/// `[c]` → `[1, c, 1, 1]`.
fn per_channel(x: Tensor<1>) -> Tensor<4> {
    let [c] = x.dims();
    x.reshape([1, c, 1, 1])
}

/// [`conv::conv2d`] of a dual tensor.
pub fn conv2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv2d(x, weight.clone(), window))
}

/// [`conv::conv_transpose2d`] of a dual tensor.
pub fn conv_transpose2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv_transpose2d(x, weight.clone(), window))
}

/// [`conv::conv_transpose2d_with_output_padding`] of a dual tensor.
pub fn conv_transpose2d_with_output_padding(
    x: Dual<4>,
    weight: Tensor<4>,
    window: Window,
    output_padding: usize,
) -> Dual<4> {
    x.linear(|x| conv::conv_transpose2d_with_output_padding(x, weight.clone(), window, output_padding))
}

/// [`reflect::reflect`] of a dual tensor.
pub fn reflect(x: Dual<4>, pixels: usize) -> Dual<4> {
    x.linear(|x| reflect::reflect(x, pixels))
}

/// [`norm::instance_norm`] of a dual tensor.
pub fn instance_norm(x: Dual<4>, epsilon: f64, slope: f64) -> Dual<4> {
    let [n, c, ..] = x.dims();
    let Dual { value, tangent: Some(tangent) } = x else {
        return Dual::constant(norm::instance_norm(x.value, epsilon, slope));
    };
    // Instance norm of one image is batch norm of a batch of one, which handles tangents.
    let ones = Tensor::<1>::ones([c], (&value.device(), value.dtype()));
    let of = |at: usize| {
        let [value, tangent] = [&value, &tangent].map(|x| x.clone().narrow(0, at, 1));
        batch_norm(Dual::new(value, tangent), ones.clone(), ones.zeros_like(), epsilon, slope).0
    };
    let all: Vec<Dual<4>> = (0..n).map(of).collect();
    let (values, tangents): (Vec<_>, Vec<_>) = all.into_iter().map(|image| (image.value, image.tangent)).unzip();
    Dual { value: Tensor::cat(values, 0), tangent: Some(Tensor::cat(tangents.into_iter().flatten().collect(), 0)) }
}

/// [`resample2x::upsample2x`] of a dual tensor.
pub fn upsample2x(x: Dual<4>, blur: Blur) -> Dual<4> {
    x.linear(|x| resample2x::upsample2x(x, blur))
}

/// [`resample2x::downsample2x`] of a dual tensor.
pub fn downsample2x(x: Dual<4>, blur: Blur) -> Dual<4> {
    x.linear(|x| resample2x::downsample2x(x, blur))
}
