//! A distorted copy of an image that keeps its class: Invariant Information Clustering, Ji, Henriques and Vedaldi 2019,
//! arXiv:1807.06653, where an image's class is what its copies have in common.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;
use gannet_ops::warp::{Affine, Border, IDENTITY, compose, warp};

/// Largest rotation either way, in radians; less than turns a 6 into a 9.
const ROTATION: f32 = 0.4;
/// Logarithm of the largest factor of size, and of width against height.
const STRETCH: f32 = 0.2;
/// Largest shear, as a share of the height.
const SHEAR: f32 = 0.3;
/// Largest shift, as a share of the side.
const SHIFT: f32 = 0.08;

/// `images [n, c, h, w]`, each rotated, stretched, sheared and shifted a little.
pub fn distort(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let maps: Vec<Affine> = (0..n).map(|_| map(stream, [w, h])).collect();
    warp(images, &maps, Border::Mirrored)
}

fn map(stream: &mut Stream, [w, h]: [usize; 2]) -> Affine {
    let mut within = |most: f32| f64::from(stream.range(-most, most));
    let (rotation, size, wide, shear) = (within(ROTATION), within(STRETCH), within(STRETCH), within(SHEAR));
    let [x, y] = [w, h].map(|side| within(SHIFT) * side as f64);
    let steps = [
        [(size + wide).exp(), 0.0, 0.0, 0.0, (size - wide).exp(), 0.0],
        [1.0, shear, 0.0, 0.0, 1.0, 0.0],
        [rotation.cos(), -rotation.sin(), x, rotation.sin(), rotation.cos(), y],
    ];
    steps.into_iter().fold(IDENTITY, compose)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use gannet_ops::device::device;

    use super::*;

    /// All copies differ, and each shows the square about where it was.
    #[test]
    fn copies_differ_and_show_the_square_in_its_place() {
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
