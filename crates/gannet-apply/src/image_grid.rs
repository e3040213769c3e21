//! Images in rows and columns of one picture.

use std::io;

use burn::tensor::Tensor;
use gannet_data::Pixels;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// Pixels between and around the images of a grid.
const BORDER: usize = 2;
/// Shade of the border: nearly black.
const BORDER_SHADE: u8 = 24;
/// Small images are enlarged by the largest whole factor that keeps them within this many pixels.
const VISIBLE: usize = 64;

/// Images of one size in rows and columns. A single image has no border.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageGrid {
    /// Images per row, at least 1.
    pub columns: usize,
    /// Rows, the last possibly incomplete; at least 1.
    pub rows: usize,
    /// Height of one image in pixels, before `scale`.
    pub height: usize,
    /// Width of one image in pixels, before `scale`.
    pub width: usize,
    /// 1 (gray) or 3 (RGB).
    pub channels: usize,
    /// Whole factor by which the picture enlarges each image (nearest neighbor); at least 1.
    pub scale: usize,
    /// The images, `[n, height, width, channels]`, 0 to 255.
    pub pixels: Vec<u8>,
}

/// A drawn grid as rows of interleaved pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridPicture {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// 1 (gray) or 3 (RGB).
    pub channels: usize,
    /// `[height, width, channels]`, 0 to 255.
    pub pixels: Vec<u8>,
}

impl ImageGrid {
    /// Lays out `n` images, flat `[n, channels, height, width]` in `[-1, 1]`, in rows of `columns`.
    ///
    /// Values beyond the range are clamped; NaN and missing values become black. Of three or more channels the first three
    /// are red, green and blue; of fewer the first is gray.
    pub fn from_images(images: &[f32], n: usize, channels: usize, height: usize, width: usize, columns: usize) -> Self {
        let columns = columns.clamp(1, n.max(1));
        let kept = if channels >= 3 { 3 } else { 1 };
        let plane = height * width;
        let mut pixels = Vec::with_capacity(n * plane * kept);
        for image in 0..n {
            for place in 0..plane {
                for channel in 0..kept {
                    let at = (image * channels + channel) * plane + place;
                    pixels.push(images.get(at).map_or(0, |value| byte(*value)));
                }
            }
        }
        let scale = (VISIBLE / height.max(width).max(1)).max(1);
        Self { columns, rows: n.div_ceil(columns).max(1), height, width, channels: kept, scale, pixels }
    }

    /// The grid with every image enlarged `scale` times.
    pub fn with_scale(self, scale: usize) -> Self {
        Self { scale: scale.max(1), ..self }
    }

    /// Draws the grid.
    pub fn picture(&self) -> GridPicture {
        let border = if self.rows * self.columns == 1 { 0 } else { BORDER };
        let side = |count: usize, size: usize| (count * (size * self.scale + border) + border).max(1);
        let (width, height) = (side(self.columns, self.width), side(self.rows, self.height));
        let pixels = vec![BORDER_SHADE; width * height * self.channels];
        let mut picture = GridPicture { width, height, channels: self.channels, pixels };
        let size = self.height * self.width * self.channels;
        for (index, image) in self.pixels.chunks_exact(size.max(1)).enumerate() {
            let top = border + (index / self.columns) * (self.height * self.scale + border);
            let left = border + (index % self.columns) * (self.width * self.scale + border);
            self.draw(&mut picture, image, top, left);
        }
        picture
    }

    /// Copies one enlarged image, `[height, width, channels]`, to its place.
    fn draw(&self, picture: &mut GridPicture, image: &[u8], top: usize, left: usize) {
        let channels = self.channels;
        for y in 0..self.height * self.scale {
            let row = &image[(y / self.scale) * self.width * channels..][..self.width * channels];
            let start = ((top + y) * picture.width + left) * channels;
            let target = &mut picture.pixels[start..][..self.width * self.scale * channels];
            for (x, pixel) in target.chunks_exact_mut(channels).enumerate() {
                pixel.copy_from_slice(&row[(x / self.scale) * channels..][..channels]);
            }
        }
    }

    /// The drawn grid as the bytes of a PNG file. Equal grids give equal bytes.
    pub fn to_png(&self) -> io::Result<Vec<u8>> {
        self.picture().to_png()
    }
}

impl GridPicture {
    /// The picture as the bytes of a PNG file.
    pub fn to_png(&self) -> io::Result<Vec<u8>> {
        let color = if self.channels == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
        let mut png = Vec::new();
        PngEncoder::new(&mut png)
            .write_image(&self.pixels, self.width as u32, self.height as u32, color)
            .map_err(io::Error::other)?;
        Ok(png)
    }
}

/// Images `[n, c, h, w]` in `[-1, 1]` in about a square.
pub fn square_grid(images: Tensor<4>) -> ImageGrid {
    let [n, c, h, w] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    ImageGrid::from_images(&values, n, c, h, w, (n as f64).sqrt().ceil() as usize)
}

/// Batches `[n, c, h, w]` of corresponding images: one column for each batch, two examples in a row.
pub fn comparison_grid(batches: Vec<Tensor<4>>) -> ImageGrid {
    let (count, [n, c, h, w]) = (batches.len(), batches[0].dims());
    let rows = Tensor::stack::<5>(batches, 1).reshape([n * count, c, h, w]);
    let values: Vec<f32> = rows.into_data().iter::<f32>().collect();
    ImageGrid::from_images(&values, n * count, c, h, w, 2 * count)
}

/// The image `[1, c, h, w]` in `[-1, 1]` as bytes.
pub fn pixels(image: Tensor<4>) -> Pixels {
    let [_, channels, height, width] = image.dims();
    let values = image.permute([0, 2, 3, 1]).into_data();
    Pixels { width, height, channels, data: values.iter::<f32>().map(byte).collect() }
}

/// `[-1, 1]` → 0 to 255, rounded to the nearest; NaN → 0.
fn byte(value: f32) -> u8 {
    ((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_image_stands_alone_and_is_clamped() {
        let grid = ImageGrid::from_images(&[-1.0, 0.0, 1.0, 7.0], 1, 1, 2, 2, 8).with_scale(1);
        let picture = grid.picture();
        assert_eq!((picture.width, picture.height, picture.channels), (2, 2, 1));
        assert_eq!(picture.pixels, [0, 128, 255, 255]);
    }

    #[test]
    fn color_planes_are_interleaved() {
        let grid = ImageGrid::from_images(&[-1.0, 1.0, 1.0, -1.0, 0.0, 0.0], 1, 3, 1, 2, 1);
        assert_eq!(grid.pixels, [0, 255, 128, 255, 0, 128]);
    }

    #[test]
    fn images_go_row_by_row_between_borders() {
        let images: Vec<f32> = [-1.0, 1.0, 0.0].into_iter().flat_map(|shade| [shade; 4]).collect();
        let picture = ImageGrid::from_images(&images, 3, 1, 2, 2, 2).with_scale(2).picture();
        assert_eq!((picture.width, picture.height), (14, 14));
        let shade = |x: usize, y: usize| picture.pixels[y * picture.width + x];
        assert_eq!([shade(0, 0), shade(2, 2), shade(5, 5), shade(6, 6)], [24, 0, 0, 24]);
        assert_eq!([shade(8, 2), shade(2, 8), shade(11, 11)], [255, 128, 24]);
    }

    #[test]
    fn small_images_are_shown_larger_and_large_ones_as_they_are() {
        for (size, scale) in [(8, 8), (28, 2), (32, 2), (64, 1), (256, 1)] {
            assert_eq!(ImageGrid::from_images(&[], 1, 1, size, size, 1).scale, scale);
        }
    }

    #[test]
    fn odd_input_makes_a_picture_all_the_same() {
        for (n, channels, size, columns) in [(0, 1, 4, 0), (3, 2, 2, 9), (1, 4, 0, 1), (2, 0, 3, 1)] {
            let grid = ImageGrid::from_images(&[f32::NAN; 5], n, channels, size, size, columns);
            assert!(grid.to_png().is_ok(), "{n} {channels} {size} {columns}");
        }
    }

    #[test]
    fn a_png_holds_the_picture() {
        let images: Vec<f32> = (0..48).map(|i| i as f32 / 24.0 - 1.0).collect();
        let grid = ImageGrid::from_images(&images, 4, 3, 2, 2, 2);
        let decoded = image::load_from_memory(&grid.to_png().unwrap()).unwrap().to_rgb8();
        assert_eq!(decoded.into_raw(), grid.picture().pixels);
        assert_eq!(grid.to_png().unwrap(), grid.to_png().unwrap());
    }
}
