//! Demystifying MMD GANs, Bińkowski et al. 2018, arXiv:1801.01401: the kernel inception distance, an unbiased estimate of the
//! squared maximum mean discrepancy (MMD²) under a polynomial kernel.
//!
//! ```text
//! k(x, y) = (x·y / dims + 1)³
//! MMD²    = Σ_{i≠j} k(xᵢ, xⱼ) / m(m−1) + Σ_{i≠j} k(yᵢ, yⱼ) / n(n−1) − 2 Σ_{ij} k(xᵢ, yⱼ) / mn
//! ```
//!
//! The three sums are nearly equal and cancel. Therefore inner products are computed relative to the mean m of all features,
//! `x·y = (x−m)·(y−m) + m·x + m·y − m·m`, of which only the first term is in f32 and the rest in f64. Rounding errors of both
//! signs then average out over all pairs.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use crate::features::check_pair;
use crate::gram::{center, inner, products, sum_of, vectorized};
use crate::{Features, MetricError};

/// Rows of a subset that are one task.
const BAND: usize = 128;

/// The kernel inception distance, over subsets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Kid {
    /// Mean MMD² of the subsets. It is unbiased, and therefore can be slightly negative where both sets are alike.
    pub mean: f64,
    /// Standard deviation between subsets, of the population (divisor: number of subsets), as the field reports it.
    pub std: f64,
}

/// Indices of a subset of the first set, and of a subset of the second.
pub type SubsetPair = (Vec<usize>, Vec<usize>);

/// The kernel inception distance of `a` and `b` over `subsets` of both.
///
/// # Errors
/// No subsets, a subset of fewer than 2 images or with an index beyond the images, different numbers of features, values that
/// are not finite.
pub fn kid(a: &Features, b: &Features, subsets: &[SubsetPair]) -> Result<Kid, MetricError> {
    check_pair("KID", 2, a, b)?;
    check_subsets(a, b, subsets)?;
    let center = center(&[a, b]);
    let (a_offsets, b_offsets) = (offsets(a, &center), offsets(b, &center));
    let mmd2s = subsets.iter().map(|(a_indices, b_indices)| {
        let x = Subset::new(a, a_indices, &center, &a_offsets);
        let y = Subset::new(b, b_indices, &center, &b_offsets);
        mmd2(&x, &y, inner(&center, &center))
    });
    Ok(Kid::of(&mmd2s.collect::<Vec<_>>()))
}

/// Draws `subsets` pairs of subsets, of `size` different indices each, from sets of `na` and `nb` images: the first of the orders
/// that `permutation` gives for a number of images. 100 subsets of 1000 images are usual.
///
/// # Errors
/// [`MetricError::Subset`] where `size` exceeds the number of images of a set.
pub fn draw_subsets(
    na: usize,
    nb: usize,
    subsets: usize,
    size: usize,
    permutation: &mut dyn FnMut(usize) -> Vec<usize>,
) -> Result<Vec<SubsetPair>, MetricError> {
    if let Some(count) = [na, nb].into_iter().find(|count| *count < size) {
        return Err(MetricError::Subset { size, count });
    }
    let mut draw = |count| {
        let mut order = permutation(count);
        order.truncate(size);
        order
    };
    Ok((0..subsets).map(|_| (draw(na), draw(nb))).collect())
}

/// `m·x` of each image.
fn offsets(set: &Features, center: &[f32]) -> Vec<f64> {
    set.values().par_chunks(set.dims()).map(|x| inner(center, x)).collect()
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

/// A subset of a set of images.
struct Subset {
    dims: usize,
    /// `x − m`, `[size, dims]`.
    centered: Vec<f32>,
    /// `m·x`, `[size]`.
    offsets: Vec<f64>,
}

impl Subset {
    fn new(set: &Features, indices: &[usize], center: &[f32], offsets: &[f64]) -> Self {
        let dims = set.dims();
        let mut centered = vec![0.0; indices.len() * dims];
        centered.par_chunks_mut(dims).zip(indices).for_each(|(to, &index)| {
            to.iter_mut().zip(set.row(index)).zip(center).for_each(|((to, x), m)| *to = x - m);
        });
        Self { dims, centered, offsets: indices.iter().map(|index| offsets[*index]).collect() }
    }

    /// A range of rows, and their offsets.
    fn rows(&self, range: Range<usize>) -> (&[f32], &[f64]) {
        (&self.centered[range.start * self.dims..range.end * self.dims], &self.offsets[range])
    }

    fn count(&self) -> f64 {
        self.offsets.len() as f64
    }
}

fn mmd2(x: &Subset, y: &Subset, center: f64) -> f64 {
    let pairs = |count: f64| count * (count - 1.0);
    let (xx, yy, xy) = kernel_sums(x, y, center);
    xx / pairs(x.count()) + yy / pairs(y.count()) - 2.0 * xy / (x.count() * y.count())
}

/// Σ_{i≠j} k(xᵢ, xⱼ), Σ_{i≠j} k(yᵢ, yⱼ) and Σ_{ij} k(xᵢ, yⱼ).
fn kernel_sums(x: &Subset, y: &Subset, center: f64) -> (f64, f64, f64) {
    let bands = |set: &Subset, which: usize| (0..set.offsets.len().div_ceil(BAND)).map(move |band| (which, band));
    // The longest tasks come first, so that none of them is left for one core at the end.
    let tasks: Vec<_> = bands(x, 2).chain(bands(x, 0).rev()).chain(bands(y, 1).rev()).collect();
    let sum_of_task = |&(which, band): &(usize, usize)| match which {
        0 => within(x, band, center),
        1 => within(y, band, center),
        _ => between(x, y, band, center),
    };
    let values: Vec<f64> = tasks.par_iter().map(sum_of_task).collect();
    let total = |of| tasks.iter().zip(&values).filter(|((which, _), _)| *which == of).map(|(_, value)| value).sum();
    (total(0), total(1), total(2))
}

/// The rows of a band.
fn band(set: &Subset, band: usize) -> Range<usize> {
    band * BAND..((band + 1) * BAND).min(set.offsets.len())
}

/// Σ k(xᵢ, yⱼ) over a band of rows i and all j.
fn between(x: &Subset, y: &Subset, rows: usize, center: f64) -> f64 {
    let (dims, own, all) = (x.dims, x.rows(band(x, rows)), y.rows(0..y.offsets.len()));
    let products = products(own.0, all.0, dims);
    let column = |j: usize| column_sum(products.col_as_slice(j), own.1, all.1[j] - center, dims);
    (0..all.1.len()).map(column).sum()
}

/// Σ_{i≠j} k(xᵢ, xⱼ) over a band of rows i and all rows j up to its end; pairs with rows before the band count twice, for both
/// orders.
fn within(x: &Subset, rows: usize, center: f64) -> f64 {
    let range = band(x, rows);
    let (own, all) = (x.rows(range.clone()), x.rows(0..range.end));
    let products = products(own.0, all.0, x.dims);
    let column = |j: usize| column_sum(products.col_as_slice(j), own.1, all.1[j] - center, x.dims);
    let diagonal = |i: usize| {
        let (product, offset) = (&products.col_as_slice(range.start + i)[i..=i], own.1[i]);
        column_sum(product, &own.1[i..=i], offset - center, x.dims)
    };
    let before: f64 = (0..range.start).map(column).sum();
    2.0 * before + range.clone().map(column).sum::<f64>() - (0..range.len()).map(diagonal).sum::<f64>()
}

/// Σ (x·y / dims + 1)³ over a column of centered products, to which the offsets of the row and of the column are added.
fn column_sum(products: &[f32], row_offsets: &[f64], column_offset: f64, dims: usize) -> f64 {
    let gamma = 1.0 / dims as f64;
    let kernel = |product: f64, row: f64| {
        let base = (product + row + column_offset) * gamma + 1.0;
        base * base * base
    };
    vectorized(|| sum_of(products, row_offsets, kernel))
}
