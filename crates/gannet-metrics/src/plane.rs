//! One channel of an image, and the luma channel of papers on super-resolution.

use crate::MetricError;

/// An image of one channel, values usually in `[0, 255]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Plane {
    /// The channel of `values [height, width]`, row-major.
    ///
    /// # Panics
    /// Where the number of values is not `height · width`.
    pub fn new(height: usize, width: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), height * width, "a plane of {height}×{width} pixels needs as many values");
        Self { height, width, values }
    }

    /// Luma Y of `rgb [height, width, 3]` in `[0, 255]` as MATLAB's `rgb2ycbcr` computes it, from 16 (black) to 235 (white):
    ///
    /// ```text
    /// Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255        ITU-R BT.601
    /// ```
    ///
    /// `rounded` rounds it to integers, as MATLAB does for an image of bytes.
    ///
    /// # Panics
    /// Where the number of values is not `height · width · 3`.
    pub fn luma(height: usize, width: usize, rgb: &[f64], rounded: bool) -> Self {
        let luma = |rgb: &[f64]| 16.0 + (65.481 * rgb[0] + 128.553 * rgb[1] + 24.966 * rgb[2]) / 255.0;
        Self::of_rgb(height, width, rgb, |rgb| if rounded { luma(rgb).round() } else { luma(rgb) })
    }

    /// Luma Y of `rgb [height, width, 3]` in `[0, 255]` as YIQ has it, from 0 (black) to 255 (white):
    ///
    /// ```text
    /// Y = 0.299 R + 0.587 G + 0.114 B
    /// ```
    ///
    /// in f32, of values in `[0, 1]`, as pyiqa computes it. `rounded` rounds it to integers, halves to even ones.
    ///
    /// # Panics
    /// Where the number of values is not `height · width · 3`.
    pub fn full_range_luma(height: usize, width: usize, rgb: &[f64], rounded: bool) -> Self {
        let luma = |rgb: &[f64]| {
            let [r, g, b] = [0, 1, 2].map(|channel| rgb[channel] as f32 / 255.0);
            r * 0.299 + g * 0.587 + b * 0.114
        };
        // Which way a half is rounded depends on the rounding errors of f32.
        let rounded_luma = |rgb: &[f64]| f64::from((luma(rgb) * 255.0).round_ties_even());
        Self::of_rgb(height, width, rgb, |rgb| if rounded { rounded_luma(rgb) } else { f64::from(luma(rgb)) * 255.0 })
    }

    fn of_rgb(height: usize, width: usize, rgb: &[f64], value: impl Fn(&[f64]) -> f64) -> Self {
        assert_eq!(
            rgb.len(),
            height * width * 3,
            "an RGB image of {height}×{width} pixels needs three times as many values"
        );
        Self::new(height, width, rgb.chunks_exact(3).map(value).collect())
    }

    /// Removes a border of `border` pixels on each side; the result is empty where nothing is left.
    pub fn crop(&self, border: usize) -> Self {
        let inner = |side: usize| side.saturating_sub(2 * border);
        let (height, width) = (inner(self.height), inner(self.width));
        let rows = (0..height).flat_map(|y| &self.values[(y + border) * self.width + border..][..width]);
        Self::new(height, if height == 0 { 0 } else { width }, rows.copied().collect())
    }

    /// Height and width in pixels.
    pub fn size(&self) -> (usize, usize) {
        (self.height, self.width)
    }

    /// All values `[height, width]`, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// Checks that two images have one size, no side below `needed` pixels, and finite values. Errors call them images 0 and 1.
pub(crate) fn check_sizes(metric: &'static str, needed: usize, a: &Plane, b: &Plane) -> Result<(), MetricError> {
    if a.size() != b.size() {
        return Err(MetricError::Sizes(a.size(), b.size()));
    }
    if a.height.min(a.width) < needed {
        return Err(MetricError::TooSmall { metric, needed, found: a.size() });
    }
    let finite = |plane: &&Plane| plane.values.iter().all(|value| value.is_finite());
    match [a, b].iter().position(|plane| !finite(plane)) {
        Some(image) => Err(MetricError::NotFinite(image)),
        None => Ok(()),
    }
}
