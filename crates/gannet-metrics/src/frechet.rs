//! GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, Heusel et al. 2017, arXiv:1706.08500:
//! the Fréchet distance between two Gaussians fitted to features; the FID where the features are Inception's.
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2 tr (C₁ C₂)^½
//! ```
//!
//! With `C = L·Lᵀ` the trace of the root is the sum of the singular values of `L₁ᵀ·L₂`. This needs no root of a product that
//! is not symmetric, which would have an imaginary part to drop. L is the pivoted Cholesky factor, cut off where only rounding
//! errors remain: it has as many columns as the features have directions of variance. Directions without variance would add
//! the roots of their rounding errors, 1e-8 each.
//!
//! The roots of the eigenvalues of `L₁ᵀ·L₂·L₂ᵀ·L₁` equal these singular values and take a third of the time, but small ones
//! are less exact. They are used where a bound of their rounding errors is negligible.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt_pivoting::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side, Spec};
use rayon::prelude::*;

use crate::features::check_count;
use crate::moments::add_products;
use crate::{MetricError, Moments};

/// Columns of the product of the factors that one task computes.
const BAND: usize = 128;
/// Largest share of rounding errors in a distance.
const TOLERANCE: f64 = 1e-7;

/// The squared distance d², which the field calls the Fréchet distance; never negative.
///
/// Sets of equal images have a distance, too: their covariance is zero.
///
/// # Errors
/// Fewer than 2 vectors on a side, different numbers of features, values that are not finite.
pub fn frechet_distance(a: &Moments, b: &Moments) -> Result<f64, MetricError> {
    if a.dims() != b.dims() {
        return Err(MetricError::Dims(a.dims(), b.dims()));
    }
    check_count("a Fréchet distance", 2, a.count().min(b.count()))?;
    let means: f64 = a.mean().iter().zip(b.mean()).map(|(a, b)| (a - b).powi(2)).sum();
    let (a, b) = rayon::join(|| a.covariance(), || b.covariance());
    let trace: f64 = (0..a.nrows()).map(|i| a[(i, i)] + b[(i, i)]).sum();
    if !(means + trace).is_finite() {
        return Err(MetricError::NotFiniteSums);
    }
    let (a, b) = rayon::join(|| factor(a), || factor(b));
    let product = product(a?, b?);
    let distance = |sum_of_roots: f64| (means + trace - 2.0 * sum_of_roots).max(0.0);
    let roots = sum_of_roots(product.as_ref(), |sum, error| 2.0 * error <= TOLERANCE * distance(sum))?;
    Ok(distance(roots))
}

/// `aᵀ·b`, or its transpose where the transpose has fewer rows.
fn product(a: Mat<f64>, b: Mat<f64>) -> Mat<f64> {
    let (a, b) = if a.ncols() <= b.ncols() { (a, b) } else { (b, a) };
    let (rows, columns) = (a.ncols(), b.ncols());
    let mut product = vec![0.0; rows * columns];
    // Without variance the product is empty, and a chunk must not be.
    product.par_chunks_mut(BAND * rows.max(1)).enumerate().for_each(|(band, product)| {
        let width = product.len() / rows;
        let product = MatMut::from_column_major_slice_mut(product, rows, width);
        matmul(product, Accum::Replace, a.transpose(), b.subcols(band * BAND, width), 1.0, Par::Seq);
    });
    MatRef::from_column_major_slice(&product, rows, columns).to_owned()
}

/// The sum of the singular values of a `product`: from the eigenvalues of its square where `is_exact(sum, error bound)` says
/// so, else from a singular value decomposition.
fn sum_of_roots(product: MatRef<f64>, is_exact: impl Fn(f64, f64) -> bool) -> Result<f64, MetricError> {
    let rows = product.nrows();
    let mut square = vec![0.0; rows * rows];
    let columns: Vec<f64> = product.col_iter().flat_map(|column| column.iter().copied()).collect();
    add_products(&mut square, &columns, rows);
    // The upper triangle, row-major, is the lower triangle, column-major.
    let square = MatRef::from_column_major_slice(&square, rows, rows);
    let squares = square.self_adjoint_eigenvalues(Side::Lower).map_err(|_| MetricError::NotFiniteSums)?;
    let (sum, error) = roots(&squares);
    if is_exact(sum, error) {
        return Ok(sum);
    }
    let roots = product.singular_values().map_err(|_| MetricError::NotFiniteSums)?;
    Ok(roots.iter().sum())
}

/// The sum of the roots of `squares`, and a bound of its error from rounding of the squares.
fn roots(squares: &[f64]) -> (f64, f64) {
    let largest = squares.iter().copied().fold(0.0, f64::max);
    let rounding = 4.0 * (squares.len() as f64).sqrt() * f64::EPSILON * largest;
    let roots = squares.iter().map(|square| square.max(0.0).sqrt());
    let error = roots.clone().map(|root| rounding.sqrt().min(rounding / root)).sum();
    (roots.sum(), error)
}

/// `L [dims, rank]` with `L·Lᵀ = c`, up to rounding.
fn factor(mut c: Mat<f64>) -> Result<Mat<f64>, MetricError> {
    let dims = c.nrows();
    if (0..dims).all(|i| c[(i, i)] <= 0.0) {
        return Ok(Mat::zeros(dims, 0));
    }
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<usize, f64>(dims, Par::Seq, Spec::default()));
    let (mut order, mut place) = (vec![0_usize; dims], vec![0_usize; dims]);
    let stack = MemStack::new(&mut memory);
    let (info, _) = cholesky_in_place(c.as_mut(), &mut order, &mut place, Par::Seq, stack, Spec::default())
        .map_err(|_| MetricError::NotFiniteSums)?;
    let below = |row: usize, column: usize| if row >= column { c[(row, column)] } else { 0.0 };
    Ok(Mat::from_fn(dims, info.rank, |row, column| below(place[row], column)))
}

#[cfg(test)]
mod tests {
    use gannet_ops::random::Stream;

    use super::*;

    /// A matrix of singular values 1, 2, … 20 and 20 zeros, between two random rotations.
    fn product() -> Mat<f64> {
        let mut stream = Stream::new(1, "product", 0);
        let mut rotation = || Mat::from_fn(40, 40, |_, _| f64::from(stream.normal())).qr().compute_Q();
        let values = Mat::from_fn(40, 40, |i, j| if i == j && i < 20 { (i + 1) as f64 } else { 0.0 });
        rotation() * values * rotation()
    }

    #[test]
    fn roots_of_eigenvalues_are_within_their_error_bound_and_used_only_where_it_is_accepted() {
        let errors = std::cell::Cell::new(0.0);
        let accept = |_, error| {
            errors.set(error);
            true
        };
        let quick = sum_of_roots(product().as_ref(), accept).unwrap();
        let careful = sum_of_roots(product().as_ref(), |_, _| false).unwrap();
        assert!((careful - 210.0).abs() < 1e-11, "{careful}");
        let error = (quick - 210.0).abs();
        assert!(error > 1e-9 && error < errors.get() && errors.get() < 1e-4, "{error:e} of {:e}", errors.get());
    }
}
