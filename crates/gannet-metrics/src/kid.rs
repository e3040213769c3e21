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

use std::ops::Range;

use gannet_ops::random::Stream;
use rayon::prelude::*;
use serde::Serialize;

use crate::features::check_pair;
use crate::gram::{centre, inner, products, sum_of, vectorised};
use crate::{Features, MetricError};

/// So many rows of a subset are one task.
const BAND: usize = 128;

/// Mean and deviation over subsets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kid {
    /// Mean MMD² of the subsets. Unbiased, so that it can be a little below zero where both sets are alike.
    pub mean: f64,
    /// Standard deviation between subsets, of the population (divisor: number of subsets), as everybody reports it.
    pub std: f64,
}

/// Indices of some images of the first set, and of some of the second.
pub type SubsetPair = (Vec<usize>, Vec<usize>);

/// The distance of `a` and `b` over `subsets` of both.
///
/// # Errors
/// No subset, one of fewer than 2 images or with an index that is not there, different numbers of features, values
/// that are not finite.
pub fn kid(a: &Features, b: &Features, subsets: &[SubsetPair]) -> Result<Kid, MetricError> {
    check_pair("KID", 2, a, b)?;
    check_subsets(a, b, subsets)?;
    let centre = centre(&[a, b]);
    let (a_shares, b_shares) = (shares(a, &centre), shares(b, &centre));
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
) -> Result<Vec<SubsetPair>, MetricError> {
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

/// `m·x` of each image.
fn shares(set: &Features, centre: &[f32]) -> Vec<f64> {
    set.values().par_chunks(set.dims()).map(|x| inner(centre, x)).collect()
}

fn check_subsets(a: &Features, b: &Features, subsets: &[SubsetPair]) -> Result<(), MetricError> {
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

    /// Some of the rows, and their shares.
    fn rows(&self, range: Range<usize>) -> (&[f32], &[f64]) {
        (&self.centred[range.start * self.dims..range.end * self.dims], &self.shares[range])
    }

    fn count(&self) -> f64 {
        self.shares.len() as f64
    }
}

fn mmd2(x: &Subset, y: &Subset, centre: f64) -> f64 {
    let pairs = |count: f64| count * (count - 1.0);
    let (xx, yy, xy) = kernel_sums(x, y, centre);
    xx / pairs(x.count()) + yy / pairs(y.count()) - 2.0 * xy / (x.count() * y.count())
}

/// Σ_{i≠j} k(xᵢ, xⱼ), Σ_{i≠j} k(yᵢ, yⱼ) and Σ_{ij} k(xᵢ, yⱼ).
fn kernel_sums(x: &Subset, y: &Subset, centre: f64) -> (f64, f64, f64) {
    let bands = |set: &Subset, which: usize| (0..set.shares.len().div_ceil(BAND)).map(move |band| (which, band));
    // The longest first, so that no core is left with one at the end.
    let tasks: Vec<_> = bands(x, 2).chain(bands(x, 0).rev()).chain(bands(y, 1).rev()).collect();
    let sum_of_task = |&(which, band): &(usize, usize)| match which {
        0 => within(x, band, centre),
        1 => within(y, band, centre),
        _ => between(x, y, band, centre),
    };
    let values: Vec<f64> = tasks.par_iter().map(sum_of_task).collect();
    let total = |of| tasks.iter().zip(&values).filter(|((which, _), _)| *which == of).map(|(_, value)| value).sum();
    (total(0), total(1), total(2))
}

/// Some rows of a set.
fn band(set: &Subset, band: usize) -> Range<usize> {
    band * BAND..((band + 1) * BAND).min(set.shares.len())
}

/// Σ k(xᵢ, yⱼ) over a band of rows i and all j.
fn between(x: &Subset, y: &Subset, rows: usize, centre: f64) -> f64 {
    let (dims, own, all) = (x.dims, x.rows(band(x, rows)), y.rows(0..y.shares.len()));
    let products = products(own.0, all.0, dims);
    let column = |j: usize| column_sum(products.col_as_slice(j), own.1, all.1[j] - centre, dims);
    (0..all.1.len()).map(column).sum()
}

/// Σ_{i≠j} k(xᵢ, xⱼ) over a band of rows i and all rows j up to them, counting those before the band for both orders.
fn within(x: &Subset, rows: usize, centre: f64) -> f64 {
    let range = band(x, rows);
    let (own, all) = (x.rows(range.clone()), x.rows(0..range.end));
    let products = products(own.0, all.0, x.dims);
    let column = |j: usize| column_sum(products.col_as_slice(j), own.1, all.1[j] - centre, x.dims);
    let diagonal = |i: usize| {
        let (product, share) = (&products.col_as_slice(range.start + i)[i..=i], own.1[i]);
        column_sum(product, &own.1[i..=i], share - centre, x.dims)
    };
    let before: f64 = (0..range.start).map(column).sum();
    2.0 * before + range.clone().map(column).sum::<f64>() - (0..range.len()).map(diagonal).sum::<f64>()
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
