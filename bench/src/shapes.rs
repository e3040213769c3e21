//! Each convolution of DCGAN by itself: the algorithm that runs, and the rate of its three maps.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::conv::{Window, algorithm, conv_transpose2d, conv2d};
use gannet_ops::random::Stream;

use crate::{Error, median};

const STRIDED: Window = Window { stride: 2, padding: 1, dilation: 1, groups: 1 };
const WHOLE: Window = Window { stride: 1, padding: 0, dilation: 1, groups: 1 };
const BATCH: usize = 64;
const RUNS: usize = 15;

/// `(channels, channels of the result, kernel, side of the image, window)`.
type Case = (usize, usize, usize, usize, Window);

/// DCGAN-64 of width 64: image to features, down to 4 × 4, and to the logit.
const CASES: &[Case] = &[
    (3, 64, 4, 64, STRIDED),
    (64, 128, 4, 32, STRIDED),
    (128, 256, 4, 16, STRIDED),
    (256, 512, 4, 8, STRIDED),
    (512, 1, 4, 4, WHOLE),
    (32, 64, 4, 32, STRIDED),
    (64, 128, 4, 16, STRIDED),
    (128, 256, 4, 8, STRIDED),
    (1, 32, 4, 32, STRIDED),
];

/// Prints a Markdown table. A rate is of the products that the definition has, however many were made.
pub fn print(device: &Device) -> Result<(), Error> {
    let peak = product(device)?;
    println!("A matrix product of 2048³: {peak:.0} GFLOP/s.\n");
    println!("| convolution (batch {BATCH}) | algorithm | forward | image's adjoint | weight's adjoint |");
    println!("| --- | --- | ---: | ---: | ---: |");
    for case @ (c, o, k, side, window) in CASES {
        let out = [window.output(*side, *k); 2];
        let chosen = algorithm([*o, *c, *k, *k], *window, out, BATCH);
        let rates = rates(case, device)?.map(|rate| format!("{rate:.0} ({:.0} %)", 100.0 * rate / peak));
        let [forward, image, weight] = rates;
        let name = format!("{c} → {o}, {k} × {k} / {}, {side} px", window.stride);
        println!("| {name} | {chosen:?} | {forward} | {image} | {weight} |");
    }
    Ok(())
}

/// GFLOP/s of a large matrix product.
fn product(device: &Device) -> Result<f64, Error> {
    let (x, weight) = (normals([2048, 2048, 1, 1], device), normals([2048, 2048, 1, 1], device));
    let seconds = seconds(device, || drop(conv2d(x.clone(), weight.clone(), WHOLE)))?;
    Ok(2.0 * 2048_f64.powi(3) / seconds / 1e9)
}

/// GFLOP/s of the forward map, the adjoint in the image and the adjoint in the weight.
fn rates(&(c, o, k, side, window): &Case, device: &Device) -> Result<[f64; 3], Error> {
    let out = window.output(side, k);
    let work = 2.0 * (BATCH * o * c * k * k * out * out) as f64 / 1e9;
    let x = normals([BATCH, c, side, side], device);
    let y = normals([BATCH, o, out, out], device);
    let weight = normals([o, c, k, k], device);
    let forward = seconds(device, || drop(conv2d(x.clone(), weight.clone(), window)))?;
    let image = seconds(device, || drop(conv_transpose2d(y.clone(), weight.clone(), window)))?;
    // The weight's adjoint is the backward pass of a convolution in which only the weight is tracked.
    let both = seconds(device, || {
        let weight = Tensor::<4>::from_inner(weight.clone()).require_grad();
        let result = conv2d(Tensor::from_inner(x.clone()), weight, window);
        drop((result * Tensor::from_inner(y.clone())).sum().backward());
    })?;
    let rest = seconds(device, || {
        let result = Tensor::<4>::from_inner(y.clone()).require_grad();
        drop((result * Tensor::from_inner(y.clone())).sum().backward());
    })?;
    Ok([forward, image, (both - rest - forward).max(1e-9)].map(|seconds| work / seconds))
}

fn normals(shape: [usize; 4], device: &Device) -> Tensor<4> {
    let values = Stream::new(0, "shapes", 0).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Median seconds of some runs, after one that does not count.
fn seconds(device: &Device, mut f: impl FnMut()) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let start = Instant::now();
        f();
        device.sync()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(median(&times[1..]))
}
