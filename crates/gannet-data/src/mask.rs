//! Masks: which pixels of an image are missing, and filling them by diffusion.

use gannet_ops::random::Stream;

use crate::mask_shapes::{MaskKind, random_mask};
use crate::{DataError, ImageBuffer};

/// A pixel is missing where the mask image is brighter, or the image itself less opaque, than this.
const THRESHOLD: f32 = 0.5;
/// The factor by which successive over-relaxation goes beyond the mean of the neighbors.
const RELAXATION: f32 = 1.9;
/// The most iterations of relaxation, and the largest change of a value at which they end.
const ITERATIONS: usize = 4000;
const TOLERANCE: f32 = 1e-5;

/// The missing pixels of an image, those that inpainting fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    missing: Vec<bool>,
}

impl Mask {
    /// Pixels are missing where `mask` is brighter than half over black: what transparency hides is not part of the mask.
    pub fn from_image(mask: &ImageBuffer) -> Self {
        let brightness = |y: usize, x: usize| {
            let channels = mask.color_channels();
            let visible = if mask.has_alpha() { mask.at(channels, y, x) } else { 1.0 };
            visible * (0..channels).map(|c| mask.at(c, y, x)).sum::<f32>() / channels as f32
        };
        Self::from_fn(mask.width, mask.height, |y, x| brightness(y, x) > THRESHOLD)
    }

    /// Pixels are missing where `image` is more than half transparent; `None` if it has no transparency.
    pub fn from_alpha(image: &ImageBuffer) -> Option<Self> {
        let alpha = image.channels - 1;
        let mask = || Self::from_fn(image.width, image.height, |y, x| image.at(alpha, y, x) < THRESHOLD);
        image.has_alpha().then(mask)
    }

    /// The part of the rectangle `[left, top, width, height]` that lies inside an image of `width × height` pixels.
    pub fn from_rectangle(width: usize, height: usize, [left, top, wide, high]: [usize; 4]) -> Self {
        let inside =
            |y, x| (top..top.saturating_add(high)).contains(&y) && (left..left.saturating_add(wide)).contains(&x);
        Self::from_fn(width, height, inside)
    }

    /// A random mask that covers about `share` of a square around the image, from its top left corner.
    pub fn random(kind: MaskKind, width: usize, height: usize, share: f32, stream: &mut Stream) -> Self {
        let side = width.max(height);
        let missing = random_mask(kind, side, share, stream);
        Self::from_fn(width, height, |y, x| missing[y * side + x])
    }

    fn from_fn(width: usize, height: usize, missing: impl Fn(usize, usize) -> bool) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        Self { width, height, missing: pixels.map(|(y, x)| missing(y, x)).collect() }
    }

    /// Checks that the mask can be used with `image`; `name` is the image's in messages.
    ///
    /// # Errors
    /// The sizes differ, no pixel is missing, or all are.
    pub fn check(&self, image: &ImageBuffer, name: &str) -> Result<(), DataError> {
        if (self.width, self.height) != (image.width, image.height) {
            return Err(DataError::Setting(format!(
                "{name} has {}×{} pixels, but its mask {}×{}: give a mask of the image's size",
                image.width, image.height, self.width, self.height
            )));
        }
        match self.count() {
            0 => Err(DataError::Setting(format!(
                "the mask of {name} is empty, nothing would be filled: mark pixels white in the mask image, \
                 make them more than half transparent, or give a box inside the image"
            ))),
            count if count == self.missing.len() => Err(DataError::Setting(format!(
                "the mask covers all of {name}: leave some pixels out of it, from which the others can be filled"
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the pixel at row `y` and column `x` is missing.
    pub fn at(&self, y: usize, x: usize) -> bool {
        self.missing[y * self.width + x]
    }

    /// How many pixels are missing.
    pub fn count(&self) -> usize {
        self.missing.iter().filter(|missing| **missing).count()
    }

    /// The missing pixels as (row, column), row after row.
    pub fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let missing = self.missing.iter().enumerate().filter(|(_, missing)| **missing);
        missing.map(|(place, _)| (place / self.width, place % self.width))
    }

    /// A gray image of 8 bits, white where pixels are missing and black elsewhere.
    pub fn into_image(self) -> ImageBuffer {
        let black = image::DynamicImage::new_luma8(self.width as u32, self.height as u32);
        let mut mask = ImageBuffer::from_image(black);
        self.pixels().for_each(|(y, x)| mask.set(0, y, x, 1.0));
        mask
    }

    /// Fills the missing pixels of an image by diffusion, see [`Mask::diffuse_plane`], and makes them opaque.
    ///
    /// Pixels that are not missing keep their values. Where they are invisible, the nearest visible color is diffused.
    pub fn diffuse(&self, image: &ImageBuffer) -> ImageBuffer {
        let (mut filled, visible) = (image.clone(), image.with_visible_colors());
        for channel in 0..image.channels {
            let mut plane: Vec<f32> = (0..self.missing.len())
                .map(|place| visible.at(channel, place / self.width, place % self.width))
                .collect();
            self.diffuse_plane(&mut plane);
            for (y, x) in self.pixels() {
                let alpha = image.has_alpha() && channel + 1 == image.channels;
                filled.set(channel, y, x, if alpha { 1.0 } else { plane[y * self.width + x] });
            }
        }
        filled
    }

    /// Fills the missing values of a plane `[height][width]` by diffusion: each becomes the mean of its neighbors.
    ///
    /// That is Laplace's equation with the known values as its boundary, solved by successive over-relaxation.
    pub fn diffuse_plane(&self, plane: &mut [f32]) {
        let pixels: Vec<(usize, usize)> = self.pixels().collect();
        let known = || plane.iter().zip(&self.missing).filter(|(_, missing)| !**missing).map(|(value, _)| value);
        let mean = known().sum::<f32>() / known().count().max(1) as f32;
        pixels.iter().for_each(|(y, x)| plane[y * self.width + x] = mean);
        for _ in 0..ITERATIONS {
            let mut change = 0.0_f32;
            for &(y, x) in &pixels {
                let place = y * self.width + x;
                let around = [
                    (y > 0).then(|| place - self.width),
                    (y + 1 < self.height).then(|| place + self.width),
                    (x > 0).then(|| place - 1),
                    (x + 1 < self.width).then(|| place + 1),
                ];
                let around = around.into_iter().flatten();
                let (sum, count) = around.fold((0.0, 0.0), |(sum, count), near| (sum + plane[near], count + 1.0));
                let step = RELAXATION * (sum / count - plane[place]);
                plane[place] += step;
                change = change.max(step.abs());
            }
            if change < TOLERANCE {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayAlphaImage, Luma, LumaA};

    use super::*;

    fn ramp() -> ImageBuffer {
        let ramp = image::ImageBuffer::from_fn(24, 16, |x, _| Luma([x as u16 * 2000]));
        ImageBuffer::from_image(DynamicImage::ImageLuma16(ramp))
    }

    #[test]
    fn diffusion_restores_a_ramp() {
        let (image, mask) = (ramp(), Mask::from_rectangle(24, 16, [5, 0, 9, 16]));
        let mut damaged = image.clone();
        mask.pixels().for_each(|(y, x)| damaged.set(0, y, x, 0.3));
        let filled = mask.diffuse(&damaged);
        for (y, x) in (0..16).flat_map(|y| (0..24).map(move |x| (y, x))) {
            let off = (filled.at(0, y, x) - image.at(0, y, x)).abs();
            assert!(off < 1e-3 && (mask.at(y, x) || off == 0.0), "{y}, {x}: {off}");
        }
    }

    #[test]
    fn masks_come_from_images_and_from_transparency() {
        let clear = GrayAlphaImage::from_fn(6, 4, |x, y| LumaA([9, if (x, y) == (2, 1) { 0 } else { 255 }]));
        let image = ImageBuffer::from_image(DynamicImage::ImageLumaA8(clear));
        let mask = Mask::from_alpha(&image).unwrap();
        assert_eq!(mask.pixels().collect::<Vec<_>>(), [(1, 2)]);
        assert_eq!(Mask::from_image(&mask.clone().into_image()), mask);
        assert_eq!(mask.diffuse(&image).at(1, 1, 2), 1.0);
        assert!(Mask::from_alpha(&ramp()).is_none());
        mask.check(&image, "it").unwrap();
        for (other, words) in [
            (Mask::from_rectangle(5, 4, [0, 0, 1, 1]), "6×4"),
            (Mask::from_rectangle(6, 4, [6, 0, 1, 1]), "is empty"),
            (Mask::from_rectangle(6, 4, [0, 0, 6, usize::MAX]), "covers all of it"),
        ] {
            let error = other.check(&image, "it").unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
