//! The three maps against plain f64 loops over many shapes, and their gradients against central differences.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::shape::Shape;
use super::*;
use crate::precision::{Precision, with_precision};
use crate::random::Stream;

/// Rounding error allowed in a result, relative to the sum of the absolute values of its products.
const TOLERANCE: f64 = 1e-6;

fn shape(n: usize, [c, o]: [usize; 2], k: usize, image: [usize; 2], window: Window) -> Option<Shape> {
    oblong(n, [c, o], [k; 2], image, window)
}

fn oblong(n: usize, [c, o]: [usize; 2], k: [usize; 2], image: [usize; 2], window: Window) -> Option<Shape> {
    let fits = |axis: usize| image[axis] + 2 * window.padding[axis] > (k[axis] - 1) * window.dilation;
    let fits = fits(0) && fits(1);
    let out = window.output(image, k);
    fits.then_some(Shape { n, c, o, k, image, out, window, precision: Precision::F32 })
}

/// Shapes that exercise the edge cases, and `random` random ones.
fn shapes(random: usize) -> Vec<Shape> {
    let plain = Window::default();
    let fixed = [
        shape(2, [3, 4], 4, [8, 8], Window { stride: 2, padding: [1; 2], ..plain }),
        shape(70, [16, 40], 4, [4, 4], plain),
        shape(5, [33, 20], 1, [1, 1], plain),
        shape(3, [2, 2], 1, [5, 7], plain),
        shape(2, [2, 2], 1, [5, 7], Window { stride: 3, ..plain }),
        shape(4, [17, 35], 4, [10, 14], Window { stride: 2, padding: [1; 2], ..plain }),
        shape(2, [20, 18], 3, [9, 6], Window { padding: [1; 2], ..plain }),
        shape(1, [3, 5], 5, [9, 4], Window { stride: 3, padding: [2; 2], ..plain }),
        shape(17, [1, 1], 2, [7, 5], Window { stride: 3, ..plain }),
        shape(2, [2, 2], 3, [2, 3], Window { padding: [2; 2], ..plain }),
        shape(2, [6, 9], 3, [9, 8], Window { padding: [2; 2], dilation: 2, groups: 3, ..plain }),
        shape(3, [8, 8], 3, [7, 7], Window { padding: [1; 2], groups: 8, ..plain }),
        shape(4, [32, 48], 3, [8, 7], Window { padding: [1; 2], groups: 2, ..plain }),
        shape(4, [48, 48], 4, [10, 8], Window { padding: [1; 2], stride: 2, groups: 3, ..plain }),
        shape(1, [16, 16], 3, [150, 33], Window { padding: [1; 2], ..plain }),
        shape(1, [2, 3], 7, [150, 40], Window { padding: [3; 2], ..plain }),
        shape(90, [64, 70], 1, [1, 1], plain),
        shape(33, [784, 45], 1, [1, 1], plain),
        shape(600, [7, 600], 1, [1, 1], plain),
        shape(2, [70, 130], 3, [4, 4], Window { padding: [1; 2], ..plain }),
        oblong(2, [20, 24], [1, 7], [17, 17], Window { padding: [0, 3], ..plain }),
        oblong(2, [20, 24], [7, 1], [9, 11], Window { padding: [3, 0], ..plain }),
        shape(1, [16, 16], 4, [130, 66], Window { stride: 2, padding: [1; 2], ..plain }),
    ];
    let mut stream = Stream::new(0, "shapes", 0);
    let mut below = |end| stream.below(end);
    let drawn = std::iter::from_fn(|| {
        let groups = [1, 1, 1, 2, 3][below(5)];
        let channels = [groups * (1 + below(20)), groups * (1 + below(20))];
        let window = Window { stride: 1 + below(3), padding: [below(3), below(3)], dilation: 1 + below(5) / 4, groups };
        let kernel = [1 + below(5), 1 + below(5)];
        Some(oblong(1 + below(5), channels, kernel, [1 + below(13), 1 + below(13)], window))
    });
    let fixed: Vec<Shape> = fixed.into_iter().map(|shape| shape.expect("the window fits")).collect();
    fixed.into_iter().chain(drawn.flatten().take(random)).collect()
}

fn values(count: usize, seed: u64) -> Vec<f32> {
    Stream::new(seed, "conv", 0).normals(count)
}

/// Calls `f(image, weight, out)` with the indices of every product in the convolution; image and result have their channels
/// last.
fn each_product(s: &Shape, mut f: impl FnMut(usize, usize, usize)) {
    let (c, o) = (s.c / s.window.groups, s.o / s.window.groups);
    for (n, oy, ox) in grid([s.n, s.out[0], s.out[1]]) {
        for (ky, kx, i) in grid([s.k[0], s.k[1], c]) {
            let (Some(y), Some(x)) = (s.source(0, oy, ky), s.source(1, ox, kx)) else { continue };
            for output in 0..s.o {
                let image = ((n * s.image[0] + y) * s.image[1] + x) * s.c + output / o * c + i;
                let weight = ((output * c + i) * s.k[0] + ky) * s.k[1] + kx;
                f(image, weight, ((n * s.out[0] + oy) * s.out[1] + ox) * s.o + output);
            }
        }
    }
}

fn grid([a, b, c]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..c).map(move |k| (i, j, k))))
}

/// Sums of products, and of their absolute values.
struct Exact(Vec<[f64; 2]>);

impl Exact {
    fn new(count: usize) -> Self {
        Self(vec![[0.0; 2]; count])
    }

    fn add(&mut self, at: usize, a: f32, b: f32) {
        let product = f64::from(a) * f64::from(b);
        self.0[at] = [self.0[at][0] + product, self.0[at][1] + product.abs()];
    }

    fn assert_close(&self, found: &[f32], what: &str, s: &Shape) {
        assert_eq!(found.len(), self.0.len(), "{what} of {s:?}");
        for (found, [sum, size]) in found.iter().zip(&self.0) {
            let error = (f64::from(*found) - sum).abs();
            assert!(error <= TOLERANCE * size, "{what} of {s:?}: {found} instead of {sum}");
        }
    }
}

/// Whole numbers from −3 to 3, times `scale`.
fn whole_numbers(count: usize, seed: u64, scale: f32) -> Vec<f32> {
    let mut stream = Stream::new(seed, "whole", 0);
    (0..count).map(|_| (stream.below(7) as f32 - 3.0) * scale).collect()
}

#[test]
fn the_maps_equal_plain_loops() {
    for s in shapes(150) {
        check_maps(s, values(s.n * s.image_len(), 1), values(s.weight_len(), 2), values(s.n * s.out_len(), 3));
    }
}

/// In bfloat16 small whole numbers are exact, also in Winograd's transformed space, where weights are divided by 4.
#[test]
fn the_maps_of_small_whole_numbers_are_exact_in_bfloat16() {
    for s in shapes(150) {
        let s = Shape { precision: Precision::Bf16, ..s };
        let whole = |count, seed, scale| whole_numbers(count, seed, scale);
        check_maps(
            s,
            whole(s.n * s.image_len(), 1, 1.0),
            whole(s.weight_len(), 2, 4.0),
            whole(s.n * s.out_len(), 3, 1.0),
        );
    }
}

/// By patches, the only error is the rounding of both factors.
#[test]
fn factors_are_rounded_to_bfloat16() {
    let half = |value: &f32| f32::from_bits((value.to_bits() + 0x7fff + (value.to_bits() >> 16 & 1)) & 0xffff_0000);
    let window = Window { padding: [1; 2], stride: 2, ..Window::default() };
    for s in [shape(3, [5, 40], 3, [9, 8], window), shape(1, [33, 3], 5, [6, 7], window)].map(Option::unwrap) {
        let [x, w, y] = [(s.n * s.image_len(), 1), (s.weight_len(), 2), (s.n * s.out_len(), 3)]
            .map(|(count, seed)| values(count, seed));
        let [near_x, near_w, near_y] = [&x, &w, &y].map(|all| all.iter().map(half).collect::<Vec<f32>>());
        let (mut forward, mut image, mut weight) = (Exact::new(y.len()), Exact::new(x.len()), Exact::new(w.len()));
        each_product(&s, |xi, wi, yi| {
            forward.add(yi, near_x[xi], near_w[wi]);
            image.add(xi, near_y[yi], near_w[wi]);
            weight.add(wi, near_x[xi], near_y[yi]);
        });
        let s = Shape { precision: Precision::Bf16, ..s };
        forward.assert_close(&patches::forward(&s, &x, &patches::pack_forward(&s, &w)), "forward", &s);
        image.assert_close(&patches::image_adjoint(&s, &y, &patches::pack_backward(&s, &w)), "image adjoint", &s);
        weight.assert_close(&patches::weight_adjoint(&s, &x, &y), "weight adjoint", &s);
    }
}

/// The relative distance of values from others.
fn distance(found: &[f64], exact: &[f64]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let errors = found.iter().zip(exact).map(|(found, exact)| found - exact);
    (squares(&mut { errors }) / squares(&mut exact.iter().copied())).sqrt()
}

/// A convolution of tensors and both gradients of a sum of it: at this precision, on a thread of the CPU's.
fn maps_at(precision: Precision, dtype: DType, [c, o]: [usize; 2], side: usize, k: usize) -> [Vec<f64>; 3] {
    let device = crate::device::device("cpu").unwrap();
    let trained = device.clone().autodiff();
    let window = Window { padding: [k / 2; 2], ..Window::default() };
    let leaf =
        |shape, seed| Tensor::from_inner(tensor(shape, seed, &device).cast(dtype)).to_device(&trained).require_grad();
    let [x, w] = [leaf([12, c, side, side], 1), leaf([o, c, k, k], 2)];
    let r = Tensor::from_inner(tensor([12, o, side, side], 3, &device).cast(dtype));
    with_precision(precision, || {
        crate::device::on_worker(|| {
            let y = conv2d(x.clone(), w.clone(), window);
            let grads = (y.clone() * r).sum().backward();
            let numbers = |tensor: Tensor<4>| tensor.into_data().iter::<f64>().collect();
            [numbers(y.inner()), numbers(x.grad(&grads).unwrap()), numbers(w.grad(&grads).unwrap())]
        })
    })
}

/// All three maps of tensors take the precision of the call, f64 and fully connected layers excepted.
#[test]
fn tensors_are_convolved_at_the_precision_of_the_call() {
    for channels in [[3, 5], [16, 16]] {
        let at = |precision, dtype| maps_at(precision, dtype, channels, 16, 3);
        let exact = at(Precision::F32, DType::F64);
        assert_eq!(at(Precision::Bf16, DType::F64), exact);
        let [single, half] = [Precision::F32, Precision::Bf16].map(|precision| at(precision, DType::F32));
        for (map, exact) in exact.iter().enumerate() {
            let [single, half] = [&single, &half].map(|found| distance(&found[map], exact));
            assert!(single < 1e-6 && (1e-4..1e-2).contains(&half), "map {map} of {channels:?}: {single} and {half}");
        }
    }
    let connected = |precision| maps_at(precision, DType::F32, [40, 50], 1, 1);
    assert_eq!(connected(Precision::Bf16), connected(Precision::F32));
}

/// The maps by every algorithm that suits the shape.
fn check_maps(s: Shape, x: Vec<f32>, w: Vec<f32>, y: Vec<f32>) {
    let (mut forward, mut image, mut weight) = (Exact::new(y.len()), Exact::new(x.len()), Exact::new(w.len()));
    each_product(&s, |xi, wi, yi| {
        forward.add(yi, x[xi], w[wi]);
        image.add(xi, y[yi], w[wi]);
        weight.add(wi, x[xi], y[yi]);
    });
    forward.assert_close(&patches::forward(&s, &x, &patches::pack_forward(&s, &w)), "forward", &s);
    image.assert_close(&patches::image_adjoint(&s, &y, &patches::pack_backward(&s, &w)), "image adjoint", &s);
    weight.assert_close(&patches::weight_adjoint(&s, &x, &y), "weight adjoint", &s);
    if s.k == [1, 1] && s.image == [1, 1] && s.window == Window::default() {
        forward.assert_close(&dense::forward(&s, &x, &w), "dense forward", &s);
        image.assert_close(&dense::image_adjoint(&s, &y, &w), "dense image adjoint", &s);
        weight.assert_close(&dense::weight_adjoint(&s, &x, &y), "dense weight adjoint", &s);
    }
    if winograd::suits(s.k, s.window) && s.c.min(s.o) >= winograd::CHANNELS {
        forward.assert_close(&winograd::forward(&s, &x, &winograd::pack_forward(&s, &w)), "forward by Winograd", &s);
        image.assert_close(
            &winograd::image_adjoint(&s, &y, &winograd::pack_backward(&s, &w)),
            "image adjoint by Winograd",
            &s,
        );
        weight.assert_close(&winograd::weight_adjoint(&s, &x, &y), "weight adjoint by Winograd", &s);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let strided = Window { stride: 2, padding: [1; 2], ..Window::default() };
    let whole =
        [shape(23, [16, 40], 4, [16, 16], strided), shape(23, [3, 40], 5, [16, 16], strided)].map(Option::unwrap);
    let rounded = whole.map(|s| Shape { precision: Precision::Bf16, ..s });
    for s in whole.into_iter().chain(rounded) {
        let (x, w, y) = (values(s.n * s.image_len(), 1), values(s.weight_len(), 2), values(s.n * s.out_len(), 3));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let all = || {
                if s.c >= winograd::CHANNELS {
                    let (y, x) = (
                        winograd::forward(&s, &x, &winograd::pack_forward(&s, &w)),
                        winograd::image_adjoint(&s, &y, &winograd::pack_backward(&s, &w)),
                    );
                    return [y, x].map(|all| all.to_vec());
                }
                [
                    patches::forward(&s, &x, &patches::pack_forward(&s, &w)),
                    patches::image_adjoint(&s, &y, &patches::pack_backward(&s, &w)),
                ]
                .map(|all| all.to_vec())
            };
            let weight = || {
                if s.c >= winograd::CHANNELS {
                    return winograd::weight_adjoint(&s, &x, &y).to_vec();
                }
                patches::weight_adjoint(&s, &x, &y).to_vec()
            };
            pool.install(|| (all(), weight()))
        };
        let one = run(1);
        for threads in [2, 3, 5] {
            assert!(one == run(threads), "{threads} threads differ from one");
        }
    }
}

fn tensor(shape: [usize; 4], seed: u64, device: &Device) -> Tensor<4> {
    let values: Vec<f64> = values(shape.iter().product(), seed).into_iter().map(f64::from).collect();
    Tensor::from_data(TensorData::new(values, shape), (device, DType::F64))
}

/// Gradients of `Σ r · f(x, w)` against central differences in f64.
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
    const STRIDED: Window = Window { stride: 2, padding: [1; 2], dilation: 1, groups: 1 };
    const OBLONG: Window = Window { stride: 1, padding: [0, 2], dilation: 1, groups: 1 };
    const GROUPS: Window = Window { stride: 1, padding: [2; 2], dilation: 2, groups: 2 };
    check_gradients(|x, w| conv2d(x, w, STRIDED), [3, 2, 6, 5], [4, 2, 3, 3]);
    check_gradients(|x, w| conv2d(x, w, STRIDED), [2, 16, 6, 6], [16, 16, 4, 4]);
    check_gradients(|x, w| conv2d(x, w, GROUPS), [2, 4, 6, 5], [6, 2, 3, 3]);
    check_gradients(|x, w| conv2d(x, w, OBLONG), [2, 3, 6, 5], [4, 3, 1, 5]);
    check_gradients(|x, w| conv_transpose2d(x, w, OBLONG), [2, 3, 6, 5], [3, 4, 1, 5]);
    check_gradients(|x, w| conv_transpose2d(x, w, STRIDED), [3, 4, 3, 2], [4, 2, 4, 4]);
    check_gradients(|x, w| conv_transpose2d(x, w, GROUPS), [3, 4, 5, 4], [4, 3, 3, 3]);
}

#[test]
fn sizes_are_those_of_pytorch() {
    let window = Window { stride: 2, padding: [1; 2], dilation: 1, groups: 1 };
    assert_eq!((window.output([64, 9], [4, 3]), window.transposed_output([3, 4], [4, 3])), ([32, 5], [6, 7]));
    let dilated = Window { dilation: 3, ..window };
    assert_eq!((dilated.output([10; 2], [3; 2]), dilated.transposed_output([3; 2], [3; 2])), ([3; 2], [9; 2]));
}
