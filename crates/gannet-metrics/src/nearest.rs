//! Nearest neighbors in feature space: how dense a set is around each of its images, and whether generated images are copies
//! of training images.
//!
//! All distances are Euclidean and exact up to the rounding of f64; `points.rs` excludes most pairs faster. Neighbors at equal
//! distances are in the order of their indices. Memory is proportional to the number of images, not of pairs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::Serialize;

use crate::features::{check_count, check_pair};
use crate::gram::center;
use crate::points::{Block, Pair, Points};
use crate::{Features, MetricError};

/// A neighboring image and its distance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbor {
    /// Index of the image in its set.
    pub index: usize,
    /// Euclidean distance in feature space.
    pub distance: f64,
}

/// The `k` nearest other images of each image of a set, nearest first. A copy of an image counts as another image, at distance
/// zero.
///
/// # Errors
/// `k` of zero, fewer than `k + 1` images, values that are not finite.
pub fn neighbors(set: &Features, k: usize) -> Result<Vec<Vec<Neighbor>>, MetricError> {
    if k == 0 {
        return Err(MetricError::Zero("the number of neighbors"));
    }
    check_count("a search for k neighbors", k + 1, set.count())?;
    set.check_finite()?;
    let found = nearest_within(&Points::new(set, &center(&[set])), k);
    Ok(found.iter().map(|found| found.iter().map(Candidate::neighbor).collect()).collect())
}

/// The distance of each image of a set to its `k`-th nearest other image, `[n]`.
///
/// # Errors
/// `k` of zero, fewer than `k + 1` images, values that are not finite.
pub fn radii(set: &Features, k: usize) -> Result<Vec<f64>, MetricError> {
    Ok(neighbors(set, k)?.iter().map(|found| found[k - 1].distance).collect())
}

/// The nearest image of `to` for each image of `from`.
///
/// # Errors
/// A set without images, different numbers of features, values that are not finite.
pub fn nearest(from: &Features, to: &Features) -> Result<Vec<Neighbor>, MetricError> {
    check_pair("a search for the nearest image", 1, from, to)?;
    let center = center(&[from, to]);
    let (from, to) = (Points::new(from, &center), Points::new(to, &center));
    let blocks = (0..from.blocks()).into_par_iter().map(|block| {
        let mut search = BlockSearch::new(from.range(block).len(), 1);
        (0..to.blocks()).for_each(|other| search.scan(&from, block, &to, other));
        search.finish(from.range(block).start, |i, j| from.exact(i, &to, j))
    });
    Ok(blocks.collect::<Vec<_>>().iter().flatten().map(|found| found[0].neighbor()).collect())
}

/// The squares of [`radii`], of more than `k` images with finite values.
pub(crate) fn squared_radii(set: &Features, k: usize) -> Vec<f64> {
    nearest_within(&Points::new(set, &center(&[set])), k).iter().map(|found| found[k - 1].low).collect()
}

/// The `k` nearest other points of each point.
fn nearest_within(points: &Points, k: usize) -> Vec<Vec<Candidate>> {
    let blocks = points.blocks();
    let searches: Vec<_> =
        (0..blocks).map(|block| Mutex::new(BlockSearch::new(points.range(block).len(), k))).collect();
    let pairs: Vec<_> = (0..blocks).flat_map(|i| (i..blocks).map(move |j| (i, j))).collect();
    // Threads scan the pairs of a point in any order; the result does not depend on it.
    pairs.par_iter().for_each(|&(i, j)| {
        if i == j {
            lock(&searches[i]).scan(points, i, points, i);
        } else {
            let block = Block::new(points, i, points, j);
            // The smaller index is always locked first, which prevents deadlocks.
            let (mut rows, mut columns) = (lock(&searches[i]), lock(&searches[j]));
            scan_both(&block, points, (&mut rows, points.range(i).start), (&mut columns, points.range(j).start));
        }
    });
    let finish = |(block, search): (usize, &Mutex<BlockSearch>)| {
        lock(search).finish(points.range(block).start, |i, j| points.exact(i, points, j))
    };
    searches.par_iter().enumerate().flat_map_iter(finish).collect()
}

fn lock(search: &Mutex<BlockSearch>) -> MutexGuard<'_, BlockSearch> {
    search.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Offers each pair of a block to the searches of its row and of its column.
fn scan_both(
    block: &Block,
    points: &Points,
    (rows, first_row): (&mut BlockSearch, usize),
    (columns, first_column): (&mut BlockSearch, usize),
) {
    let (row_found, column_found) = (&mut rows.found, &mut columns.found);
    block.visit_near(&mut rows.reach, &mut columns.reach, |pair, row_reach, column_reach| {
        let (row, column) = (pair.row - first_row, pair.column - first_column);
        let exact = |i| move |j| points.exact(i, points, j);
        row_reach[row] = row_found[row].offer(Candidate::new(pair.column, &pair), exact(pair.row));
        column_reach[column] = column_found[column].offer(Candidate::new(pair.row, &pair), exact(pair.column));
    });
}

/// The nearest points of each point of a block, among those scanned so far.
struct BlockSearch {
    found: Vec<Nearest>,
    /// The [`Nearest::reach`] of each point, contiguous in memory.
    reach: Vec<f64>,
}

impl BlockSearch {
    fn new(points: usize, k: usize) -> Self {
        Self { found: (0..points).map(|_| Nearest::new(k)).collect(), reach: vec![f64::INFINITY; points] }
    }

    /// Offers the points of a block of `to`, except each point to itself.
    fn scan(&mut self, from: &Points, block: usize, to: &Points, other: usize) {
        let (first, same) = (from.range(block).start, std::ptr::eq(from, to));
        let found = &mut self.found;
        let mut no_reach = vec![f64::NEG_INFINITY; to.range(other).len()];
        Block::new(from, block, to, other).visit_near(&mut self.reach, &mut no_reach, |pair, reach, _| {
            if !(same && pair.row == pair.column) {
                let row = pair.row - first;
                reach[row] = found[row].offer(Candidate::new(pair.column, &pair), |j| from.exact(pair.row, to, j));
            }
        });
    }

    fn finish(&mut self, first: usize, exact: impl Fn(usize, usize) -> f64) -> Vec<Vec<Candidate>> {
        let points = (first..).zip(&mut self.found);
        points.map(|(point, nearest)| nearest.finish(|other| exact(point, other))).collect()
    }
}

/// A point that may be among the nearest, and bounds of its squared distance, which are equal where it is known exactly.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    index: usize,
    low: f64,
    high: f64,
}

impl Candidate {
    fn new(index: usize, pair: &Pair) -> Self {
        Self { index, low: pair.low, high: pair.high }
    }

    fn neighbor(&self) -> Neighbor {
        Neighbor { index: self.index, distance: self.low.sqrt() }
    }
}

/// The `k` nearest of all points offered so far, and more candidates where bounds do not decide yet.
struct Nearest {
    k: usize,
    found: Vec<Candidate>,
    /// A squared distance that at least `k` of the offered points do not exceed.
    reach: f64,
}

impl Nearest {
    fn new(k: usize) -> Self {
        Self { k, found: vec![], reach: f64::INFINITY }
    }

    /// Number of candidates above which they are pruned.
    fn capacity(&self) -> usize {
        4 * self.k + 24
    }

    /// Adds a point, unless it is too far away, and returns the reach.
    fn offer(&mut self, candidate: Candidate, exact: impl Fn(usize) -> f64) -> f64 {
        if candidate.low <= self.reach && !self.is_a_later_copy(&candidate) {
            self.found.push(candidate);
            if self.found.len() > self.capacity() {
                self.prune();
                // Bounds that leave this many candidates overlap too much.
                if self.found.len() > self.capacity() / 2 {
                    self.resolve(exact);
                }
            }
        }
        self.reach
    }

    /// Whether `k` copies of the point with smaller indices are known. Without this test a set of equal images would be compared
    /// exactly, all pairs of them.
    fn is_a_later_copy(&self, candidate: &Candidate) -> bool {
        self.reach == 0.0 && self.found[self.k - 1].index < candidate.index
    }

    /// Drops candidates that are certainly farther than `k` others.
    fn prune(&mut self) {
        if self.found.len() >= self.k {
            let mut high: Vec<f64> = self.found.iter().map(|candidate| candidate.high).collect();
            let (_, kth, _) = high.select_nth_unstable_by(self.k - 1, f64::total_cmp);
            self.reach = self.reach.min(*kth);
        }
        self.found.retain(|candidate| candidate.low <= self.reach);
    }

    /// Keeps the `k` nearest by exact distances.
    fn resolve(&mut self, exact: impl Fn(usize) -> f64) {
        for candidate in self.found.iter_mut().filter(|candidate| candidate.low != candidate.high) {
            candidate.low = exact(candidate.index);
            candidate.high = candidate.low;
        }
        self.found.sort_by(|a, b| a.low.total_cmp(&b.low).then(a.index.cmp(&b.index)));
        self.found.truncate(self.k);
        if self.found.len() == self.k {
            self.reach = self.reach.min(self.found[self.k - 1].low);
        }
    }

    fn finish(&mut self, exact: impl Fn(usize) -> f64) -> Vec<Candidate> {
        self.prune();
        self.resolve(exact);
        std::mem::take(&mut self.found)
    }
}
