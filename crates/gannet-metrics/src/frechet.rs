//! GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, Heusel et al.
//! 2017, arXiv:1706.08500: the Fréchet distance between two Gaussians fitted to features.
//!
//! ```text
//! d² = |m₁ − m₂|² + tr C₁ + tr C₂ − 2 tr (C₁ C₂)^½
//! ```
//!
//! With `C = L·Lᵀ` the trace of the root is the sum of the singular values of `L₁ᵀ·L₂`: no root of a
//! product that is not symmetric, no imaginary part to drop. L is Cholesky's with the largest remaining
//! variance taken first, until only rounding remains; so it has no more columns than the features vary in
//! directions, and what they do not vary in adds no roots of rounding errors, 1e-8 each.
//!
//! Roots of the eigenvalues of `L₁ᵀ·L₂·L₂ᵀ·L₁` are the same numbers for a third of the time, less exact
//! where they are small. They serve as long as what rounding can have done to them does not count.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt_pivoting::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side, Spec};
use rayon::prelude::*;

use crate::features::check_count;
use crate::moments::add_products;
use crate::{MetricError, Moments};

/// The product of the factors is cut into bands of so many columns, one a task.
const BAND: usize = 128;
/// The share of a distance that rounding may be.
const TOLERANCE: f64 = 1e-7;

/// The squared distance d² that is called "Fréchet distance" everywhere; never negative.
///
/// Images that are all the same have one, too: their covariance is zero.
///
/// # Errors
/// Fewer than 2 vectors on a side, different numbers of features, sums that are not finite.
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

/// `aᵀ·b`, or its transpose where that has fewer rows.
fn product(a: Mat<f64>, b: Mat<f64>) -> Mat<f64> {
    let (a, b) = if a.ncols() <= b.ncols() { (a, b) } else { (b, a) };
    let (rows, columns) = (a.ncols(), b.ncols());
    let mut product = vec![0.0; rows * columns];
    // Without directions there is no product, and no bands of its columns.
    product.par_chunks_mut(BAND * rows.max(1)).enumerate().for_each(|(band, product)| {
        let width = product.len() / rows;
        let product = MatMut::from_column_major_slice_mut(product, rows, width);
        matmul(product, Accum::Replace, a.transpose(), b.subcols(band * BAND, width), 1.0, Par::Seq);
    });
    MatRef::from_column_major_slice(&product, rows, columns).to_owned()
}

/// The sum of the singular values of a `product`, from the eigenvalues of its square where that is `enough`: a function of
/// the sum and of what its error may be.
fn sum_of_roots(product: MatRef<f64>, enough: impl Fn(f64, f64) -> bool) -> Result<f64, MetricError> {
    let rows = product.nrows();
    let mut square = vec![0.0; rows * rows];
    let columns: Vec<f64> = product.col_iter().flat_map(|column| column.iter().copied()).collect();
    add_products(&mut square, &columns, rows);
    // The upper triangle of rows is the lower one of columns.
    let square = MatRef::from_column_major_slice(&square, rows, rows);
    let squares = square.self_adjoint_eigenvalues(Side::Lower).map_err(|_| MetricError::NotFiniteSums)?;
    let (sum, error) = roots(&squares);
    if enough(sum, error) {
        return Ok(sum);
    }
    let roots = product.singular_values().map_err(|_| MetricError::NotFiniteSums)?;
    Ok(roots.iter().sum())
}

/// The sum of the roots of `squares`, and what the rounding of these may have done to it.
fn roots(squares: &[f64]) -> (f64, f64) {
    let largest = squares.iter().copied().fold(0.0, f64::max);
    let rounding = 4.0 * (squares.len() as f64).sqrt() * f64::EPSILON * largest;
    let roots = squares.iter().map(|square| square.max(0.0).sqrt());
    let error = roots.clone().map(|root| rounding.sqrt().min(rounding / root)).sum();
    (roots.sum(), error)
}

/// `L [dims, rank]` with `L·Lᵀ = c` to rounding.
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

    /// Singular values 1, 2, … 20 and 20 that are zero, which no direction of the matrix shows.
    fn product() -> Mat<f64> {
        let mut stream = Stream::new(1, "product", 0);
        let mut turn = || Mat::from_fn(40, 40, |_, _| f64::from(stream.normal())).qr().compute_Q();
        let values = Mat::from_fn(40, 40, |i, j| if i == j && i < 20 { (i + 1) as f64 } else { 0.0 });
        turn() * values * turn()
    }

    #[test]
    fn roots_of_rounding_errors_are_as_large_as_they_may_be_and_not_used_unless_they_do_no_harm() {
        let errors = std::cell::Cell::new(0.0);
        let any = |_, error| {
            errors.set(error);
            true
        };
        let quick = sum_of_roots(product().as_ref(), any).unwrap();
        let careful = sum_of_roots(product().as_ref(), |_, _| false).unwrap();
        assert!((careful - 210.0).abs() < 1e-11, "{careful}");
        let error = (quick - 210.0).abs();
        assert!(error > 1e-9 && error < errors.get() && errors.get() < 1e-4, "{error:e} of {:e}", errors.get());
    }
}
