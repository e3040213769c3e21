//! The form in which a network takes images, and how an image of any size and mode is brought into it.
//!
//! In this order:
//!
//! 1. Depth: 16 bits become 8 by rounding value / 257; floating-point values are clamped to [0, 1] and scaled.
//! 2. Mode: palettes are expanded to RGB or RGBA; transparency is composited over white; gray becomes RGB by
//!    repetition; RGB becomes gray by ITU-R 601 luminance, 0.299 R + 0.587 G + 0.114 B. With four channels transparency
//!    is kept (opaque where there was none).
//! 3. Fit: `crop` takes the largest centered square and resizes it to `size`; `stretch` resizes the whole image to the
//!    square, whatever its aspect ratio; `pad` downscales the image until its longer side fits (it never enlarges) and
//!    centers it on black. Resizing is Lanczos-3, antialiased. An image that already has the size keeps its exact
//!    pixels.
//! 4. Range: v / 127.5 − 1, so black is −1 and white is 1.
//!
//! EXIF orientation was applied when the image was decoded.

use gannet_ops::resample::mirrored;
use image::DynamicImage;
use serde::{Deserialize, Serialize};

use crate::{DataError, Pixels};

/// The largest side of an image that a network takes, in pixels.
const MAX_SIZE: usize = 8192;

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

/// The form in which a network takes images; the module's documentation has the conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImageSpec {
    /// the side of the square, in pixels
    pub size: usize,
    /// 1 gray, 3 RGB, 4 RGBA
    pub channels: usize,
    /// how an image becomes square
    pub fit: Fit,
    /// whether the loader flips half of the images at random, left to right
    pub flip: bool,
    /// the most pixels by which the loader shifts an image at random along each axis; the border is filled by
    /// reflection
    pub shift: usize,
    /// whether each image is two side by side, which become channels of one square: those of the left, then of the
    /// right
    pub paired: bool,
}

/// The random flip and shift of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Jitter {
    pub flip: bool,
    /// rows and columns
    pub shift: [isize; 2],
}

impl ImageSpec {
    /// Checks that images can be brought into this form.
    ///
    /// # Errors
    /// The number of channels is none of 1, 3 and 4, or the size is not within 1 to 8192 pixels.
    pub fn validate(&self) -> Result<(), DataError> {
        if !matches!(self.channels, 1 | 3 | 4) {
            let text = format!("channels = {}: give 1 (gray), 3 (RGB) or 4 (RGBA) channels", self.channels);
            return Err(DataError::Setting(text));
        }
        if self.size == 0 || self.size > MAX_SIZE {
            return Err(DataError::Setting(format!("size = {}: give the side in pixels, 1 to {MAX_SIZE}", self.size)));
        }
        Ok(())
    }

    /// Channels of a sample: those of one image, or of both images of a pair.
    pub fn planes(&self) -> usize {
        if self.paired { 2 * self.channels } else { self.channels }
    }

    /// Converts an image to planes `[planes, size, size]` in [-1, 1], flipped if `flip`; the specification must be
    /// valid.
    pub fn apply(&self, image: &DynamicImage, flip: bool) -> Vec<f32> {
        self.normalize(&self.square(image).data, Jitter { flip, ..Jitter::default() })
    }

    /// Converts an image to the square of 8-bit pixels that [`ImageSpec::apply`] scales to [-1, 1].
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
                let (width, height) = downscaled_size(pixels.width, pixels.height, size);
                pixels.resize(width, height).padded(size)
            }
        }
    }

    /// Converts the bytes of an [`ImageSpec::square`] to planes `[planes, size, size]` in [-1, 1].
    pub(crate) fn normalize(&self, square: &[u8], jitter: Jitter) -> Vec<f32> {
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

    /// Describes in words what training does with an image of this size and mode.
    pub fn describe(&self, image: &DynamicImage) -> String {
        let mut steps = self.mode_steps(image);
        steps.extend(self.fit_steps(image.width() as usize, image.height() as usize));
        if self.flip {
            steps.push("flip half of them at random".to_owned());
        }
        if self.shift > 0 {
            steps.push(format!("shift each by at most {} pixels", self.shift));
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
            steps.push("composite transparency over white".to_owned());
        }
        match (color.has_color(), self.channels) {
            (true, 1) => steps.push("RGB to gray".to_owned()),
            (false, 3 | 4) => steps.push("gray to RGB".to_owned()),
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
            Fit::Pad => ((width, height), downscaled_size(width, height, size)),
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

/// The largest width and height of the image's aspect ratio that fit the square, at most the image's own.
fn downscaled_size(width: usize, height: usize, size: usize) -> (usize, usize) {
    let longer = width.max(height);
    if longer <= size {
        return (width, height);
    }
    let side = |length: usize| ((length * size + longer / 2) / longer).max(1);
    (side(width), side(height))
}
