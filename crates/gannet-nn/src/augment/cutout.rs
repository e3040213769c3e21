//! Random numbers for batches, and the transformation that DiffAugment and ADA share.

use burn::tensor::{Tensor, TensorData};
use gannet_ops::random::Stream;

/// One number for each image, `[n, 1, 1, 1]`, with device and type of `like`.
pub(super) fn per_image(values: Vec<f64>, like: &Tensor<4>) -> Tensor<4> {
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n, 1, 1, 1]), (&like.device(), like.dtype()))
}

/// `count` numbers in `[0, 1)`.
pub(super) fn uniform(count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.uniform())).collect()
}

/// Sets a square of `share` of the side to 0, which is gray, in each image that is `hit`. The square's center is uniform over the
/// image.
pub(super) fn cutout(images: Tensor<4>, share: f64, hit: &[bool], stream: &mut Stream) -> Tensor<4> {
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
