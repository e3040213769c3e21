//! Images of 8 bits per value, and the conversions that make them what a network takes.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8x3, U8x4};
use fast_image_resize::{PixelTrait, Resizer};
use gannet_ops::resample::{Filter, Taps, resize_plane};
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

/// A decoded image: 8 bits per value, channels interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    /// 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA
    pub channels: usize,
    /// row after row, `width · height · channels` values
    pub data: Vec<u8>,
}

impl Pixels {
    /// Rounds an image to 8 bits per value; the channels stay as they are.
    pub fn from_image(image: &DynamicImage) -> Self {
        use DynamicImage as D;
        let (channels, data) = match image {
            D::ImageLuma8(i) => (1, i.as_raw().clone()),
            D::ImageLumaA8(i) => (2, i.as_raw().clone()),
            D::ImageRgb8(i) => (3, i.as_raw().clone()),
            D::ImageRgba8(i) => (4, i.as_raw().clone()),
            D::ImageLuma16(i) => (1, from_16(i.as_raw())),
            D::ImageLumaA16(i) => (2, from_16(i.as_raw())),
            D::ImageRgb16(i) => (3, from_16(i.as_raw())),
            D::ImageRgba16(i) => (4, from_16(i.as_raw())),
            D::ImageRgb32F(i) => (3, from_float(i.as_raw())),
            D::ImageRgba32F(i) => (4, from_float(i.as_raw())),
            other => (4, other.to_rgba8().into_raw()),
        };
        Self { width: image.width() as usize, height: image.height() as usize, channels, data }
    }

    /// Converts to 1 (gray), 3 (RGB) or 4 (RGBA) channels.
    ///
    /// Gray repeats as RGB, RGB becomes luminance, and transparency is composited over white unless it is kept.
    pub fn convert(self, channels: usize) -> Self {
        let data = match (self.channels, channels) {
            (from, to) if from == to => return self,
            (1, 4) => remap(&self.data, |[v]| [v, v, v, 255]),
            (1, _) => remap(&self.data, |[v]| [v, v, v]),
            (2, 1) => remap(&self.data, |[v, a]| [over_white(v, a)]),
            (2, 4) => remap(&self.data, |[v, a]| [v, v, v, a]),
            (2, _) => remap(&self.data, |[v, a]| [over_white(v, a); 3]),
            (3, 1) => remap(&self.data, |[r, g, b]| [luminance(r, g, b)]),
            (3, _) => remap(&self.data, |[r, g, b]| [r, g, b, 255]),
            (_, 1) => {
                remap(&self.data, |[r, g, b, a]| [luminance(over_white(r, a), over_white(g, a), over_white(b, a))])
            }
            (_, _) => remap(&self.data, |[r, g, b, a]| [over_white(r, a), over_white(g, a), over_white(b, a)]),
        };
        Self { channels, data, ..self }
    }

    /// The image with another of the same size and channels to its right.
    pub fn side_by_side(&self, right: &Self) -> Self {
        let row = self.width * self.channels;
        let rows = self.data.chunks_exact(row).zip(right.data.chunks_exact(row));
        let data = rows.flat_map(|(left, right)| left.iter().chain(right)).copied().collect();
        Self { width: 2 * self.width, data, ..*self }
    }

    /// The image downscaled by a whole factor, by bicubic interpolation as MATLAB's `imresize`, the benchmark of
    /// super-resolution.
    pub fn downscaled(&self, scale: usize) -> Self {
        let [height, width] = [self.height, self.width].map(|side| (side / scale).max(1));
        let taps = |from, to| Taps::new(Filter::Imresize, from, to);
        let (rows, columns) = (taps(self.height, height), taps(self.width, width));
        let plane = |c: usize| {
            let values: Vec<f32> =
                self.data.iter().skip(c).step_by(self.channels).map(|value| f32::from(*value)).collect();
            resize_plane(&values, self.width, &rows, &columns)
        };
        let planes: Vec<Vec<f32>> = (0..self.channels).map(plane).collect();
        let byte = |at: usize, c: usize| planes[c][at].round().clamp(0.0, 255.0) as u8;
        let places = (0..height * width).flat_map(|at| (0..self.channels).map(move |c| (at, c)));
        Self { width, height, data: places.map(|(at, c)| byte(at, c)).collect(), ..*self }
    }

    /// The image as the `image` crate has it, to be encoded; `None` if the values do not fit the size.
    pub fn into_image(self) -> Option<DynamicImage> {
        let (width, height) = (self.width as u32, self.height as u32);
        match self.channels {
            1 => GrayImage::from_raw(width, height, self.data).map(DynamicImage::from),
            2 => GrayAlphaImage::from_raw(width, height, self.data).map(DynamicImage::from),
            3 => RgbImage::from_raw(width, height, self.data).map(DynamicImage::from),
            _ => RgbaImage::from_raw(width, height, self.data).map(DynamicImage::from),
        }
    }

    /// Crops to a rectangle, which must lie inside.
    pub(crate) fn crop(self, left: usize, top: usize, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let (stride, c) = (self.width * self.channels, self.channels);
        let rows = self.data.chunks_exact(stride).skip(top).take(height);
        let data = rows.flat_map(|row| &row[left * c..(left + width) * c]).copied().collect();
        Self { width, height, channels: c, data }
    }

    /// Resizes by Lanczos-3, antialiased; exact where the size stays.
    pub(crate) fn resize(self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let data = resampled(&self, width, height).unwrap_or_else(|_| nearest(&self, width, height));
        Self { width, height, channels: self.channels, data }
    }

    /// Centers the image on a black square of `size` pixels, into which it must fit.
    pub(crate) fn padded(self, size: usize) -> Self {
        if (self.width, self.height) == (size, size) {
            return self;
        }
        let (c, left, top) = (self.channels, (size - self.width) / 2, (size - self.height) / 2);
        let mut data = vec![0; size * size * c];
        for (y, row) in self.data.chunks_exact(self.width * c).enumerate() {
            let start = ((top + y) * size + left) * c;
            data[start..start + row.len()].copy_from_slice(row);
        }
        Self { width: size, height: size, channels: c, data }
    }
}

fn resampled(pixels: &Pixels, width: usize, height: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    match pixels.channels {
        // Gray as three equal channels gives the same values, and another pixel type would be 0.6 MB of the program.
        1 => resampled(&pixels.clone().convert(3), width, height).map(|rgb| rgb.into_iter().step_by(3).collect()),
        3 => resampled_as::<U8x3>(pixels, width, height),
        _ => resampled_as::<U8x4>(pixels, width, height),
    }
}

/// Resizes pixels of one type. The resampler's own choice at run time would compile code for every type.
fn resampled_as<P: PixelTrait>(
    pixels: &Pixels,
    width: usize,
    height: usize,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let side = u32::try_from;
    let from = TypedImageRef::<P>::from_buffer(side(pixels.width)?, side(pixels.height)?, &pixels.data)?;
    let mut data = vec![0; width * height * pixels.channels];
    let mut to = TypedImage::<P>::from_buffer(side(width)?, side(height)?, &mut data)?;
    Resizer::new().resize_typed(&from, &mut to, None)?;
    Ok(data)
}

/// Nearest-neighbor resizing, in case the resampler refuses; no such case is known.
fn nearest(pixels: &Pixels, width: usize, height: usize) -> Vec<u8> {
    let c = pixels.channels;
    let at = |x: usize, y: usize| (y * pixels.height / height * pixels.width + x * pixels.width / width) * c;
    (0..height).flat_map(|y| (0..width).flat_map(move |x| at(x, y)..at(x, y) + c)).map(|i| pixels.data[i]).collect()
}

fn remap<const FROM: usize, const TO: usize>(data: &[u8], f: impl Fn([u8; FROM]) -> [u8; TO]) -> Vec<u8> {
    let (pixels, _) = data.as_chunks::<FROM>();
    pixels.iter().flat_map(|&pixel| f(pixel)).collect()
}

fn from_16(data: &[u16]) -> Vec<u8> {
    data.iter().map(|&v| ((u32::from(v) + 128) / 257) as u8).collect()
}

fn from_float(data: &[f32]) -> Vec<u8> {
    data.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (v, a) = (u32::from(value), u32::from(alpha));
    ((v * a + 255 * (255 - a) + 127) / 255) as u8
}

fn luminance(r: u8, g: u8, b: u8) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_is_resized_as_the_resizer_s_own_gray() {
        for (width, height, to) in [(28, 28, (32, 32)), (37, 61, (16, 9)), (300, 200, (64, 64)), (5, 7, (41, 3))] {
            let data = (0..width * height).map(|at: usize| (at * at * 31 + at * 7) as u8).collect();
            let pixels = Pixels { width, height, channels: 1, data };
            let own = resampled_as::<fast_image_resize::pixels::U8>(&pixels, to.0, to.1).unwrap();
            assert_eq!(pixels.resize(to.0, to.1).data, own, "{width}×{height} to {to:?}");
        }
    }
}
