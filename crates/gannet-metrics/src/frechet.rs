//! GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, Heusel et al.
//! 2017, arXiv:1706.08500: the Fréchet distance between two Gaussians fitted to features.
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2 tr (C₁ C₂)^½
//! ```
//!
//! With `C = L·Lᵀ` the trace of the root is the sum of the singular values of `L₁ᵀ·L₂`: no root of a
//! product that is not symmetric, no imaginary part to drop. L has only the directions in which the
//! features vary by more than rounding. Roots of rounding errors are 1e-8 each, and features that
//! never fire, or fewer images than features, would add up hundreds of them.

use faer::{Mat, Side};

use crate::Moments;

/// Moments that have no Fréchet distance.
#[derive(Debug, thiserror::Error)]
pub enum FrechetError {
    /// Too few vectors for a covariance.
    #[error("a Fréchet distance needs at least 2 images on each side, not {0}")]
    TooFew(usize),
    /// The two sides have features of different kinds.
    #[error("features of {0} and of {1} values cannot be compared")]
    Dims(usize, usize),
    /// A feature is not a number or infinite.
    #[error("the features hold values that are not finite, so there is no distance")]
    NotFinite,
}

/// The squared distance d² that is called "Fréchet distance" everywhere; never negative.
///
/// # Errors
/// See [`FrechetError`].
pub fn frechet_distance(a: &Moments, b: &Moments) -> Result<f64, FrechetError> {
    if a.dims() != b.dims() {
        return Err(FrechetError::Dims(a.dims(), b.dims()));
    }
    if let Some(count) = [a.count(), b.count()].into_iter().find(|count| *count < 2) {
        return Err(FrechetError::TooFew(count));
    }
    let means: f64 = a.mean().iter().zip(b.mean()).map(|(a, b)| (a - b).powi(2)).sum();
    let (ca, cb) = (a.covariance(), b.covariance());
    let trace: f64 = (0..a.dims()).map(|i| ca[(i, i)] + cb[(i, i)]).sum();
    if !(means + trace).is_finite() {
        return Err(FrechetError::NotFinite);
    }
    let product = factor(&ca)?.transpose() * factor(&cb)?;
    let roots = product.singular_values().map_err(|_| FrechetError::NotFinite)?;
    let cross: f64 = roots.iter().sum();
    Ok((means + trace - 2.0 * cross).max(0.0))
}

/// `L [dims, rank]` with `L·Lᵀ = c` to rounding.
fn factor(c: &Mat<f64>) -> Result<Mat<f64>, FrechetError> {
    let eigen = c.self_adjoint_eigen(Side::Lower).map_err(|_| FrechetError::NotFinite)?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let largest = values.iter().copied().fold(0.0, f64::max);
    let rounding = largest * c.nrows() as f64 * f64::EPSILON;
    let kept: Vec<usize> = (0..c.nrows()).filter(|i| values[*i] > rounding).collect();
    Ok(Mat::from_fn(c.nrows(), kept.len(), |row, column| vectors[(row, kept[column])] * values[kept[column]].sqrt()))
}
