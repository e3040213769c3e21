//! Kernels by themselves: `cargo bench -p gannet-bench`.

use burn::tensor::{Device, Tensor, TensorData};
use divan::Bencher;
use gannet_ops::activation::{bias_leaky_relu, tanh};
use gannet_ops::adam::{AdamStep, adam};
use gannet_ops::conv::{Window, conv_transpose2d, conv2d};
use gannet_ops::norm::batch_norm;
use gannet_ops::random::Stream;

/// Channels of the image, channels of the result, and side of the image, as in DCGAN of 64 pixels and width 32, batch 64.
const SHAPES: [[usize; 3]; 4] = [[1, 32, 64], [32, 64, 32], [64, 128, 16], [128, 256, 8]];
const BATCH: usize = 64;
const WINDOW: Window = Window { stride: 2, padding: [1; 2], dilation: 1, groups: 1 };

fn main() {
    divan::main();
}

fn normals<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let values = Stream::new(0, "bench", 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

#[divan::bench(args = SHAPES)]
fn convolution(bencher: Bencher, [c, o, side]: [usize; 3]) {
    let (x, weight) = (normals([BATCH, c, side, side]), normals([o, c, 4, 4]));
    bencher.bench_local(|| conv2d(x.clone(), weight.clone(), WINDOW));
}

#[divan::bench(args = SHAPES)]
fn transposed_convolution(bencher: Bencher, [c, o, side]: [usize; 3]) {
    let (y, weight) = (normals([BATCH, o, side / 2, side / 2]), normals([o, c, 4, 4]));
    bencher.bench_local(|| conv_transpose2d(y.clone(), weight.clone(), WINDOW));
}

/// The forward map and the adjoint in the weight.
#[divan::bench(args = SHAPES)]
fn convolution_with_the_weights_gradient(bencher: Bencher, [c, o, side]: [usize; 3]) {
    let (x, weight) = (normals([BATCH, c, side, side]), normals([o, c, 4, 4]));
    bencher.bench_local(|| {
        let weight = Tensor::<4>::from_inner(weight.clone()).require_grad();
        conv2d(Tensor::from_inner(x.clone()), weight, WINDOW).sum().backward()
    });
}

#[divan::bench(args = SHAPES)]
fn batch_norm_and_rectifier(bencher: Bencher, [_, o, side]: [usize; 3]) {
    let (x, channels) = (normals([BATCH, o, side / 2, side / 2]), normals([o]));
    bencher.bench_local(|| batch_norm(x.clone(), channels.clone(), channels.clone(), 1e-5, 0.2));
}

#[divan::bench(args = SHAPES)]
fn bias_and_rectifier(bencher: Bencher, [_, o, side]: [usize; 3]) {
    let (x, bias) = (normals([BATCH, o, side / 2, side / 2]), normals([o]));
    bencher.bench_local(|| bias_leaky_relu(x.clone(), bias.clone(), 0.2));
}

#[divan::bench]
fn hyperbolic_tangent(bencher: Bencher) {
    let x = normals([BATCH, 3, 64, 64]);
    bencher.bench_local(|| tanh(x.clone()));
}

#[divan::bench]
fn adam_update(bencher: Bencher) {
    let all = [0, 1, 2, 3].map(|_| normals([1 << 20]));
    let step = AdamStep::new(2e-4, 0.5, 0.999, 1e-8, 10);
    bencher.bench_local(|| {
        let [value, gradient, m, v] = all.clone();
        adam(value, gradient, [m, v], step)
    });
}
