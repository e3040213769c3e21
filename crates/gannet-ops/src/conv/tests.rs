//! The three maps against plain f64 loops, and their gradients against each other.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::kernel::{self, Shape};
use super::*;
use crate::random::Stream;

/// `[n, i, o, k, height, width, stride, padding]`: the networks' shapes and the awkward ones.
const CASES: &[[usize; 8]] = &[
    [2, 3, 4, 4, 8, 8, 2, 1],
    [9, 2, 3, 4, 4, 4, 1, 0],
    [5, 1, 2, 4, 1, 1, 1, 0],
    [3, 2, 2, 1, 5, 7, 1, 0],
    [2, 2, 3, 3, 5, 6, 2, 1],
    [1, 3, 2, 5, 9, 4, 3, 2],
    [17, 1, 1, 2, 7, 5, 3, 0],
    [2, 2, 2, 3, 2, 3, 1, 2],
    [4, 6, 5, 7, 7, 7, 1, 0],
];

fn shape([n, i, o, k, height, width, stride, padding]: [usize; 8]) -> Option<Shape> {
    let window = Window { stride, padding };
    let fits = height + 2 * padding >= k && width + 2 * padding >= k;
    let out = [window.output(height, k), window.output(width, k)];
    fits.then_some(Shape { n, i, o, k, image: [height, width], out, window })
}

fn values(count: usize, seed: u64) -> Vec<f64> {
    Stream::new(seed, "conv", 0).normals(count).into_iter().map(f64::from).collect()
}

/// Calls `f(image, weight, out)` with the three indices of every product in the convolution.
fn each_product(s: &Shape, mut f: impl FnMut(usize, usize, usize)) {
    let Window { stride, padding } = s.window;
    for n in 0..s.n {
        for o in 0..s.o {
            for i in 0..s.i {
                for (oy, ox) in (0..s.out[0]).flat_map(|y| (0..s.out[1]).map(move |x| (y, x))) {
                    for (ky, kx) in (0..s.k).flat_map(|y| (0..s.k).map(move |x| (y, x))) {
                        let (y, x) =
                            ((oy * stride + ky).wrapping_sub(padding), (ox * stride + kx).wrapping_sub(padding));
                        if y < s.image[0] && x < s.image[1] {
                            let image = ((n * s.i + i) * s.image[0] + y) * s.image[1] + x;
                            let weight = ((o * s.i + i) * s.k + ky) * s.k + kx;
                            f(image, weight, ((n * s.o + o) * s.out[0] + oy) * s.out[1] + ox);
                        }
                    }
                }
            }
        }
    }
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-10, "{what}: {found} instead of {expected}");
    }
}

#[test]
fn the_maps_equal_plain_loops() {
    for case in CASES {
        let Some(s) = shape(*case) else { continue };
        let x = values(s.n * s.i * s.image[0] * s.image[1], 1);
        let weight = values(s.o * s.i * s.k * s.k, 2);
        let y = values(s.n * s.o * s.out[0] * s.out[1], 3);
        let (mut forward, mut image, mut kernel) = (vec![0.0; y.len()], vec![0.0; x.len()], vec![0.0; weight.len()]);
        each_product(&s, |xi, wi, yi| {
            forward[yi] += x[xi] * weight[wi];
            image[xi] += y[yi] * weight[wi];
            kernel[wi] += x[xi] * y[yi];
        });
        assert_close(&kernel::forward(&s, &x, &weight), &forward, &format!("forward {case:?}"));
        assert_close(&kernel::image_adjoint(&s, &y, &weight), &image, &format!("image adjoint {case:?}"));
        assert_close(&kernel::weight_adjoint(&s, &x, &y), &kernel, &format!("weight adjoint {case:?}"));
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let s = shape([23, 8, 16, 4, 16, 16, 2, 1]).unwrap();
    let single = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<_>>();
    let x = single(values(s.n * s.i * 256, 1));
    let weight = single(values(s.o * s.i * 16, 2));
    let y = single(values(s.n * s.o * 64, 3));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            (
                kernel::forward(&s, &x, &weight),
                kernel::image_adjoint(&s, &y, &weight),
                kernel::weight_adjoint(&s, &x, &y),
            )
        })
    };
    let one = run(1);
    for threads in [2, 3, 5] {
        assert!(one == run(threads), "{threads} threads differ from one");
    }
}

fn tensor(shape: [usize; 4], seed: u64, device: &Device) -> Tensor<4> {
    let data = TensorData::new(values(shape.iter().product(), seed), shape);
    Tensor::from_data(data, (device, DType::F64))
}

/// Gradients of `Σ r·f(x, w)` against central differences in f64.
fn check_gradients(f: fn(Tensor<4>, Tensor<4>) -> Tensor<4>, x: [usize; 4], weight: [usize; 4]) {
    let device = crate::device::device("cpu").unwrap();
    let trained = device.clone().autodiff();
    let (x, weight) = (tensor(x, 1, &trained).require_grad(), tensor(weight, 2, &trained).require_grad());
    let y = f(x.clone(), weight.clone());
    let r = tensor(y.dims(), 3, &device);
    let grads = (y * Tensor::from_inner(r.clone())).sum().backward();
    let value = |x: Tensor<4>, w: Tensor<4>| (f(x, w) * r.clone()).sum().into_data().iter::<f64>().next().unwrap();
    let (x0, w0) = (x.clone().inner(), weight.clone().inner());
    for (leaf, at, of_x) in [(x, x0.clone(), true), (weight, w0.clone(), false)] {
        let gradient: Vec<f64> = leaf.grad(&grads).unwrap().into_data().iter::<f64>().collect();
        for (index, gradient) in gradient.iter().enumerate().step_by(7) {
            let moved = |by: f64| {
                let mut data: Vec<f64> = at.to_data().iter::<f64>().collect();
                data[index] += by;
                let moved = Tensor::from_data(TensorData::new(data, at.dims()), (&device, DType::F64));
                if of_x { value(moved, w0.clone()) } else { value(x0.clone(), moved) }
            };
            let difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
            assert!((gradient - difference).abs() < 1e-6, "{gradient} instead of {difference}");
        }
    }
}

#[test]
fn gradients_equal_central_differences() {
    let window = Window { stride: 2, padding: 1 };
    check_gradients(move |x, w| conv2d(x, w, Window { stride: 2, padding: 1 }), [3, 2, 6, 5], [4, 2, 3, 3]);
    check_gradients(move |x, w| conv_transpose2d(x, w, Window { stride: 2, padding: 1 }), [3, 4, 3, 2], [4, 2, 4, 4]);
    assert_eq!(window.transposed_output(3, 4), 6);
}
