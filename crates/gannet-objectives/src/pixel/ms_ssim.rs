//! Multiscale structural similarity for image quality assessment, Wang, Simoncelli and Bovik 2003, Asilomar Conference on
//! Signals, Systems and Computers; as a loss: Zhao, Gallo, Frosio and Kautz 2017, "Loss Functions for Image Restoration with
//! Neural Networks", arXiv:1511.08861, section III.
//!
//! ```text
//! cs   (2 σxy + C₂) / (σx² + σy² + C₂)            contrast and structure, in windows of 11 × 11
//! l    (2 μx μy + C₁) / (μx² + μy² + C₁)          brightness
//! MS   Π mean(cs at scale j)^wj · mean(l · cs at the last scale)^w
//! ```
//!
//! Each scale is half the one before, by means of 2 × 2 pixels. The published weights are of five scales, which take images of
//! 176 pixels; smaller images have the first of them, divided by their sum.

use burn::tensor::ops::PadMode;
use burn::tensor::{Tensor, TensorData};

/// The weights of five scales.
const WEIGHTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
/// The side of the Gaussian window and its standard deviation, in pixels.
const WINDOW: usize = 11;
const DEVIATION: f64 = 1.5;
/// C₁ and C₂ for images in `[0, 1]`.
const C: [f64; 2] = [1e-4, 9e-4];
/// The fewest scales that deserve the name.
const FEWEST: usize = 3;
/// The smallest mean that is raised to a power: at 0 the gradient would not be finite.
const LEAST: f64 = 1e-6;

/// The smallest side of images that have three scales, in pixels.
pub const SMALLEST_SIDE: usize = WINDOW << (FEWEST - 1);

/// How many scales images with this smaller side have, up to five: the last one is no smaller than the window.
pub fn scales(side: usize) -> usize {
    (1..WEIGHTS.len()).take_while(|times| side >> times >= WINDOW).count() + 1
}

/// The mean similarity `[1]` of images `[n, c, h, w]` in `[0, 1]` at `scales` scales, 1 where they are equal.
///
/// # Panics
/// Unless `scales` is 1 to 5, and the images as large as [`scales`] says.
pub fn ms_ssim(mut x: Tensor<4>, mut y: Tensor<4>, scales: usize) -> Tensor<1> {
    let weights = &WEIGHTS[..scales];
    let sum: f64 = weights.iter().sum();
    let [n, c, ..] = x.dims();
    let mut product = Tensor::ones([n, c], (&x.device(), x.dtype()));
    for (at, weight) in weights.iter().enumerate() {
        let [brightness, structure] = similarities(x.clone(), y.clone());
        let map = if at + 1 == scales { brightness * structure } else { structure };
        let mean = map.mean_dim(3).mean_dim(2).reshape([n, c]);
        product = product * mean.clamp_min(LEAST).powf_scalar(weight / sum);
        if at + 1 < scales {
            [x, y] = [x, y].map(halved);
        }
    }
    product.mean()
}

/// The maps of l and of cs, without the border that a window does not fit in.
fn similarities(x: Tensor<4>, y: Tensor<4>) -> [Tensor<4>; 2] {
    let n = x.dims()[0];
    let products = vec![x.clone(), y.clone(), x.clone() * x.clone(), y.clone() * y.clone(), x * y];
    let means = windowed(Tensor::cat(products, 0));
    let [mx, my, mxx, myy, mxy] = [0, 1, 2, 3, 4].map(|at| means.clone().narrow(0, at * n, n));
    let (squares, product) = (mx.clone() * mx.clone() + my.clone() * my.clone(), mx * my);
    let structure = ((mxy - product.clone()) * 2.0 + C[1]) / (mxx + myy - squares.clone() + C[1]);
    [(product * 2.0 + C[0]) / (squares + C[0]), structure]
}

/// Gaussian means of `[n, c, h, w]` where the window fits: `[n, c, h − 10, w − 10]`, as two products with small matrices.
fn windowed(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let rows = matrix(h, &x);
    let columns = matrix(w, &x).transpose();
    let [tall, wide] = [h, w].map(|side| side + 1 - WINDOW);
    let narrowed = x.reshape([n * c * h, w]).matmul(columns).reshape([n, c, h, wide]);
    rows.reshape([1, 1, tall, h]).matmul(narrowed)
}

/// The matrix `[side − 10, side]` whose rows are the window, each a pixel further.
fn matrix(side: usize, like: &Tensor<4>) -> Tensor<2> {
    let half = (WINDOW / 2) as f64;
    let window: Vec<f64> = (0..WINDOW).map(|at| (-0.5 * ((at as f64 - half) / DEVIATION).powi(2)).exp()).collect();
    let sum: f64 = window.iter().sum();
    let places = side + 1 - WINDOW;
    let mut values = vec![0.0; places * side];
    for (at, row) in values.chunks_exact_mut(side).enumerate() {
        row[at..at + WINDOW].iter_mut().zip(&window).for_each(|(value, weight)| *value = weight / sum);
    }
    Tensor::from_data(TensorData::new(values, [places, side]), (&like.device(), like.dtype()))
}

/// The means of 2 × 2 pixels. An odd side gets a zero on both ends, as pytorch-msssim's pooling pads it.
fn halved(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let (odd_h, odd_w) = (h % 2, w % 2);
    let padded = if odd_h + odd_w > 0 { x.pad((odd_w, odd_w, odd_h, odd_h), PadMode::Constant(0.0)) } else { x };
    let [h, w] = [h, w].map(|side| side.div_ceil(2));
    let even = padded.narrow(2, 0, 2 * h).narrow(3, 0, 2 * w);
    even.reshape([n * c * h, 2, w, 2]).mean_dim(3).mean_dim(1).reshape([n, c, h, w])
}
