//! Values and gradients of the fused kernels against the formula composed of Burn's operations, in f64.

use burn::tensor::activation::leaky_relu;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::*;
use crate::random::Stream;

const EPSILON: f64 = 1e-5;

fn random<const D: usize>(shape: [usize; D], name: &str) -> Tensor<D> {
    let values: Vec<f64> = Stream::new(0, name, 0).normals(shape.iter().product()).into_iter().map(f64::from).collect();
    let device = Device::flex().autodiff();
    Tensor::from_data(TensorData::new(values, shape), (&device, DType::F64)).require_grad()
}

fn composed(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>) -> Tensor<4> {
    let c = x.dims()[1];
    let wide = |t: Tensor<1>| t.reshape([1, c, 1, 1]);
    let centered = x.clone() - x.mean_dim(0).mean_dim(2).mean_dim(3);
    let variance = (centered.clone() * centered.clone()).mean_dim(0).mean_dim(2).mean_dim(3);
    centered / (variance + EPSILON).sqrt() * wide(gamma) + wide(beta)
}

fn close<const D: usize>(found: Tensor<D>, expected: Tensor<D>, what: &str) {
    let error: f64 = (found - expected).abs().max().into_scalar();
    assert!(error < 1e-10, "{what} differs by {error}");
}

#[test]
fn values_and_gradients_equal_the_composed_ones() {
    for shape in [[4, 3, 5, 7], [2, 1, 1, 1], [3, 2, 6, 8], [9, 5, 1, 4]] {
        let (x, gamma, beta) =
            (random(shape, "x") * 3.0 + 5.0, random([shape[1]], "gamma"), random([shape[1]], "beta"));
        let weights = random(shape, "weights").detach();
        let leaves = [x.clone().detach().require_grad()];
        let [x] = leaves;
        let slope = 0.25;
        let (fused, statistics) = batch_norm(x.clone(), gamma.clone(), beta.clone(), EPSILON, slope);
        let plain = leaky_relu(composed(x.clone(), gamma.clone(), beta.clone()), slope);
        close(fused.clone(), plain.clone(), "the value");
        let count = (shape[0] * shape[2] * shape[3]) as f64;
        let mean = x.clone().sum_dim(0).sum_dim(2).sum_dim(3).reshape([shape[1]]) / count;
        close(statistics.mean, mean, "the mean");
        let (fused, plain) = ((fused * weights.clone()).sum().backward(), (plain * weights).sum().backward());
        close(x.grad(&fused).unwrap(), x.grad(&plain).unwrap(), "the image's gradient");
        close(gamma.grad(&fused).unwrap(), gamma.grad(&plain).unwrap(), "gamma's gradient");
        close(beta.grad(&fused).unwrap(), beta.grad(&plain).unwrap(), "beta's gradient");
    }
}

#[test]
fn fixed_statistics_are_constants() {
    let shape = [3, 18, 2, 5];
    let [x, gamma, beta] = [random(shape, "x").reshape([-1]), random([18], "gamma"), random([18], "beta")];
    let x = x.detach().reshape(shape).require_grad();
    let (mean, variance) = (random([18], "mean").detach(), random([18], "variance").detach().abs() + 0.5);
    let wide = |t: Tensor<1>| t.reshape([1, 18, 1, 1]);
    let hat = (x.clone() - wide(mean.clone())) / (wide(variance.clone()) + EPSILON).sqrt();
    let plain = leaky_relu(hat * wide(gamma.clone()) + wide(beta.clone()), 0.1);
    let statistics = BatchStatistics { mean, variance };
    let fused = fixed_norm(x.clone(), statistics, gamma.clone(), beta.clone(), EPSILON, 0.1);
    close(fused.clone(), plain.clone(), "the value");
    let weights = random(shape, "weights").detach();
    let (fused, plain) = ((fused * weights.clone()).sum().backward(), (plain * weights).sum().backward());
    close(x.grad(&fused).unwrap(), x.grad(&plain).unwrap(), "the image's gradient");
    close(gamma.grad(&fused).unwrap(), gamma.grad(&plain).unwrap(), "gamma's gradient");
    close(beta.grad(&fused).unwrap(), beta.grad(&plain).unwrap(), "beta's gradient");
}

#[test]
fn statistics_are_right_far_from_zero() {
    let values: Vec<f32> = Stream::new(1, "far", 0).normals(4096).into_iter().map(|v| 1000.0 + v).collect();
    let exact: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    let mean = exact.iter().sum::<f64>() / 4096.0;
    let variance = exact.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4096.0;
    let x = Tensor::<4>::from_data(TensorData::new(values, [4, 1, 32, 32]), &Device::flex());
    let one = |value: f32| Tensor::<1>::from_data(TensorData::from([value]), &Device::flex());
    let (_, statistics) = batch_norm(x, one(1.0), one(0.0), EPSILON, 1.0);
    let found: f32 = statistics.variance.into_scalar();
    assert!((f64::from(found) - variance).abs() < 1e-4, "{found} instead of {variance}");
}
