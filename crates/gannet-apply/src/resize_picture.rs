//! Pictures at another size, and as tensors for style transfer.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::ImageBuffer;
use gannet_ops::resample::{Filter, Taps, resize_plane};
use gannet_recipe::SMALLEST_STYLE_SIDE;

/// A picture as three planes `[1, 3, h, w]` in `[-1, 1]`, without its alpha channel.
pub fn to_tensor(picture: &ImageBuffer, device: &Device) -> Tensor<4> {
    let (height, width, colors) = (picture.height, picture.width, picture.color_channels());
    let places = (0..3).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))));
    let values: Vec<f32> = places.map(|(c, y, x)| 2.0 * picture.at(c.min(colors - 1), y, x) - 1.0).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), device)
}

/// The picture with its longer side at `size` pixels and its aspect ratio kept, or in its own size where `size` is 0. No side
/// is below [`SMALLEST_STYLE_SIDE`].
pub fn resize_to(picture: &ImageBuffer, size: usize) -> ImageBuffer {
    let longer = picture.width.max(picture.height);
    let scale = if size == 0 { 1.0 } else { size as f64 / longer as f64 };
    let side = |side: usize| ((side as f64 * scale).round() as usize).max(SMALLEST_STYLE_SIDE);
    let (height, width) = (side(picture.height), side(picture.width));
    if (height, width) == (picture.height, picture.width) {
        return picture.clone();
    }
    let mut resized = picture.blank(width, height);
    let taps = |from, to| Taps::new(Filter::Triangle, from, to);
    let (rows, columns) = (taps(picture.height, height), taps(picture.width, width));
    for channel in 0..picture.channels {
        let places = (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (y, x)));
        let plane: Vec<f32> = places.map(|(y, x)| picture.at(channel, y, x)).collect();
        for (at, value) in resize_plane(&plane, picture.width, &rows, &columns).into_iter().enumerate() {
            resized.set(channel, at / width, at % width, value);
        }
    }
    resized
}
