//! Another view of an image that shows the same thing: Invariant Information Clustering, Ji, Henriques and Vedaldi 2019,
//! arXiv:1807.06653, where what an image is of is what such views have in common.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;

use super::warp::{Affine, Border, IDENTITY, after, warp};

/// Turned by up to so much either way, in radians: less than makes a 6 of a 9.
const TURN: f32 = 0.4;
/// Larger or smaller, and wider or narrower, by up to this factor's logarithm.
const STRETCH: f32 = 0.2;
/// Slanted by up to this share of the height.
const SLANT: f32 = 0.3;
/// Moved by up to this share of the side.
const SHIFT: f32 = 0.08;

/// `images [n, c, h, w]`, each turned, stretched, slanted and moved a little.
pub fn distort(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let maps: Vec<Affine> = (0..n).map(|_| map(stream, [w, h])).collect();
    warp(images, &maps, Border::Mirrored)
}

fn map(stream: &mut Stream, [w, h]: [usize; 2]) -> Affine {
    let mut within = |most: f32| f64::from(stream.range(-most, most));
    let (turn, size, wide, slant) = (within(TURN), within(STRETCH), within(STRETCH), within(SLANT));
    let [x, y] = [w, h].map(|side| within(SHIFT) * side as f64);
    let steps = [
        [(size + wide).exp(), 0.0, 0.0, 0.0, (size - wide).exp(), 0.0],
        [1.0, slant, 0.0, 0.0, 1.0, 0.0],
        [turn.cos(), -turn.sin(), x, turn.sin(), turn.cos(), y],
    ];
    steps.into_iter().fold(IDENTITY, after)
}
