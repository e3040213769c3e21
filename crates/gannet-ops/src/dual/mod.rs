//! Dual numbers: a value, and the tangent along which it moves; the operations of a network's layers on them.
//!
//! The framework differentiates once. A penalty on a gradient needs the parameters' gradient of an image's gradient; it
//! is had exactly by carrying a tangent through the forward pass and differentiating that: Pearlmutter 1994, "Fast Exact
//! Multiplication by the Hessian", Neural Computation 6(1).

mod arithmetic;

pub use arithmetic::Shared;

use burn::tensor::Tensor;

use crate::activation::{self, leaky_tangent};
use crate::conv::{self, Window};
use crate::norm::{self, BatchStatistics};
use crate::reflect;
use crate::resample2x::{self, Blur};

/// A tensor and its derivative along one direction; no tangent is a tangent of zeros.
#[derive(Debug, Clone)]
pub struct Dual<const D: usize> {
    /// The value.
    pub value: Tensor<D>,
    /// Of the value's shape.
    pub tangent: Option<Tensor<D>>,
}

impl<const D: usize> Dual<D> {
    /// A value that moves along `tangent`.
    pub fn new(value: Tensor<D>, tangent: Tensor<D>) -> Self {
        Self { value, tangent: Some(tangent) }
    }

    /// A value that stands still.
    pub fn constant(value: Tensor<D>) -> Self {
        Self { value, tangent: None }
    }

    /// The shape of the value.
    pub fn dims(&self) -> [usize; D] {
        self.value.dims()
    }

    /// A linear map, which acts on the tangent as on the value.
    pub fn linear<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Dual<E> {
        Dual { value: map(self.value), tangent: self.tangent.map(map) }
    }

    /// The same values in another shape.
    pub fn reshape<const E: usize>(self, shape: [usize; E]) -> Dual<E> {
        self.linear(|x| x.reshape(shape))
    }

    /// `f(value)`, and `df(f(value), tangent)` where there is a tangent.
    fn map(self, f: impl FnOnce(Tensor<D>) -> Tensor<D>, df: impl FnOnce(Tensor<D>, Tensor<D>) -> Tensor<D>) -> Self {
        let value = f(self.value);
        let tangent = self.tangent.map(|tangent| df(value.clone(), tangent));
        Self { value, tangent }
    }
}

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

/// [`norm::batch_norm`] of a dual image. What moves moves its batch's statistics with it.
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

/// [`norm::fixed_norm`] of a dual image.
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

/// `(x − mean) / √(var + epsilon)` with mean and biased variance over the axes `dims`.
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

/// x̂ and its tangent `rstd · (ẋ − mean ẋ − x̂ · mean(x̂ · ẋ))`, of operations that are all tracked.
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

fn centered<const D: usize>(x: Tensor<D>, dims: &[usize]) -> Tensor<D> {
    x.clone() - mean(x, dims)
}

/// The mean over some axes, which become 1 long.
fn mean<const D: usize>(x: Tensor<D>, dims: &[usize]) -> Tensor<D> {
    dims.iter().fold(x, |x, dim| x.mean_dim(*dim))
}

/// `[c]` → `[1, c, 1, 1]`.
fn per_channel(x: Tensor<1>) -> Tensor<4> {
    let [c] = x.dims();
    x.reshape([1, c, 1, 1])
}

/// [`conv::conv2d`] of a dual image.
pub fn conv2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv2d(x, weight.clone(), window))
}

/// [`conv::conv_transpose2d`] of a dual image.
pub fn conv_transpose2d(x: Dual<4>, weight: Tensor<4>, window: Window) -> Dual<4> {
    x.linear(|x| conv::conv_transpose2d(x, weight.clone(), window))
}

/// [`conv::conv_transpose2d_with_output_padding`] of a dual image.
pub fn conv_transpose2d_with_output_padding(
    x: Dual<4>,
    weight: Tensor<4>,
    window: Window,
    output_padding: usize,
) -> Dual<4> {
    x.linear(|x| conv::conv_transpose2d_with_output_padding(x, weight.clone(), window, output_padding))
}

/// [`reflect::reflect`] of a dual image.
pub fn reflect(x: Dual<4>, pixels: usize) -> Dual<4> {
    x.linear(|x| reflect::reflect(x, pixels))
}

/// [`norm::instance_norm`] of a dual image.
pub fn instance_norm(x: Dual<4>, epsilon: f64, slope: f64) -> Dual<4> {
    let [n, c, ..] = x.dims();
    let Dual { value, tangent: Some(tangent) } = x else {
        return Dual::constant(norm::instance_norm(x.value, epsilon, slope));
    };
    // An image by itself is a batch of one, whose norm knows of tangents.
    let ones = Tensor::<1>::ones([c], (&value.device(), value.dtype()));
    let of = |at: usize| {
        let [value, tangent] = [&value, &tangent].map(|x| x.clone().narrow(0, at, 1));
        batch_norm(Dual::new(value, tangent), ones.clone(), ones.zeros_like(), epsilon, slope).0
    };
    let all: Vec<Dual<4>> = (0..n).map(of).collect();
    let (values, tangents): (Vec<_>, Vec<_>) = all.into_iter().map(|image| (image.value, image.tangent)).unzip();
    Dual { value: Tensor::cat(values, 0), tangent: Some(Tensor::cat(tangents.into_iter().flatten().collect(), 0)) }
}

/// [`resample2x::upsample2x`] of a dual image.
pub fn upsample2x(x: Dual<4>, blur: Blur) -> Dual<4> {
    x.linear(|x| resample2x::upsample2x(x, blur))
}

/// [`resample2x::downsample2x`] of a dual image.
pub fn downsample2x(x: Dual<4>, blur: Blur) -> Dual<4> {
    x.linear(|x| resample2x::downsample2x(x, blur))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::random::Stream;

    const WINDOW: Window = Window { stride: 2, padding: [1; 2], dilation: 1, groups: 1 };

    fn random(shape: [usize; 4], name: &str) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), DType::F64))
    }

    fn channels(name: &str) -> Tensor<1> {
        random([5, 1, 1, 1], name).reshape([5])
    }

    fn sum(x: Tensor<4>) -> f64 {
        x.sum().into_scalar()
    }

    /// `Σ f(x)²` along `v`, as its derivative there and as a central difference.
    fn check(f: impl Fn(Dual<4>) -> Dual<4>, x: &Tensor<4>, v: &Tensor<4>) {
        let Dual { value, tangent } = f(Dual::new(x.clone(), v.clone()));
        let slope = sum(value * tangent.expect("a moving image moves its result") * 2.0);
        let at = |by: f64| {
            let y = f(Dual::constant(x.clone() + v.clone() * by));
            assert!(y.tangent.is_none());
            sum(y.value.clone() * y.value)
        };
        let difference = (at(1e-4) - at(-1e-4)) / 2e-4;
        assert!((slope - difference).abs() <= 1e-6 * slope.abs(), "{slope} instead of {difference}");
    }

    #[test]
    fn tangents_equal_central_differences() {
        let weight = random([5, 3, 4, 4], "weight");
        let (x, v) = (random([2, 3, 8, 6], "x"), random([2, 3, 8, 6], "v"));
        check(|x| conv2d(x, weight.clone(), WINDOW), &x, &v);
        let (y, v) = (random([2, 5, 4, 3], "y"), random([2, 5, 4, 3], "u"));
        check(|y| conv_transpose2d(y, weight.clone(), WINDOW), &y, &v);
        let ([gamma, beta, mean], variance) =
            (["gamma", "beta", "mean"].map(channels), channels("mean").powi_scalar(2));
        check(|y| leaky_relu(y, 0.2), &y, &v);
        check(|y| bias_leaky_relu(y, beta.clone(), 0.2), &y, &v);
        check(tanh, &y, &v);
        check(|y| batch_norm(y, gamma.clone(), beta.clone(), 1e-5, 0.2).0, &y, &v);
        let statistics = BatchStatistics { mean, variance };
        check(|y| fixed_norm(y, statistics.clone(), gamma.clone(), beta.clone(), 1e-5, 0.2), &y, &v);
        check(|y| standardize(y, &[1, 2], 1e-5), &y, &v);
        check(|y| instance_norm(y, 1e-5, 0.2), &y, &v);
        check(|y| reflect(y, 2), &y, &v);
        check(|y| y.clone() * y.clone().square().mean(&[1]).rsqrt(0.1) * 3.0, &y, &v);
        check(|y| (y.clone() - y.clone().mean(&[0])).square().mean(&[0]).sqrt(0.1) + y.abs(), &y, &v);
        check(|y| Dual::constant(y.value.ones_like()).cat(y.clone().narrow(1, 1, 2).cat(y.square(), 1), 1), &y, &v);
        check(
            |y| (Dual::constant(y.value.ones_like()) - y.clone()) * y + Dual::constant(random([2, 5, 4, 3], "u")),
            &y,
            &v,
        );
    }

    /// Half the squared norm of the gradient of `Σ (x ∗ w)² / 2` in x, differentiated in w: second order, exactly.
    #[test]
    fn a_penalty_on_a_gradient_has_its_gradient() {
        let (x, w) = (random([2, 3, 8, 6], "x"), random([5, 3, 4, 4], "weight"));
        let gradient = |w: Tensor<4>| {
            let y = conv::conv2d(x.clone(), w.clone(), WINDOW);
            conv::conv_transpose2d(y, w, WINDOW)
        };
        let leaf = Tensor::from_inner(w.clone()).require_grad();
        let v = Tensor::from_inner(gradient(w.clone()));
        let y = conv2d(Dual::new(Tensor::from_inner(x.clone()), v), leaf.clone(), WINDOW);
        let slopes = leaf.grad(&(y.value * y.tangent.expect("moves")).sum().backward()).expect("w is tracked");
        let direction = random([5, 3, 4, 4], "direction");
        let penalty = |by: f64| {
            let g = gradient(w.clone() + direction.clone() * by);
            sum(g.clone() * g) / 2.0
        };
        let difference = (penalty(1e-4) - penalty(-1e-4)) / 2e-4;
        let slope = sum(slopes * direction.clone());
        assert!((slope - difference).abs() <= 1e-6 * slope.abs(), "{slope} instead of {difference}");
    }
}
