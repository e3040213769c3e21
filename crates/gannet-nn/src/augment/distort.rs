//! Another view of an image that shows the same thing: Invariant Information Clustering, Ji, Henriques and Vedaldi 2019,
//! arXiv:1807.06653, where what an image is of is what such views have in common.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;
use gannet_ops::warp::{Affine, Border, IDENTITY, compose, warp};

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
    steps.into_iter().fold(IDENTITY, compose)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use gannet_ops::device::device;

    use super::*;

    /// Each copy is another one, and shows the square about where it was.
    #[test]
    fn copies_differ_and_show_the_same() {
        let square =
            |at: usize| if (12..20).contains(&(at % 32)) && (12..20).contains(&(at / 32)) { 1.0 } else { -1.0 };
        let values: Vec<f32> = (0..32 * 32).map(square).collect();
        let images = TensorData::new(values.repeat(8), [8, 1, 32, 32]);
        let images: Tensor<4> = Tensor::from_data(images, &device("cpu").unwrap());
        let copies = distort(images, &mut Stream::new(0, "distort", 0)).into_data().try_to_vec::<f32>().unwrap();
        for (at, copy) in copies.chunks(32 * 32).enumerate() {
            assert_ne!(copy, values);
            assert!(copies.chunks(32 * 32).enumerate().all(|(other, found)| other == at || found != copy));
            let light: Vec<(usize, f32)> = copy.iter().map(|value| (value + 1.0) / 2.0).enumerate().collect();
            let total: f32 = light.iter().map(|(_, value)| value).sum();
            assert!((64.0 * 0.6..64.0 * 1.6).contains(&total), "its area is {total}");
            let middle = |place: fn(usize) -> usize| {
                light.iter().map(|(at, value)| place(*at) as f32 * value).sum::<f32>() / total - 15.5
            };
            let off = [middle(|at| at % 32), middle(|at| at / 32)];
            assert!(off.iter().all(|off| off.abs() < 5.0), "{off:?}");
        }
    }
}
