//! Which pixels of a picture are missing: by a mask beside it, by its transparency, or by a rectangle; and the oldest way to fill
//! them.

use gannet_ops::random::Stream;

use crate::masks::{MaskKind, mask};
use crate::{Canvas, DataError};

/// Brighter, or more transparent, than this is missing.
const HALF: f32 = 0.5;
/// How far each value goes beyond the mean of its neighbours in a round (successive over-relaxation).
const HASTE: f32 = 1.9;
/// Rounds at most, and the change below which there are no more.
const ROUNDS: usize = 4000;
const STILL: f32 = 1e-5;

/// The missing pixels of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// pixels in a row
    pub width: usize,
    /// rows
    pub height: usize,
    missing: Vec<bool>,
}

impl Hole {
    /// Where a mask is bright; its transparency counts for nothing.
    pub fn of_mask(mask: &Canvas) -> Self {
        let light = |y: usize, x: usize| {
            let colors = mask.colors();
            (0..colors).map(|c| mask.at(c, y, x)).sum::<f32>() / colors as f32
        };
        Self::of(mask.width, mask.height, |y, x| light(y, x) > HALF)
    }

    /// Where a picture is more transparent than not; none where it has no transparency.
    pub fn of_alpha(picture: &Canvas) -> Option<Self> {
        let alpha = picture.channels - 1;
        let hole = || Self::of(picture.width, picture.height, |y, x| picture.at(alpha, y, x) < HALF);
        picture.has_alpha().then(hole)
    }

    /// The rectangle `[left, top, width, height]` of a picture, as far as it lies inside.
    pub fn of_rectangle(width: usize, height: usize, [left, top, wide, high]: [usize; 4]) -> Self {
        let inside =
            |y, x| (top..top.saturating_add(high)).contains(&y) && (left..left.saturating_add(wide)).contains(&x);
        Self::of(width, height, inside)
    }

    /// One as a person might make it, of `share` of the picture or, by the last stroke, a few pixels more.
    pub fn drawn(kind: MaskKind, width: usize, height: usize, share: f32, stream: &mut Stream) -> Self {
        let side = width.max(height);
        let missing = mask(kind, side, share, stream);
        Self::of(width, height, |y, x| missing[y * side + x])
    }

    fn of(width: usize, height: usize, missing: impl Fn(usize, usize) -> bool) -> Self {
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        Self { width, height, missing: places.map(|(y, x)| missing(y, x)).collect() }
    }

    /// Refuses a hole that is not of the picture, and one that leaves nothing to do or nothing to go by.
    ///
    /// # Errors
    /// It has another size; nothing is missing, or all.
    pub fn fits(&self, picture: &Canvas, name: &str) -> Result<(), DataError> {
        let (own, theirs) = ((self.width, self.height), (picture.width, picture.height));
        if own != theirs {
            return Err(DataError::Setting(format!(
                "{name} has {}×{} pixels and its mask {}×{}: give a mask of its size",
                theirs.0, theirs.1, own.0, own.1
            )));
        }
        match self.count() {
            0 => Err(DataError::Setting(format!(
                "nothing of {name} is missing: what is white in a mask, more than half transparent or inside a box is filled"
            ))),
            count if count == self.missing.len() => {
                Err(DataError::Setting(format!("all of {name} is missing: leave something to go by")))
            }
            _ => Ok(()),
        }
    }

    /// Whether a pixel is missing.
    pub fn at(&self, y: usize, x: usize) -> bool {
        self.missing[y * self.width + x]
    }

    /// How many are.
    pub fn count(&self) -> usize {
        self.missing.iter().filter(|missing| **missing).count()
    }

    /// The missing pixels, row and column.
    pub fn places(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let missing = self.missing.iter().enumerate().filter(|(_, missing)| **missing);
        missing.map(|(place, _)| (place / self.width, place % self.width))
    }

    /// The hole as a mask: white on black.
    pub fn into_mask(self) -> Canvas {
        let mut mask = Canvas::from_image(image::DynamicImage::new_luma8(self.width as u32, self.height as u32));
        self.places().for_each(|(y, x)| mask.set(0, y, x, 1.0));
        mask
    }

    /// The picture with the hole filled as heat would: each missing pixel is the mean of its neighbours (Laplace's equation). Other
    /// pixels stay as they are.
    pub fn diffuse(&self, picture: &Canvas) -> Canvas {
        let mut filled = picture.clone();
        for channel in 0..picture.channels {
            let mut plane: Vec<f32> = (0..self.missing.len())
                .map(|place| picture.at(channel, place / self.width, place % self.width))
                .collect();
            self.fill(&mut plane);
            for (y, x) in self.places() {
                let transparency = picture.has_alpha() && channel + 1 == picture.channels;
                filled.set(channel, y, x, if transparency { 1.0 } else { plane[y * self.width + x] });
            }
        }
        filled
    }

    /// The same in a plane of values, one a pixel.
    pub fn fill(&self, plane: &mut [f32]) {
        let places: Vec<(usize, usize)> = self.places().collect();
        let known = || plane.iter().zip(&self.missing).filter(|(_, missing)| !**missing).map(|(value, _)| value);
        let mean = known().sum::<f32>() / known().count().max(1) as f32;
        places.iter().for_each(|(y, x)| plane[y * self.width + x] = mean);
        for _ in 0..ROUNDS {
            let mut change = 0.0_f32;
            for &(y, x) in &places {
                let place = y * self.width + x;
                let around = [
                    (y > 0).then(|| place - self.width),
                    (y + 1 < self.height).then(|| place + self.width),
                    (x > 0).then(|| place - 1),
                    (x + 1 < self.width).then(|| place + 1),
                ];
                let around = around.into_iter().flatten();
                let (sum, count) = around.fold((0.0, 0.0), |(sum, count), near| (sum + plane[near], count + 1.0));
                let step = HASTE * (sum / count - plane[place]);
                plane[place] += step;
                change = change.max(step.abs());
            }
            if change < STILL {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayAlphaImage, ImageBuffer, Luma, LumaA};

    use super::*;

    fn ramp() -> Canvas {
        Canvas::from_image(DynamicImage::ImageLuma16(ImageBuffer::from_fn(24, 16, |x, _| Luma([x as u16 * 2000]))))
    }

    #[test]
    fn heat_flows_straight_between_two_walls() {
        let (picture, hole) = (ramp(), Hole::of_rectangle(24, 16, [5, 0, 9, 16]));
        let mut holed = picture.clone();
        hole.places().for_each(|(y, x)| holed.set(0, y, x, 0.3));
        let filled = hole.diffuse(&holed);
        for (y, x) in (0..16).flat_map(|y| (0..24).map(move |x| (y, x))) {
            let off = (filled.at(0, y, x) - picture.at(0, y, x)).abs();
            assert!(off < 1e-3 && (hole.at(y, x) || off == 0.0), "{y}, {x}: {off}");
        }
    }

    #[test]
    fn holes_come_from_masks_and_from_transparency() {
        let clear = GrayAlphaImage::from_fn(6, 4, |x, y| LumaA([9, if (x, y) == (2, 1) { 0 } else { 255 }]));
        let picture = Canvas::from_image(DynamicImage::ImageLumaA8(clear));
        let hole = Hole::of_alpha(&picture).unwrap();
        assert_eq!(hole.places().collect::<Vec<_>>(), [(1, 2)]);
        assert_eq!(Hole::of_mask(&hole.clone().into_mask()), hole);
        assert_eq!(hole.diffuse(&picture).at(1, 1, 2), 1.0);
        assert!(Hole::of_alpha(&ramp()).is_none());
        hole.fits(&picture, "it").unwrap();
        for (other, word) in [
            (Hole::of_rectangle(5, 4, [0, 0, 1, 1]), "6×4"),
            (Hole::of_rectangle(6, 4, [6, 0, 1, 1]), "nothing"),
            (Hole::of_rectangle(6, 4, [0, 0, 6, usize::MAX]), "all"),
        ] {
            let error = other.fits(&picture, "it").unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
