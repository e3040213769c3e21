//! Generative Image Inpainting with Contextual Attention, Yu et al. 2018, arXiv:1801.07892, section 4: the features of a hole
//! are replaced by a weighted mean of patches of known features, by their similarity.
//!
//! ```text
//! scores    cosine similarities of 3 × 3 patches, on maps of half the side; the scores of neighboring pairs of patches are
//!           added, left and right, then above and below
//! weights   softmax of 10 · scores over the patches that do not touch a hole
//! result    4 × 4 patches of the whole map by these weights, overlapping with a stride of 2, divided by their number
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use gannet_ops::dual::Dual;

use super::pixel_shuffle::{pixel_shuffle, pixel_unshuffle};

/// Downsampling of the maps on which patches are compared.
const RATE: usize = 2;
/// Factor of the scores before the softmax.
const SHARPNESS: f64 = 10.0;
/// What is subtracted from the score of a patch that touches a hole.
const MASKED: f64 = 1e4;
const EPSILON: f64 = 1e-8;
/// Number of scores that are held at a time; more are computed in bands of rows.
const MAX_SCORES: usize = 1 << 24;

/// `x [n, c, h, w]` of even sides → the shape of x, composed of the patches of `x` that do not touch a hole, or of all patches
/// where every one does. `hole [n, 1, h · k, w · k]` is 1 where pixels are missing and 0 elsewhere.
pub fn contextual_attention(x: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
    attend(x, hole, MAX_SCORES)
}

/// [`contextual_attention`] with at most `max_scores` scores at a time, or those of one row.
fn attend(x: Tensor<4>, hole: Tensor<4>, max_scores: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let (rows, columns) = (h / RATE, w / RATE);
    let places = rows * columns;
    let masked = touches_hole(hole, [rows, columns]) * MASKED;
    let small = x.clone().reshape([n, c, rows, RATE, columns, RATE]).narrow(3, 0, 1).narrow(5, 0, 1);
    let unit_patches = unit(patches_3x3(small.reshape([n, c, rows, columns])));
    let depth = 9 * c;
    let keys = unit_patches.clone().reshape([n, depth, places]);
    let patches = patches_4x4(x).swap_dims(1, 2);
    // The rows above the first and below the last have a score of 0 with all patches.
    let queries = padded(unit_patches, [1, 0]);
    let band = (max_scores / (n * columns * places)).clamp(1, rows);
    let bands = (0..rows).step_by(band).map(|first| {
        let band = band.min(rows - first);
        let queries = queries.clone().narrow(2, first, band + 2).reshape([n, depth, (band + 2) * columns]);
        let scores = queries.swap_dims(1, 2).matmul(keys.clone()).reshape([n, band + 2, columns, rows, columns]);
        let scores = fused(scores).reshape([n, band * columns, places]) * SHARPNESS - masked.clone();
        softmax(scores, 2).matmul(patches.clone())
    });
    overlap_mean(Tensor::cat(bands.collect(), 1).swap_dims(1, 2), [rows, columns])
}

/// `[n, 1, places]`: 1 where a 3 × 3 patch touches the hole and 0 elsewhere.
fn touches_hole(hole: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<3> {
    let [n, _, h, w] = hole.dims();
    let cells = hole.reshape([n, rows, h / rows, columns, w / columns]).max_dim(2).max_dim(4);
    patches_3x3(cells.reshape([n, 1, rows, columns])).max_dim(1).reshape([n, 1, rows * columns])
}

/// `x` with zero padding: rows above and below, columns left and right.
fn padded(x: Tensor<4>, [tall, wide]: [usize; 2]) -> Tensor<4> {
    let zeros = |shape: [usize; 4]| Tensor::<4>::zeros(shape, (&x.device(), x.dtype()));
    let [n, c, h, w] = x.dims();
    let x = Tensor::cat(vec![zeros([n, c, tall, w]), x.clone(), zeros([n, c, tall, w])], 2);
    let side = zeros([n, c, h + 2 * tall, wide]);
    Tensor::cat(vec![side.clone(), x, side], 3)
}

/// The 3 × 3 patch around each pixel, as channels.
fn patches_3x3(x: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let x = padded(x, [1, 1]);
    let part = |at: usize| x.clone().narrow(2, at / 3, h).narrow(3, at % 3, w);
    Tensor::cat((0..9).map(part).collect(), 1)
}

/// The vector of each pixel's channels divided by its length.
fn unit(x: Tensor<4>) -> Tensor<4> {
    let length = (x.clone().square().sum_dim(1) + EPSILON).sqrt();
    x / length
}

/// The 4 × 4 patch around each square of 2 × 2: `[n, 16 c, places]`.
fn patches_4x4(x: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = x.dims();
    let x = padded(x, [1, 1]);
    let part = |at: usize| {
        let part = x.clone().narrow(2, RATE * (at / 2), h).narrow(3, RATE * (at % 2), w);
        pixel_unshuffle(Dual::constant(part), RATE).value
    };
    Tensor::cat((0..4).map(part).collect(), 1).reshape([n, 16 * c, h / RATE * (w / RATE)])
}

/// The sum of overlapping 4 × 4 patches, in the order of [`patches_4x4`], divided by the four that cover an inner pixel.
fn overlap_mean(patches: Tensor<3>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [n, depth, _] = patches.dims();
    let (h, w) = (rows * RATE, columns * RATE);
    let patches = patches.reshape([n, depth, rows, columns]);
    let part = |at: usize| {
        let part = Dual::constant(patches.clone().narrow(1, at * depth / 4, depth / 4));
        let part = padded(pixel_shuffle(part, RATE).value, [RATE, RATE]);
        // The border of one pixel around the map is cut off.
        part.narrow(2, RATE + 1 - RATE * (at / 2), h).narrow(3, RATE + 1 - RATE * (at % 2), w)
    };
    (0..4).map(part).reduce(|sum, part| sum + part).expect("four parts") * 0.25
}

/// Scores `[n, band + 2, columns, rows, columns]` of queries and keys, to each of which the scores of neighboring pairs are added →
/// `[n, band, columns, rows, columns]`.
fn fused(scores: Tensor<5>) -> Tensor<5> {
    let band = scores.dims()[1] - 2;
    let diagonal = |step: isize| shifted(shifted(scores.clone(), 2, step), 4, step);
    let wide = scores.clone() + diagonal(1) + diagonal(-1);
    let row = |at: usize| wide.clone().narrow(1, at, band);
    row(1) + shifted(row(0), 3, 1) + shifted(row(2), 3, -1)
}

/// `x` shifted by one along an axis, forward or back, with zeros at the end that is left free.
fn shifted(x: Tensor<5>, axis: usize, step: isize) -> Tensor<5> {
    let length = x.dims()[axis];
    let zeros = x.clone().narrow(axis, 0, 1).zeros_like();
    if step > 0 {
        Tensor::cat(vec![zeros, x.narrow(axis, 0, length - 1)], axis)
    } else {
        Tensor::cat(vec![x.narrow(axis, 1, length - 1), zeros], axis)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, TensorData};

    use super::super::tests::{assert_gradient, contract, normals, nudged, values};
    use super::*;

    /// `[n, 1, h, w]`, each image with a square hole at its place `[top, left]`.
    fn holes(places: &[[usize; 2]], [h, w]: [usize; 2], size: usize) -> Tensor<4> {
        let one = |&[top, left]: &[usize; 2]| {
            let inside = move |y: usize, x: usize| (top..top + size).contains(&y) && (left..left + size).contains(&x);
            (0..h * w).map(move |at| f64::from(u8::from(inside(at / w, at % w)))).collect::<Vec<_>>()
        };
        let data = TensorData::new(places.iter().flat_map(one).collect(), [places.len(), 1, h, w]);
        Tensor::from_data(data, (&normals([1], "device").device(), DType::F64))
    }

    #[test]
    fn gradients_equal_central_differences() {
        let x = normals([2, 2, 8, 6], "input").require_grad();
        let hole = holes(&[[0, 0], [9, 8]], [16, 12], 3);
        let loss = |x: Tensor<4>| contract(contextual_attention(x, hole.clone()));
        let gradients = loss(x.clone()).backward();
        let found = values(&x.grad(&gradients).unwrap());
        // Pixels next to the first image's hole are queries, but its second row is in no patch that can be copied.
        let [first, second] = [0, 2 * 8 * 6].map(|image| [found[image], found[image + 6 + 1]]);
        assert!(first[0] != 0.0 && first[1] == 0.0 && second.iter().all(|slope| *slope != 0.0));
        assert_gradient("input", &found, |index, by| loss(nudged(&x, index, by)));
    }

    #[test]
    fn bands_give_the_result_of_the_whole() {
        let (x, hole) = (normals([2, 3, 12, 8], "input"), holes(&[[2, 1], [8, 9]], [24, 16], 5));
        let whole = values(&contextual_attention(x.clone(), hole.clone()));
        // A row of scores, and two of six rows.
        for most in [1, 2 * 2 * 4 * 24] {
            let banded = values(&attend(x.clone(), hole.clone(), most));
            assert!(banded.iter().zip(&whole).all(|(band, whole)| (band - whole).abs() < 1e-12), "{most}");
        }
    }

    /// A texture with a period of eight pixels and a hole with a wrong filling: the result is copied from where the texture is known.
    #[test]
    fn a_hole_is_filled_from_a_repetition_of_the_texture() {
        let texture = normals([1, 32, 8, 8], "texture").repeat_dim(2, 2).repeat_dim(3, 3);
        let hole = holes(&[[4, 10]], [16, 24], 4);
        let guess = normals([1, 32, 16, 24], "guess");
        let guessed = texture.clone() + (guess - texture.clone()) * hole.clone();
        let off = |x: Tensor<4>| values(&((x - texture.clone()) * hole.clone()).abs().max())[0];
        assert!(off(guessed.clone()) > 1.0);
        let filled = off(contextual_attention(guessed, hole.clone()));
        assert!(filled < 0.1, "off by {filled}");
    }
}
