//! Peak signal-to-noise ratio of images in `[0, 255]`, in dB.
//!
//! ```text
//! PSNR = 10 log₁₀( 255² / mean (a − b)² )
//! ```

use crate::plane::check_sizes;
use crate::{MetricError, Plane};

/// Largest value of a pixel.
const PEAK: f64 = 255.0;

/// The peak signal-to-noise ratio in dB; infinite where the images are equal. For a set of images the field reports the mean
/// of their PSNRs.
///
/// # Errors
/// Images of different sizes or without pixels, values that are not finite.
pub fn psnr(a: &Plane, b: &Plane) -> Result<f64, MetricError> {
    check_sizes("PSNR", 1, a, b)?;
    let squares: f64 = a.values().iter().zip(b.values()).map(|(a, b)| (a - b).powi(2)).sum();
    Ok(10.0 * (PEAK.powi(2) * a.values().len() as f64 / squares).log10())
}
