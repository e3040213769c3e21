//! Generative Image Inpainting with Contextual Attention, Yu et al. 2018, arXiv:1801.07892, section 4: features of a hole are put
//! together of patches that are known, from wherever they are alike.
//!
//! ```text
//! scores    cosines of patches of 3 × 3, on maps of half the side; to each are added those of the neighbours that lie alike
//!           beside both patches, left and right, then those above and below
//! weights   softmax of 10 · scores over the patches that touch no hole
//! result    patches of 4 × 4 of the whole map by their weights, laid over each other every two pixels, and their mean
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use gannet_ops::dual::Dual;

use super::{pixel_shuffle, pixel_unshuffle};

/// How many times smaller the maps are on which patches are compared.
const RATE: usize = 2;
/// How much sharper than the softmax of plain scores.
const SHARPNESS: f64 = 10.0;
/// What a patch with a hole has less than its score.
const BARRED: f64 = 1e4;
const EPSILON: f64 = 1e-8;
/// How many scores are held at a time; where there are more they are made in bands.
const SCORES: usize = 1 << 24;

/// `x [n, c, h, w]` of even sides → the same shape, of those patches of `x` that touch no hole, or of all where each does.
/// `hole [n, 1, h · k, w · k]` is 1 where nothing is known and 0 elsewhere.
pub fn contextual_attention(x: Tensor<4>, hole: Tensor<4>) -> Tensor<4> {
    attend(x, hole, SCORES)
}

/// With at most so many scores at a time, or those of one row.
fn attend(x: Tensor<4>, hole: Tensor<4>, most: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let (rows, columns) = (h / RATE, w / RATE);
    let places = rows * columns;
    let barred = barred(hole, [rows, columns]) * BARRED;
    let small = x.clone().reshape([n, c, rows, RATE, columns, RATE]).narrow(3, 0, 1).narrow(5, 0, 1);
    let alike = unit(threes(small.reshape([n, c, rows, columns])));
    let depth = 9 * c;
    let keys = alike.clone().reshape([n, depth, places]);
    let patches = fours(x).swap_dims(1, 2);
    // What lies beyond the first row and the last is like nothing.
    let queries = framed(alike, [1, 0]);
    let band = (most / (n * columns * places)).clamp(1, rows);
    let made = (0..rows).step_by(band).map(|first| {
        let band = band.min(rows - first);
        let queries = queries.clone().narrow(2, first, band + 2).reshape([n, depth, (band + 2) * columns]);
        let scores = queries.swap_dims(1, 2).matmul(keys.clone()).reshape([n, band + 2, columns, rows, columns]);
        let scores = joined(scores).reshape([n, band * columns, places]) * SHARPNESS - barred.clone();
        softmax(scores, 2).matmul(patches.clone())
    });
    laid(Tensor::cat(made.collect(), 1).swap_dims(1, 2), [rows, columns])
}

/// `[n, 1, places]`: 1 where a patch of 3 × 3 touches the hole and 0 elsewhere.
fn barred(hole: Tensor<4>, [rows, columns]: [usize; 2]) -> Tensor<3> {
    let [n, _, h, w] = hole.dims();
    let cells = hole.reshape([n, rows, h / rows, columns, w / columns]).max_dim(2).max_dim(4);
    threes(cells.reshape([n, 1, rows, columns])).max_dim(1).reshape([n, 1, rows * columns])
}

/// With so many zeros above and below, and left and right.
fn framed(x: Tensor<4>, [tall, wide]: [usize; 2]) -> Tensor<4> {
    let zeros = |shape: [usize; 4]| Tensor::<4>::zeros(shape, (&x.device(), x.dtype()));
    let [n, c, h, w] = x.dims();
    let x = Tensor::cat(vec![zeros([n, c, tall, w]), x.clone(), zeros([n, c, tall, w])], 2);
    let side = zeros([n, c, h + 2 * tall, wide]);
    Tensor::cat(vec![side.clone(), x, side], 3)
}

/// The 3 × 3 pixels around each, as channels.
fn threes(x: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let x = framed(x, [1, 1]);
    let part = |at: usize| x.clone().narrow(2, at / 3, h).narrow(3, at % 3, w);
    Tensor::cat((0..9).map(part).collect(), 1)
}

/// Each pixel's channels of length one.
fn unit(x: Tensor<4>) -> Tensor<4> {
    let length = (x.clone().square().sum_dim(1) + EPSILON).sqrt();
    x / length
}

/// The 4 × 4 pixels around each square of 2 × 2: `[n, 16 c, places]`.
fn fours(x: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = x.dims();
    let x = framed(x, [1, 1]);
    let part = |at: usize| {
        let part = x.clone().narrow(2, RATE * (at / 2), h).narrow(3, RATE * (at % 2), w);
        pixel_unshuffle(Dual::constant(part), RATE).value
    };
    Tensor::cat((0..4).map(part).collect(), 1).reshape([n, 16 * c, h / RATE * (w / RATE)])
}

/// The mean of what patches of 4 × 4, in the order of [`fours`], say of each pixel.
fn laid(patches: Tensor<3>, [rows, columns]: [usize; 2]) -> Tensor<4> {
    let [n, depth, _] = patches.dims();
    let (h, w) = (rows * RATE, columns * RATE);
    let patches = patches.reshape([n, depth, rows, columns]);
    let part = |at: usize| {
        let part = Dual::constant(patches.clone().narrow(1, at * depth / 4, depth / 4));
        let part = framed(pixel_shuffle(part, RATE).value, [RATE, RATE]);
        // Of the frame of one pixel around the map nothing is kept.
        part.narrow(2, RATE + 1 - RATE * (at / 2), h).narrow(3, RATE + 1 - RATE * (at % 2), w)
    };
    (0..4).map(part).reduce(|sum, part| sum + part).expect("four parts") * 0.25
}

/// Scores `[n, band + 2, columns, rows, columns]` of queries and keys, to each of which those of its neighbours are added →
/// `[n, band, columns, rows, columns]`.
fn joined(scores: Tensor<5>) -> Tensor<5> {
    let band = scores.dims()[1] - 2;
    let beside = |step: isize| moved(moved(scores.clone(), 2, step), 4, step);
    let wide = scores.clone() + beside(1) + beside(-1);
    let row = |at: usize| wide.clone().narrow(1, at, band);
    row(1) + moved(row(0), 3, 1) + moved(row(2), 3, -1)
}

/// What lies one further along an axis, forth or back, and zeros at the end.
fn moved(x: Tensor<5>, axis: usize, step: isize) -> Tensor<5> {
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

    /// `[n, 1, h, w]`, with holes of a size at places of their own.
    fn holes(places: &[[usize; 2]], [h, w]: [usize; 2], size: usize) -> Tensor<4> {
        let one = |&[top, left]: &[usize; 2]| {
            let inside = move |y: usize, x: usize| (top..top + size).contains(&y) && (left..left + size).contains(&x);
            (0..h * w).map(move |at| f64::from(u8::from(inside(at / w, at % w)))).collect::<Vec<_>>()
        };
        let data = TensorData::new(places.iter().flat_map(one).collect(), [places.len(), 1, h, w]);
        Tensor::from_data(data, (&normals([1], "device").device(), DType::F64))
    }

    #[test]
    fn its_gradients_equal_central_differences() {
        let x = normals([2, 2, 8, 6], "input").require_grad();
        let hole = holes(&[[0, 0], [9, 8]], [16, 12], 3);
        let loss = |x: Tensor<4>| contract(contextual_attention(x, hole.clone()));
        let gradients = loss(x.clone()).backward();
        let found = values(&x.grad(&gradients).unwrap());
        // What lies beside the first image's hole is looked at, but its second row is in no patch that may be copied.
        let [first, second] = [0, 2 * 8 * 6].map(|image| [found[image], found[image + 6 + 1]]);
        assert!(first[0] != 0.0 && first[1] == 0.0 && second.iter().all(|slope| *slope != 0.0));
        assert_gradient("input", &found, |index, by| loss(nudged(&x, index, by)));
    }

    #[test]
    fn bands_make_what_the_whole_makes() {
        let (x, hole) = (normals([2, 3, 12, 8], "input"), holes(&[[2, 1], [8, 9]], [24, 16], 5));
        let whole = values(&contextual_attention(x.clone(), hole.clone()));
        // A row of scores, and two of six rows.
        for most in [1, 2 * 2 * 4 * 24] {
            let banded = values(&attend(x.clone(), hole.clone(), most));
            assert!(banded.iter().zip(&whole).all(|(band, whole)| (band - whole).abs() < 1e-12), "{most}");
        }
    }

    /// A texture that repeats itself every eight pixels, with a hole that has been filled by what lies beside: what comes out
    /// has been copied from where the texture is known.
    #[test]
    fn a_hole_is_filled_from_where_the_texture_goes_on_alike() {
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
