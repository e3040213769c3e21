//! Tangents against central differences, in f64.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::*;
use crate::conv::{self, Window};
use crate::norm::BatchStatistics;
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

/// The derivative of `Σ f(x)²` along `v`: from the tangent, and as a central difference.
fn check(f: impl Fn(Dual<4>) -> Dual<4>, x: &Tensor<4>, v: &Tensor<4>) {
    let Dual { value, tangent } = f(Dual::new(x.clone(), v.clone()));
    let slope = sum(value * tangent.expect("a tangent in gives a tangent out") * 2.0);
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
    let ([gamma, beta, mean], variance) = (["gamma", "beta", "mean"].map(channels), channels("mean").powi_scalar(2));
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

/// Second order: half the squared norm of the gradient of `Σ (x ∗ w)² / 2` in x, differentiated in w.
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
    let slopes = leaf.grad(&(y.value * y.tangent.expect("a tangent")).sum().backward()).expect("w is tracked");
    let direction = random([5, 3, 4, 4], "direction");
    let penalty = |by: f64| {
        let g = gradient(w.clone() + direction.clone() * by);
        sum(g.clone() * g) / 2.0
    };
    let difference = (penalty(1e-4) - penalty(-1e-4)) / 2e-4;
    let slope = sum(slopes * direction.clone());
    assert!((slope - difference).abs() <= 1e-6 * slope.abs(), "{slope} instead of {difference}");
}
