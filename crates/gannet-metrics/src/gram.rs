//! Inner products between two sets of features, in f32 relative to a common center.
//!
//! Subtracting one vector from all features keeps their distances, and changes their inner products by terms that are cheap
//! to compute in f64. Features relative to their mean are shorter, and so the rounding errors of a product in f32 are smaller.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::Features;

/// Rows and columns of a block of products, which is one task: large enough for a product to reach its full speed, and small
/// enough for a few thousand images to occupy many cores.
pub(crate) const BLOCK: usize = 384;
/// Rows of one partial sum of a mean.
const ROWS: usize = 512;
/// Independent partial sums, which the processor computes in parallel.
const LANES: usize = 16;

/// Inner products `[a, b]` of the rows of `a [a, dims]` and `b [b, dims]`, column-major.
pub(crate) fn products(a: &[f32], b: &[f32], dims: usize) -> Mat<f32> {
    let rows = |values| MatRef::from_row_major_slice(values, values.len() / dims, dims);
    let (a, b) = (rows(a), rows(b));
    let mut products = Mat::zeros(a.nrows(), b.nrows());
    matmul(products.as_mut(), Accum::Replace, a, b.transpose(), 1.0, Par::Seq);
    products
}

/// The mean of all rows of several sets, `[dims]`, rounded to f32.
pub(crate) fn center(sets: &[&Features]) -> Vec<f32> {
    let dims = sets[0].dims();
    let chunks: Vec<&[f32]> = sets.iter().flat_map(|set| set.values().chunks(ROWS * dims)).collect();
    let partial: Vec<Vec<f64>> = chunks.par_iter().map(|rows| column_sums(rows, dims)).collect();
    let count: usize = sets.iter().map(|set| set.count()).sum();
    let mean = |column: usize| partial.iter().map(|sums| sums[column]).sum::<f64>() / count.max(1) as f64;
    (0..dims).map(|column| mean(column) as f32).collect()
}

fn column_sums(rows: &[f32], dims: usize) -> Vec<f64> {
    let mut sums = vec![0.0; dims];
    for row in rows.chunks_exact(dims) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums
}

/// Runs `f` compiled for this processor's vector instructions. Bits stay the same: no multiplication and addition are fused,
/// and no sum is reordered.
#[inline(always)]
pub(crate) fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// Σ f(x, y) over two vectors of equal length, in f64 and in an order that depends on the length only.
#[inline(always)]
pub(crate) fn sum_of<Y: Copy + Into<f64>>(x: &[f32], y: &[Y], f: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (x_lanes, y_lanes) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let rest = x_lanes.remainder().iter().zip(y_lanes.remainder());
    let rest: f64 = rest.map(|(x, y)| f(f64::from(*x), (*y).into())).sum();
    for (x, y) in x_lanes.zip(y_lanes) {
        for lane in 0..LANES {
            sums[lane] += f(f64::from(x[lane]), y[lane].into());
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `Σ x·y`.
pub(crate) fn inner(x: &[f32], y: &[f32]) -> f64 {
    vectorized(|| sum_of(x, y, |x, y| x * y))
}

/// `|x − y|²`: symmetric, and zero for equal vectors.
pub(crate) fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    vectorized(|| sum_of(x, y, |x, y| (x - y) * (x - y)))
}
