//! Demystifying MMD GANs, Bińkowski et al. 2018, arXiv:1801.01401: the kernel inception distance, an unbiased
//! estimate of the squared maximum mean discrepancy under a polynomial kernel.
//!
//! ```text
//! k(x, y) = (x·y / dims + 1)³
//! MMD²    = Σ_{i≠j} k(xᵢ, xⱼ) / m(m−1) + Σ_{i≠j} k(yᵢ, yⱼ) / n(n−1) − 2 Σ_{ij} k(xᵢ, yⱼ) / mn
//! ```
//!
//! Three sums that are nearly equal cancel. So the inner products are made in f32, but around the mean m of all
//! features, `x·y = (x−m)·(y−m) + m·x + m·y − m·m`, and the rest in f64; their rounding errors, of both signs, then
//! vanish in the mean over all pairs.

use gannet_ops::random::Stream;
use rayon::prelude::*;
use serde::Serialize;

use crate::features::check_pair;
use crate::gram::{BLOCK, centre, inner, products, sum_of, vectorised};
use crate::{Features, MetricError};

/// Mean and deviation over subsets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kid {
    /// Mean MMD² of the subsets. Unbiased, so that it can be a little below zero where both sets are alike.
    pub mean: f64,
    /// Standard deviation between subsets, of the population (divisor: number of subsets), as everybody reports it.
    pub std: f64,
}

/// The distance of `a` and `b` over `subsets`: pairs of indices into `a` and into `b`.
///
/// # Errors
/// No subset, one of fewer than 2 images or with an index that is not there, different numbers of features, values
/// that are not finite.
pub fn kid(a: &Features, b: &Features, subsets: &[(Vec<usize>, Vec<usize>)]) -> Result<Kid, MetricError> {
    check_pair("KID", 2, a, b)?;
    check_subsets(a, b, subsets)?;
    let centre = centre(&[a, b]);
    let shares = |set: &Features| -> Vec<f64> { set.values().par_chunks(set.dims()).map(|x| inner(&centre, x)).collect() };
    let (a_shares, b_shares) = (shares(a), shares(b));
    let mmd2s = subsets.iter().map(|(a_indices, b_indices)| {
        let x = Subset::new(a, a_indices, &centre, &a_shares);
        let y = Subset::new(b, b_indices, &centre, &b_shares);
        mmd2(&x, &y, inner(&centre, &centre))
    });
    Ok(Kid::of(&mmd2s.collect::<Vec<_>>()))
}

/// `subsets` pairs of `size` different indices each, of `na` and of `nb` images; 100 of 1000 are usual.
///
/// # Errors
/// [`MetricError::Subset`] where `size` is more than there are images.
pub fn draw_subsets(
    na: usize,
    nb: usize,
    subsets: usize,
    size: usize,
    stream: &mut Stream,
) -> Result<Vec<(Vec<usize>, Vec<usize>)>, MetricError> {
    if let Some(count) = [na, nb].into_iter().find(|count| *count < size) {
        return Err(MetricError::Subset { size, count });
    }
    let mut draw = |count| {
        let mut order = stream.permutation(count);
        order.truncate(size);
        order
    };
    Ok((0..subsets).map(|_| (draw(na), draw(nb))).collect())
}

fn check_subsets(a: &Features, b: &Features, subsets: &[(Vec<usize>, Vec<usize>)]) -> Result<(), MetricError> {
    if subsets.is_empty() {
        return Err(MetricError::NoSubsets("KID"));
    }
    let sides = subsets.iter().flat_map(|(x, y)| [(x, a.count()), (y, b.count())]);
    for (indices, count) in sides {
        if let Some(&index) = indices.iter().find(|index| **index >= count) {
            return Err(MetricError::Index { index, count });
        }
        if indices.len() < 2 {
            return Err(MetricError::TooFew { metric: "a subset of KID", needed: 2, found: indices.len() });
        }
    }
    Ok(())
}

impl Kid {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Self { mean, std: variance.sqrt() }
    }
}

/// Some images of a set.
struct Subset {
    dims: usize,
    /// `x − m`, `[size, dims]`.
    centred: Vec<f32>,
    /// `m·x`, `[size]`.
    shares: Vec<f64>,
}

impl Subset {
    fn new(set: &Features, indices: &[usize], centre: &[f32], shares: &[f64]) -> Self {
        let dims = set.dims();
        let mut centred = vec![0.0; indices.len() * dims];
        centred.par_chunks_mut(dims).zip(indices).for_each(|(to, &index)| {
            to.iter_mut().zip(set.row(index)).zip(centre).for_each(|((to, x), m)| *to = x - m);
        });
        Self { dims, centred, shares: indices.iter().map(|index| shares[*index]).collect() }
    }

    fn blocks(&self) -> usize {
        self.shares.len().div_ceil(BLOCK)
    }

    /// The rows of a block and their shares.
    fn block(&self, block: usize) -> (&[f32], &[f64]) {
        let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(self.shares.len()));
        (&self.centred[from * self.dims..to * self.dims], &self.shares[from..to])
    }

    fn count(&self) -> f64 {
        self.shares.len() as f64
    }
}

fn mmd2(x: &Subset, y: &Subset, centre: f64) -> f64 {
    let within = |count: f64| count * (count - 1.0);
    let (xx, yy, xy) = kernel_sums(x, y, centre);
    xx / within(x.count()) + yy / within(y.count()) - 2.0 * xy / (x.count() * y.count())
}

/// Which sum a block belongs to, and which block of rows and columns it is.
type Task = (usize, usize, usize);

/// Σ_{i≠j} k(xᵢ, xⱼ), Σ_{i≠j} k(yᵢ, yⱼ) and Σ_{ij} k(xᵢ, yⱼ).
fn kernel_sums(x: &Subset, y: &Subset, centre: f64) -> (f64, f64, f64) {
    let triangle = |which, n: usize| (0..n).flat_map(move |i| (i..n).map(move |j| (which, i, j)));
    let all = (0..x.blocks()).flat_map(|i| (0..y.blocks()).map(move |j| (2, i, j)));
    let tasks: Vec<Task> = triangle(0, x.blocks()).chain(triangle(1, y.blocks())).chain(all).collect();
    let sides = [(x, x), (y, y), (x, y)];
    let sum_of_task = |&(which, i, j): &Task| {
        let (rows, columns) = sides[which];
        let sum = kernel_sum(rows.block(i), columns.block(j), rows.dims, centre, which < 2 && i == j);
        // The other half of the triangle is the same.
        if which < 2 && i != j { 2.0 * sum } else { sum }
    };
    let values: Vec<f64> = tasks.par_iter().map(sum_of_task).collect();
    let total = |of| tasks.iter().zip(&values).filter(|((which, ..), _)| *which == of).map(|(_, value)| value).sum();
    (total(0), total(1), total(2))
}

/// Sum of the kernel over all pairs of rows, or where they are the same rows over all pairs of different ones.
fn kernel_sum(x: (&[f32], &[f64]), y: (&[f32], &[f64]), dims: usize, centre: f64, same: bool) -> f64 {
    let products = products(x.0, y.0, dims);
    let mut sum = 0.0;
    for (column, y_share) in y.1.iter().enumerate() {
        let (products, share) = (products.col_as_slice(column), y_share - centre);
        sum += column_sum(products, x.1, share, dims);
        if same {
            sum -= column_sum(&products[column..=column], &x.1[column..=column], share, dims);
        }
    }
    sum
}

/// Σ (product / dims + 1)³ of products that are made whole by their row's share and their column's.
fn column_sum(products: &[f32], shares: &[f64], share: f64, dims: usize) -> f64 {
    let gamma = 1.0 / dims as f64;
    let kernel = |product: f64, row: f64| {
        let base = (product + row + share) * gamma + 1.0;
        base * base * base
    };
    vectorised(|| sum_of(products, shares, kernel))
}
