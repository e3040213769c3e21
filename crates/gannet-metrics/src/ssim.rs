//! Image Quality Assessment: From Error Visibility to Structural Similarity, Wang et al. 2004,
//! doi:10.1109/TIP.2003.819861, and Multi-scale Structural Similarity for Image Quality Assessment, Wang et al. 2003,
//! doi:10.1109/ACSSC.2003.1292216.
//!
//! ```text
//! SSIM = mean  (2 μ_a μ_b + C₁) / (μ_a² + μ_b² + C₁)  ·  (2 σ_ab + C₂) / (σ_a² + σ_b² + C₂)
//! C₁ = (0.01 · 255)²,  C₂ = (0.03 · 255)²
//! ```
//!
//! with means, variances and covariance under a Gaussian window of 11 × 11 pixels, σ = 1.5, at all positions where the window
//! is inside the image, as in the authors' `ssim_index.m`. MS-SSIM is a product over scales, each of half the resolution of
//! the one before, with exponents that sum to 1: of the mean of the second factor, and at the coarsest scale of that of both.
//!
//! Other programs compute it in other forms, see [`SsimForm`].

use crate::plane::check_sizes;
use crate::ssim_form::{Halving, Places, SsimForm, Window};
use crate::{MetricError, Plane};

/// Side of the Gaussian window in pixels.
const GAUSSIAN: usize = 11;
/// Standard deviation of the Gaussian window in pixels.
const SIGMA: f64 = 1.5;
/// Side of the uniform window in pixels.
const UNIFORM: usize = 7;
/// C₁ and C₂, which keep both factors from dividing by zero.
const C: [f64; 2] = [(0.01 * 255.0) * (0.01 * 255.0), (0.03 * 255.0) * (0.03 * 255.0)];
/// The exponent of each scale, finest first.
const SCALES: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// Structural similarity of two images in `[0, 255]`: 1 where they are equal, at least −1.
///
/// # Errors
/// Images of different sizes, a side below 11 pixels, values that are not finite.
pub fn ssim(a: &Plane, b: &Plane) -> Result<f64, MetricError> {
    SsimForm::default().ssim(a, b)
}

/// Multi-scale structural similarity of two images in `[0, 255]`, over five scales. A negative factor counts as 0, since it has
/// no real power.
///
/// # Errors
/// Images of different sizes, a side below 11 · 2⁴ = 176 pixels, values that are not finite.
pub fn ms_ssim(a: &Plane, b: &Plane) -> Result<f64, MetricError> {
    SsimForm::default().ms_ssim(&[[a.clone(), b.clone()]])
}

impl SsimForm {
    /// Structural similarity of two images in `[0, 255]` in this form: 1 where they are equal, at least −1.
    ///
    /// # Errors
    /// Images of different sizes, a side that is too short for this form, values that are not finite.
    pub fn ssim(&self, a: &Plane, b: &Plane) -> Result<f64, MetricError> {
        check_sizes("SSIM", self.smallest, a, b)?;
        let (height, width) = a.size();
        // Python rounds halves to even numbers.
        let factor = (height.min(width) as f64 / 256.0).round_ties_even() as usize;
        if self.averaged_down && factor > 1 {
            return Ok(self.similarity(&averaged_down(a, factor), &averaged_down(b, factor)).full);
        }
        Ok(self.similarity(a, b).full)
    }

    /// Multi-scale structural similarity of the channels of two images in `[0, 255]`, over five scales, in this form. A negative
    /// factor counts as 0, since it has no real power.
    ///
    /// # Errors
    /// Images of different sizes, a side that is too short for this form, values that are not finite.
    pub fn ms_ssim(&self, channels: &[[Plane; 2]]) -> Result<f64, MetricError> {
        for [a, b] in channels {
            check_sizes("MS-SSIM", self.smallest_multiscale, a, b)?;
        }
        let factors: Vec<[f64; SCALES.len()]> = channels.iter().map(|[a, b]| self.factors(a, b)).collect();
        let product = |factors: &[f64; SCALES.len()]| {
            let powers = factors.iter().zip(SCALES).map(|(factor, exponent)| f64::powf(factor.max(0.0), exponent));
            powers.fold(1.0, |product, power| product * power)
        };
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / channels.len() as f64;
        Ok(match self.pooled {
            true => product(&std::array::from_fn(|scale| mean(&mut factors.iter().map(|factors| factors[scale])))),
            false => mean(&mut factors.iter().map(product)),
        })
    }

    /// The factor of each scale, finest first.
    fn factors(&self, a: &Plane, b: &Plane) -> [f64; SCALES.len()] {
        let (mut a, mut b) = (a.clone(), b.clone());
        std::array::from_fn(|scale| {
            let Similarity { structure, full } = self.similarity(&a, &b);
            (a, b) = (halved(&a, self.halving), halved(&b, self.halving));
            if scale + 1 == SCALES.len() { full } else { structure }
        })
    }

    fn similarity(&self, a: &Plane, b: &Plane) -> Similarity {
        let inside = self.similarity_inside(a, b);
        if self.places != Places::Mirrored {
            return inside;
        }
        let border = self.window.weights().len() / 2;
        let full = self.similarity_inside(&mirrored(a, border), &mirrored(b, border)).full;
        Similarity { full, ..inside }
    }

    /// The means over the windows that lie inside the image.
    fn similarity_inside(&self, a: &Plane, b: &Plane) -> Similarity {
        let window = self.window.weights();
        let blurred = |f: &dyn Fn(f64, f64) -> f64| {
            let values: Vec<f64> = a.values().iter().zip(b.values()).map(|(a, b)| f(*a, *b)).collect();
            blur(values, a.size(), &window)
        };
        let (mean_a, mean_b) = (blurred(&|a, _| a), blurred(&|_, b| b));
        let (square_a, square_b, product) = (blurred(&|a, _| a * a), blurred(&|_, b| b * b), blurred(&|a, b| a * b));
        let pixels = (window.len() * window.len()) as f64;
        let divisor = if self.sample_covariance { pixels / (pixels - 1.0) } else { 1.0 };
        let (mut structure, mut full) = (0.0, 0.0);
        for i in 0..mean_a.len() {
            let (a, b) = (mean_a[i], mean_b[i]);
            let variances = divisor * (square_a[i] - a * a + square_b[i] - b * b);
            let mut second = (2.0 * (divisor * (product[i] - a * b)) + C[1]) / (variances + C[1]);
            if self.clipped {
                second = second.max(0.0);
            }
            structure += second;
            full += second * (2.0 * a * b + C[0]) / (a * a + b * b + C[0]);
        }
        let positions = mean_a.len() as f64;
        Similarity { structure: structure / positions, full: full / positions }
    }
}

/// Means over all positions of the window.
struct Similarity {
    /// Mean of the second factor.
    structure: f64,
    /// Mean of the product of both factors.
    full: f64,
}

impl Window {
    /// The weights along one side; those of the square are their products.
    fn weights(self) -> Vec<f64> {
        let weights: Vec<f64> = match self {
            Self::Gaussian => (0..GAUSSIAN).map(gaussian).collect(),
            Self::Uniform => vec![1.0; UNIFORM],
        };
        let total: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / total).collect()
    }
}

fn gaussian(at: usize) -> f64 {
    (-(at as f64 - (GAUSSIAN / 2) as f64).powi(2) / (2.0 * SIGMA * SIGMA)).exp()
}

/// `values [height, width]` filtered by the window along both sides, at positions where it is inside the image. A side that is
/// shorter than the window is not filtered.
fn blur(values: Vec<f64>, (height, width): (usize, usize), window: &[f64]) -> Vec<f64> {
    let sum = |pixels: &[f64]| pixels.iter().zip(window).map(|(pixel, weight)| pixel * weight).sum();
    let (inner, rows) = match width < window.len() {
        true => (width, values),
        false => {
            let rows = values.chunks_exact(width).flat_map(|row| row.windows(window.len()).map(sum)).collect();
            (width - window.len() + 1, rows)
        }
    };
    if height < window.len() {
        return rows;
    }
    let mut blurred = vec![0.0; inner * (height - window.len() + 1)];
    for (y, to) in blurred.chunks_exact_mut(inner).enumerate() {
        for (row, weight) in rows[y * inner..].chunks_exact(inner).zip(window) {
            to.iter_mut().zip(row).for_each(|(to, pixel)| *to += weight * pixel);
        }
    }
    blurred
}

/// The image with `border` more pixels on each side, reflected about its outermost ones. Its sides must be longer than `border`.
fn mirrored(plane: &Plane, border: usize) -> Plane {
    let (height, width) = plane.size();
    let inner = |at: usize, side: usize| {
        let at = at.abs_diff(border);
        if at < side { at } else { 2 * (side - 1) - at }
    };
    let (rows, columns) = (height + 2 * border, width + 2 * border);
    let pixel = |y: usize, x: usize| plane.values()[inner(y, height) * width + inner(x, width)];
    Plane::new(rows, columns, (0..rows).flat_map(|y| (0..columns).map(move |x| pixel(y, x))).collect())
}

/// Means of `factor` × `factor` pixels; pixels that fill no square are left out.
fn averaged_down(plane: &Plane, factor: usize) -> Plane {
    let (rows, columns) = (plane.size().0 / factor, plane.size().1 / factor);
    let mean = |y: usize, x: usize| {
        let row = |dy: usize| &plane.values()[(y * factor + dy) * plane.size().1 + x * factor..][..factor];
        (0..factor).flat_map(row).sum::<f64>() / (factor * factor) as f64
    };
    Plane::new(rows, columns, (0..rows).flat_map(|y| (0..columns).map(move |x| mean(y, x))).collect())
}

/// Means of 2 × 2 pixels.
fn halved(plane: &Plane, halving: Halving) -> Plane {
    let (height, width) = plane.size();
    let odd = |side: usize| side % 2;
    // How many pixels come before the first, and how many squares there are.
    let (before, rows, columns) = match halving {
        Halving::RepeatLast => ([0, 0], height.div_ceil(2), width.div_ceil(2)),
        Halving::ZerosFirst => ([odd(height), odd(width)], height.div_ceil(2), width.div_ceil(2)),
        Halving::RepeatFirst => {
            let before = odd(height).max(odd(width));
            ([before, before], (height + before) / 2, (width + before) / 2)
        }
        Halving::Drop => ([0, 0], height / 2, width / 2),
    };
    let at = |y: usize, x: usize| {
        let is_before = y < before[0] || x < before[1];
        let (y, x) = (y.saturating_sub(before[0]).min(height - 1), x.saturating_sub(before[1]).min(width - 1));
        if is_before && halving == Halving::ZerosFirst { 0.0 } else { plane.values()[y * width + x] }
    };
    let mean = |y, x| (at(y, x) + at(y, x + 1) + at(y + 1, x) + at(y + 1, x + 1)) / 4.0;
    let values = (0..rows).flat_map(|y| (0..columns).map(move |x| mean(2 * y, 2 * x)));
    Plane::new(rows, columns, values.collect())
}
