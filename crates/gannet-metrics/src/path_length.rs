//! A Style-Based Generator Architecture for Generative Adversarial Networks, Karras et al. 2018, arXiv:1812.04948, section
//! 4.1: perceptual path length, how much images change along a short step in latent space.
//!
//! ```text
//! l = E[ d(G(z(t)), G(z(t + ε))) / ε² ]
//! ```
//!
//! with a perceptual distance d. Steps shorter than the 1st or longer than the 99th percentile are left out, as in the
//! authors' program.

use serde::Serialize;

use crate::MetricError;

/// Percentiles outside which steps are left out.
const KEPT: [usize; 2] = [1, 99];

/// The path length, over the steps that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PathLength {
    /// Mean length.
    pub mean: f64,
    /// Standard deviation between steps, of the population (divisor: number of steps kept).
    pub std: f64,
    /// Number of steps kept.
    pub kept: usize,
}

/// The perceptual path length from `distances`, each already divided by ε².
///
/// The lower percentile is the largest distance with at most 1 % of the steps below it, the upper one the smallest with at
/// most 1 % above it (methods `lower` and `higher` of NumPy); steps of these lengths are kept.
///
/// # Errors
/// No distances, or one that is not finite.
pub fn path_length(distances: &[f64]) -> Result<PathLength, MetricError> {
    if distances.is_empty() {
        return Err(MetricError::TooFew { metric: "a perceptual path length", needed: 1, found: 0 });
    }
    if let Some(step) = distances.iter().position(|distance| !distance.is_finite()) {
        return Err(MetricError::NotFinite(step));
    }
    let mut sorted = distances.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let (low, high) = (sorted[last * KEPT[0] / 100], sorted[(last * KEPT[1]).div_ceil(100)]);
    let kept: Vec<f64> = distances.iter().copied().filter(|distance| (low..=high).contains(distance)).collect();
    let count = kept.len() as f64;
    let mean = kept.iter().sum::<f64>() / count;
    let variance = kept.iter().map(|distance| (distance - mean).powi(2)).sum::<f64>() / count;
    Ok(PathLength { mean, std: variance.sqrt(), kept: kept.len() })
}
