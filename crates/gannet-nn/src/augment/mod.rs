//! Transformations of images that a discriminator sees, differentiable and drawn from a stream; each file is a paper.
//!
//! All are affine in an image once their numbers are drawn: they move its pixels, mix its colours, filter it, hide a part, or
//! add noise. Gradients pass through them to the generator, and penalties on the discriminator's gradient are of what it sees.

mod ada;
mod consistency;
mod diff_augment;
mod distort;

pub use ada::{Ada, AdaPart};
pub use consistency::view;
pub use diff_augment::{DiffAugment, DiffPart};
pub use distort::distort;

use burn::tensor::{Tensor, TensorData};
use gannet_ops::random::Stream;

/// A number for each image, `[n, 1, 1, 1]`, beside `like`.
fn each(values: Vec<f64>, like: &Tensor<4>) -> Tensor<4> {
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n, 1, 1, 1]), (&like.device(), like.dtype()))
}

/// `count` numbers in `[0, 1)`.
fn uniform(count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.uniform())).collect()
}

/// Images with a square of `share` of their side hidden in grey, somewhere in each that is `hit`; its middle lies anywhere.
fn cutout(images: Tensor<4>, share: f64, hit: &[bool], stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let mut mask = vec![1.0_f32; n * h * w];
    for (mask, hit) in mask.chunks_exact_mut(h * w).zip(hit) {
        let [middle_y, middle_x] = [h, w].map(|side| f64::from(stream.uniform()) * side as f64);
        let inside =
            |at: usize, middle: f64, side: usize| (at as f64 + 0.5 - middle).abs() <= share * side as f64 / 2.0;
        for (place, value) in mask.iter_mut().enumerate().filter(|_| *hit) {
            if inside(place / w, middle_y, h) && inside(place % w, middle_x, w) {
                *value = 0.0;
            }
        }
    }
    let mask = Tensor::from_data(TensorData::new(mask, [n, 1, h, w]), (&images.device(), images.dtype()));
    images * mask
}

#[cfg(test)]
mod tests;
