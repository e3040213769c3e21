//! An image of any size and mode to the planes that a network takes.
//!
//! The rule, in this order:
//!
//! 1. Depth: 16 bits become 8 by rounding value / 257; floating-point values are clamped to [0, 1] and scaled.
//! 2. Mode: palettes are expanded to RGB or RGBA; transparency is laid over white; grey becomes RGB by repetition;
//!    RGB becomes grey by ITU-R 601 luma, 0.299 R + 0.587 G + 0.114 B. With four channels transparency is kept
//!    (opaque where there was none).
//! 3. Fit: `crop` takes the largest centred square and resizes it to `size`; `stretch` resizes the whole image to the
//!    square, whatever its aspect; `pad` shrinks the image until its longer side fits (it never enlarges) and centres
//!    it on black. Resizing is Lanczos-3, antialiased. No resize is done where none is needed: then pixels are exact.
//! 4. Range: v / 127.5 − 1, so black is −1 and white is 1.
//!
//! Orientation (EXIF) was applied when the image was decoded.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4};
use fast_image_resize::{PixelTrait, Resizer};
use gannet_ops::resample::{Filter, Taps, mirrored, resize_plane};
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::DataError;

/// One decoded image: 8 bits a value, channels interleaved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
    pub channels: usize,
    /// row after row, `width · height · channels` values
    pub data: Vec<u8>,
}

gannet_choice::choice! {
    /// How an image that is not square becomes a square.
    #[default = Crop]
    Fit {
        /// The largest centered square, resized.
        Crop = "crop",
        /// The whole image, resized without regard to its aspect ratio.
        Stretch = "stretch",
        /// The whole image, downscaled if it is too large and centered on black.
        Pad = "pad",
    }
}

/// What a network takes: see the module's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSpec {
    /// the side of the square, in pixels
    pub size: usize,
    /// 1 grey, 3 RGB, 4 RGBA
    pub channels: usize,
    /// how an image becomes square
    pub fit: Fit,
    /// whether the loader mirrors a random half of the images
    pub flip: bool,
    /// by how many pixels at most the loader moves an image in either direction; what comes in is its mirror image
    pub shift: usize,
    /// whether an image is two side by side, which are cut apart and become planes one behind the other
    pub paired: bool,
}

/// What the loader does to one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Jitter {
    pub flip: bool,
    /// rows and columns
    pub shift: [isize; 2],
}

impl Pixels {
    /// The image at 8 bits, its channels as they are.
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

    /// The same picture with 1, 3 or 4 channels.
    pub fn convert(self, channels: usize) -> Self {
        let data = match (self.channels, channels) {
            (from, to) if from == to => return self,
            (1, 4) => remap(&self.data, |[v]| [v, v, v, 255]),
            (1, _) => remap(&self.data, |[v]| [v, v, v]),
            (2, 1) => remap(&self.data, |[v, a]| [over_white(v, a)]),
            (2, 4) => remap(&self.data, |[v, a]| [v, v, v, a]),
            (2, _) => remap(&self.data, |[v, a]| [over_white(v, a); 3]),
            (3, 1) => remap(&self.data, |[r, g, b]| [luma(r, g, b)]),
            (3, _) => remap(&self.data, |[r, g, b]| [r, g, b, 255]),
            (_, 1) => remap(&self.data, |[r, g, b, a]| [luma(over_white(r, a), over_white(g, a), over_white(b, a))]),
            (_, _) => remap(&self.data, |[r, g, b, a]| [over_white(r, a), over_white(g, a), over_white(b, a)]),
        };
        Self { channels, data, ..self }
    }

    /// The picture with another of its shape to its right.
    pub fn side_by_side(&self, right: &Self) -> Self {
        let row = self.width * self.channels;
        let rows = self.data.chunks_exact(row).zip(right.data.chunks_exact(row));
        let data = rows.flat_map(|(left, right)| left.iter().chain(right)).copied().collect();
        Self { width: 2 * self.width, data, ..*self }
    }

    /// The picture so many times smaller, by cubic convolution as MATLAB's `imresize`, by which super-resolution is measured.
    pub fn downscaled(&self, times: usize) -> Self {
        let [height, width] = [self.height, self.width].map(|side| (side / times).max(1));
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

    /// The picture as others save and show it; none where there are fewer values than pixels.
    pub fn into_image(self) -> Option<DynamicImage> {
        let (width, height) = (self.width as u32, self.height as u32);
        match self.channels {
            1 => GrayImage::from_raw(width, height, self.data).map(DynamicImage::from),
            2 => GrayAlphaImage::from_raw(width, height, self.data).map(DynamicImage::from),
            3 => RgbImage::from_raw(width, height, self.data).map(DynamicImage::from),
            _ => RgbaImage::from_raw(width, height, self.data).map(DynamicImage::from),
        }
    }

    /// A part of the picture; the rectangle must lie inside.
    fn crop(self, left: usize, top: usize, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let (stride, c) = (self.width * self.channels, self.channels);
        let rows = self.data.chunks_exact(stride).skip(top).take(height);
        let data = rows.flat_map(|row| &row[left * c..(left + width) * c]).copied().collect();
        Self { width, height, channels: c, data }
    }

    /// The picture at another size, antialiased.
    pub(crate) fn resize(self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let data = resampled(&self, width, height).unwrap_or_else(|_| nearest(&self, width, height));
        Self { width, height, channels: self.channels, data }
    }

    /// The picture centred on a black square; it must fit.
    fn centred(self, size: usize) -> Self {
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

impl ImageSpec {
    /// Whether images can be made to this specification at all.
    pub fn validate(&self) -> Result<(), DataError> {
        if !matches!(self.channels, 1 | 3 | 4) {
            let text = format!("channels = {}: images have 1 (grey), 3 (RGB) or 4 (RGBA) channels", self.channels);
            return Err(DataError::Setting(text));
        }
        if self.size == 0 || self.size > 8192 {
            return Err(DataError::Setting(format!("size = {}: give the side in pixels, 1 to 8192", self.size)));
        }
        Ok(())
    }

    /// Planes of an image: its channels, or those of both.
    pub fn planes(&self) -> usize {
        if self.paired { 2 * self.channels } else { self.channels }
    }

    /// Image → planes [planes, size, size] in [-1, 1], mirrored if `flip`; the specification must be valid.
    pub fn apply(&self, image: &DynamicImage, flip: bool) -> Vec<f32> {
        self.spread(&self.square(image).data, Jitter { flip, ..Jitter::default() })
    }

    /// Image → the square of 8-bit pixels that [`ImageSpec::apply`] spreads to [-1, 1].
    pub fn square(&self, image: &DynamicImage) -> Pixels {
        let pixels = Pixels::from_image(image).convert(self.channels);
        if !self.paired {
            return self.fitted(pixels);
        }
        let (half, height) = (pixels.width / 2, pixels.height);
        let [left, right] = [0, half].map(|at| self.fitted(pixels.clone().crop(at, 0, half.max(1), height)));
        let both = left.data.chunks_exact(self.channels).zip(right.data.chunks_exact(self.channels));
        let data = both.flat_map(|(left, right)| left.iter().chain(right)).copied().collect();
        Pixels { channels: self.planes(), data, ..left }
    }

    fn fitted(&self, pixels: Pixels) -> Pixels {
        let size = self.size;
        match self.fit {
            Fit::Stretch => pixels.resize(size, size),
            Fit::Crop => {
                let side = pixels.width.min(pixels.height);
                let (left, top) = ((pixels.width - side) / 2, (pixels.height - side) / 2);
                pixels.crop(left, top, side, side).resize(size, size)
            }
            Fit::Pad => {
                let (width, height) = shrunk(pixels.width, pixels.height, size);
                pixels.resize(width, height).centred(size)
            }
        }
    }

    /// The bytes of a [`ImageSpec::square`] → planes [planes, size, size] in [-1, 1].
    pub(crate) fn spread(&self, square: &[u8], jitter: Jitter) -> Vec<f32> {
        let (c, w, area) = (self.planes(), self.size, self.size * self.size);
        let [rows, columns] = jitter.shift;
        let mut planes = vec![0.0; c * area];
        for (plane, out) in planes.chunks_exact_mut(area).enumerate() {
            for (y, out) in out.chunks_exact_mut(w).enumerate() {
                let row = &square[mirrored(y as isize + rows, w) * w * c..][..w * c];
                for (x, value) in out.iter_mut().enumerate() {
                    let x = mirrored(x as isize + columns, w);
                    let x = if jitter.flip { w - 1 - x } else { x };
                    *value = f32::from(row[x * c + plane]) / 127.5 - 1.0;
                }
            }
        }
        planes
    }

    /// What training does with an image of this size and mode, in words.
    pub fn describe(&self, image: &DynamicImage) -> String {
        let mut steps = self.mode_steps(image);
        steps.extend(self.fit_steps(image.width() as usize, image.height() as usize));
        if self.flip {
            steps.push("mirror half of them".to_owned());
        }
        if self.shift > 0 {
            steps.push(format!("move each by at most {} pixels", self.shift));
        }
        if steps.is_empty() { "use as it is".to_owned() } else { steps.join(", ") }
    }

    fn mode_steps(&self, image: &DynamicImage) -> Vec<String> {
        let color = image.color();
        let mut steps = Vec::new();
        if color.bytes_per_pixel() > color.channel_count() {
            steps.push(format!("{} to 8 bits", 8 * color.bytes_per_pixel() / color.channel_count()));
        }
        if color.has_alpha() && self.channels != 4 {
            steps.push("lay transparency over white".to_owned());
        }
        match (color.has_color(), self.channels) {
            (true, 1) => steps.push("RGB to grey".to_owned()),
            (false, 3 | 4) => steps.push("grey to RGB".to_owned()),
            _ => {}
        }
        steps
    }

    fn fit_steps(&self, width: usize, height: usize) -> Vec<String> {
        let size = self.size;
        let side = width.min(height);
        let mut steps = Vec::new();
        let (from, to) = match self.fit {
            Fit::Stretch => ((width, height), (size, size)),
            Fit::Crop => ((side, side), (size, size)),
            Fit::Pad => ((width, height), shrunk(width, height, size)),
        };
        if self.fit == Fit::Crop && width != height {
            steps.push(format!("crop {width}×{height} to {side}×{side}"));
        }
        if from != to {
            let word = if to.0 > from.0 || to.1 > from.1 { "enlarge" } else { "shrink" };
            steps.push(format!("{word} {}×{} to {}×{}", from.0, from.1, to.0, to.1));
        }
        if to != (size, size) {
            steps.push(format!("pad {}×{} with black to {size}×{size}", to.0, to.1));
        }
        steps
    }
}

/// The largest size with the same aspect that fits the square, at most the image's own.
fn shrunk(width: usize, height: usize, size: usize) -> (usize, usize) {
    let longer = width.max(height);
    if longer <= size {
        return (width, height);
    }
    let side = |length: usize| ((length * size + longer / 2) / longer).max(1);
    (side(width), side(height))
}

fn resampled(pixels: &Pixels, width: usize, height: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    match pixels.channels {
        1 => resampled_as::<U8>(pixels, width, height),
        3 => resampled_as::<U8x3>(pixels, width, height),
        _ => resampled_as::<U8x4>(pixels, width, height),
    }
}

/// Only what is asked for by type is compiled; the resampler's choice at run time would bring all kinds of pixels.
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

/// Stands in where the resampler declines; nothing known makes it do so.
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

fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}
