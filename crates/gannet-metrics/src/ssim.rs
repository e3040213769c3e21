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

use crate::plane::check_sizes;
use crate::{MetricError, Plane};

/// Side of the window in pixels.
const WINDOW: usize = 11;
/// Standard deviation of the window in pixels.
const SIGMA: f64 = 1.5;
/// C₁ and C₂, which keep both factors from dividing by zero.
const C: [f64; 2] = [(0.01 * 255.0) * (0.01 * 255.0), (0.03 * 255.0) * (0.03 * 255.0)];
/// The exponent of each scale, finest first.
const SCALES: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// Structural similarity of two images in `[0, 255]`: 1 where they are equal, at least −1.
///
/// # Errors
/// Images of different sizes, a side below 11 pixels, values that are not finite.
pub fn ssim(a: &Plane, b: &Plane) -> Result<f64, MetricError> {
    check_sizes("SSIM", WINDOW, a, b)?;
    Ok(similarity(a, b).full)
}

/// Multi-scale structural similarity of two images in `[0, 255]`, over five scales. A negative factor counts as 0, since it has
/// no real power.
///
/// # Errors
/// Images of different sizes, a side below 11 · 2⁴ = 176 pixels, values that are not finite.
pub fn ms_ssim(a: &Plane, b: &Plane) -> Result<f64, MetricError> {
    check_sizes("MS-SSIM", WINDOW << (SCALES.len() - 1), a, b)?;
    let (mut a, mut b, mut product) = (a.clone(), b.clone(), 1.0);
    for (scale, exponent) in SCALES.iter().enumerate() {
        let Similarity { structure, full } = similarity(&a, &b);
        let last = scale + 1 == SCALES.len();
        product *= f64::powf(if last { full } else { structure }.max(0.0), *exponent);
        (a, b) = (downsample(&a), downsample(&b));
    }
    Ok(product)
}

/// Means over all positions of the window.
struct Similarity {
    /// Mean of the second factor.
    structure: f64,
    /// Mean of the product of both factors.
    full: f64,
}

fn similarity(a: &Plane, b: &Plane) -> Similarity {
    let window = window();
    let blurred = |f: &dyn Fn(f64, f64) -> f64| {
        let values: Vec<f64> = a.values().iter().zip(b.values()).map(|(a, b)| f(*a, *b)).collect();
        blur(&values, a.size(), &window)
    };
    let (mean_a, mean_b) = (blurred(&|a, _| a), blurred(&|_, b| b));
    let (square_a, square_b, product) = (blurred(&|a, _| a * a), blurred(&|_, b| b * b), blurred(&|a, b| a * b));
    let (mut structure, mut full) = (0.0, 0.0);
    for i in 0..mean_a.len() {
        let (a, b) = (mean_a[i], mean_b[i]);
        let variances = square_a[i] - a * a + square_b[i] - b * b;
        let second = (2.0 * (product[i] - a * b) + C[1]) / (variances + C[1]);
        structure += second;
        full += second * (2.0 * a * b + C[0]) / (a * a + b * b + C[0]);
    }
    let positions = mean_a.len() as f64;
    Similarity { structure: structure / positions, full: full / positions }
}

fn window() -> [f64; WINDOW] {
    let weights = std::array::from_fn(|i| (-(i as f64 - (WINDOW / 2) as f64).powi(2) / (2.0 * SIGMA * SIGMA)).exp());
    let total: f64 = weights.iter().sum();
    weights.map(|weight| weight / total)
}

/// `values [height, width]` filtered by the window along both sides, at positions where it is inside the image.
fn blur(values: &[f64], (height, width): (usize, usize), window: &[f64; WINDOW]) -> Vec<f64> {
    let inner = width - WINDOW + 1;
    let sum = |pixels: &[f64]| pixels.iter().zip(window).map(|(pixel, weight)| pixel * weight).sum();
    let rows: Vec<f64> = values.chunks_exact(width).flat_map(|row| row.windows(WINDOW).map(sum)).collect();
    let mut blurred = vec![0.0; inner * (height - WINDOW + 1)];
    for (y, to) in blurred.chunks_exact_mut(inner).enumerate() {
        for (row, weight) in rows[y * inner..].chunks_exact(inner).zip(window) {
            to.iter_mut().zip(row).for_each(|(to, pixel)| *to += weight * pixel);
        }
    }
    blurred
}

/// Means of 2 × 2 pixels. Where a side is odd, its last pixels are repeated.
fn downsample(plane: &Plane) -> Plane {
    let (height, width) = plane.size();
    let (rows, columns) = (height.div_ceil(2), width.div_ceil(2));
    let at = |y: usize, x: usize| plane.values()[y.min(height - 1) * width + x.min(width - 1)];
    let mean = |y, x| (at(y, x) + at(y, x + 1) + at(y + 1, x) + at(y + 1, x + 1)) / 4.0;
    let values = (0..rows).flat_map(|y| (0..columns).map(move |x| mean(2 * y, 2 * x)));
    Plane::new(rows, columns, values.collect())
}
