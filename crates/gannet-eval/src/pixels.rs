//! Bytes of images as planes and tensors.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Pixels;
use gannet_ops::resample::{Filter, Taps, resize_plane};

/// The channels of an image one after another: `[c, h, w]`, row-major, in `[0, 255]`.
pub fn planes(image: &Pixels) -> Vec<f32> {
    (0..image.channels).flat_map(|channel| plane(image, channel)).collect()
}

/// One channel of an image: `[h, w]`, row-major, in `[0, 255]`.
fn plane(image: &Pixels, channel: usize) -> impl Iterator<Item = f32> {
    image.data.iter().skip(channel).step_by(image.channels).map(|value| f32::from(*value))
}

/// Planes of `from` = `[h, w]` pixels resized to `to` pixels, clipped to `[0, 255]`.
pub fn resize_planes(planes: Vec<f32>, from: [usize; 2], to: [usize; 2], filter: Filter) -> Vec<f32> {
    if from == to {
        return planes;
    }
    let [rows, columns] = [0, 1].map(|axis| Taps::new(filter, from[axis], to[axis]));
    let resized =
        planes.chunks_exact(from[0] * from[1]).flat_map(|plane| resize_plane(plane, from[1], &rows, &columns));
    // A cubic filter overshoots; clean-fid clips, too.
    resized.map(|value| value.clamp(0.0, 255.0)).collect()
}

/// An image as a tensor `[1, 3, h, w]` in `[0, 255]`.
pub fn rgb_tensor(image: &Pixels, device: &Device) -> Tensor<4> {
    let image = image.clone().convert(3);
    Tensor::from_data(TensorData::new(planes(&image), [1, 3, image.height, image.width]), device)
}
