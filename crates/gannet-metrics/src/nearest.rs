//! Nearest neighbours in feature space: how dense a set is around each of its images, and whether a generator's images
//! are copies of those it was trained on.
//!
//! All distances are Euclidean and exact to f64's rounding; see `points.rs` for how most pairs are ruled out faster.
//! Neighbours equally far away come in the order of their indices. Memory grows with images, never with pairs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use serde::Serialize;

use crate::features::{check_count, check_pair};
use crate::gram::centre;
use crate::points::{Block, Pair, Points};
use crate::{Features, MetricError};

/// An image and how far away it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbour {
    /// Which image of its set.
    pub index: usize,
    /// Euclidean distance in feature space.
    pub distance: f64,
}

/// The `k` nearest others of each image of a set, nearest first. A copy of an image is another one, at distance zero.
///
/// # Errors
/// `k` of zero, fewer than `k + 1` images, values that are not finite.
pub fn neighbours(set: &Features, k: usize) -> Result<Vec<Vec<Neighbour>>, MetricError> {
    if k == 0 {
        return Err(MetricError::Zero("the number of neighbours"));
    }
    check_count("a search for as many neighbours", k + 1, set.count())?;
    set.check_finite()?;
    let found = within(&Points::new(set, &centre(&[set])), k);
    Ok(found.iter().map(|found| found.iter().map(Candidate::neighbour).collect()).collect())
}

/// The distance of each image of a set to its `k`-th nearest other.
///
/// # Errors
/// As [`neighbours`].
pub fn radii(set: &Features, k: usize) -> Result<Vec<f64>, MetricError> {
    Ok(neighbours(set, k)?.iter().map(|found| found[k - 1].distance).collect())
}

/// The nearest image of `to` for each image of `from`.
///
/// # Errors
/// No image in one of the sets, different numbers of features, values that are not finite.
pub fn nearest(from: &Features, to: &Features) -> Result<Vec<Neighbour>, MetricError> {
    check_pair("a search for the nearest image", 1, from, to)?;
    let centre = centre(&[from, to]);
    let (from, to) = (Points::new(from, &centre), Points::new(to, &centre));
    let blocks = (0..from.blocks()).into_par_iter().map(|block| {
        let mut nearby = Nearby::new(from.range(block).len(), 1);
        (0..to.blocks()).for_each(|other| nearby.look(&from, block, &to, other));
        nearby.finish(from.range(block).start, |i, j| from.exact(i, &to, j))
    });
    Ok(blocks.collect::<Vec<_>>().iter().flatten().map(|found| found[0].neighbour()).collect())
}

/// The squares of [`radii`]; there must be more than `k` images, and they must be finite.
pub(crate) fn squared_radii(set: &Features, k: usize) -> Vec<f64> {
    within(&Points::new(set, &centre(&[set])), k).iter().map(|found| found[k - 1].low).collect()
}

/// The `k` nearest others of each point.
fn within(points: &Points, k: usize) -> Vec<Vec<Candidate>> {
    let blocks = points.blocks();
    let nearby: Vec<_> = (0..blocks).map(|block| Mutex::new(Nearby::new(points.range(block).len(), k))).collect();
    let pairs: Vec<_> = (0..blocks).flat_map(|i| (i..blocks).map(move |j| (i, j))).collect();
    // Threads meet the pairs of a point in any order; what is nearest does not depend on it.
    pairs.par_iter().for_each(|&(i, j)| {
        if i == j {
            lock(&nearby[i]).look(points, i, points, i);
        } else {
            let block = Block::new(points, i, points, j);
            // Always the smaller one first, so that nobody waits for each other.
            let (mut rows, mut columns) = (lock(&nearby[i]), lock(&nearby[j]));
            look_both_ways(&block, points, (&mut rows, points.range(i).start), (&mut columns, points.range(j).start));
        }
    });
    let finish = |(block, nearby): (usize, &Mutex<Nearby>)| {
        lock(nearby).finish(points.range(block).start, |i, j| points.exact(i, points, j))
    };
    nearby.par_iter().enumerate().flat_map_iter(finish).collect()
}

fn lock(nearby: &Mutex<Nearby>) -> MutexGuard<'_, Nearby> {
    nearby.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look_both_ways(
    block: &Block,
    points: &Points,
    (rows, first_row): (&mut Nearby, usize),
    (columns, first_column): (&mut Nearby, usize),
) {
    let (row_found, column_found) = (&mut rows.found, &mut columns.found);
    block.visit_near(&mut rows.reach, &mut columns.reach, |pair, row_reach, column_reach| {
        let (row, column) = (pair.row - first_row, pair.column - first_column);
        let exact = |i| move |j| points.exact(i, points, j);
        row_reach[row] = row_found[row].offer(Candidate::new(pair.column, &pair), exact(pair.row));
        column_reach[column] = column_found[column].offer(Candidate::new(pair.row, &pair), exact(pair.column));
    });
}

/// The nearest of a block of points among those seen so far.
struct Nearby {
    found: Vec<Nearest>,
    /// The [`Nearest::reach`] of each, side by side.
    reach: Vec<f64>,
}

impl Nearby {
    fn new(points: usize, k: usize) -> Self {
        Self { found: (0..points).map(|_| Nearest::new(k)).collect(), reach: vec![f64::INFINITY; points] }
    }

    /// At the points of a block of `to`, but never from a point at itself.
    fn look(&mut self, from: &Points, block: usize, to: &Points, other: usize) {
        let (first, same) = (from.range(block).start, std::ptr::eq(from, to));
        let found = &mut self.found;
        let mut nobody = vec![f64::NEG_INFINITY; to.range(other).len()];
        Block::new(from, block, to, other).visit_near(&mut self.reach, &mut nobody, |pair, reach, _| {
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

/// A point that may be among the nearest, and bounds of its squared distance, equal where it is known.
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

    fn neighbour(&self) -> Neighbour {
        Neighbour { index: self.index, distance: self.low.sqrt() }
    }
}

/// The `k` nearest of all points offered, and for now some that may be.
struct Nearest {
    k: usize,
    found: Vec<Candidate>,
    /// A squared distance that `k` of the points offered do not exceed.
    reach: f64,
}

impl Nearest {
    fn new(k: usize) -> Self {
        Self { k, found: vec![], reach: f64::INFINITY }
    }

    /// More candidates than this are sifted.
    fn room(&self) -> usize {
        4 * self.k + 24
    }

    /// Takes a point into account and returns the reach.
    fn offer(&mut self, candidate: Candidate, exact: impl Fn(usize) -> f64) -> f64 {
        if candidate.low <= self.reach && !self.is_a_later_copy(&candidate) {
            self.found.push(candidate);
            if self.found.len() > self.room() {
                self.sift();
                // Bounds that overlap this much do not decide.
                if self.found.len() > self.room() / 2 {
                    self.decide(exact);
                }
            }
        }
        self.reach
    }

    /// Whether `k` copies of the point with smaller indices are known. Images that are all the same would else be compared
    /// exactly, each with each.
    fn is_a_later_copy(&self, candidate: &Candidate) -> bool {
        self.reach == 0.0 && self.found[self.k - 1].index < candidate.index
    }

    /// Drops whatever is farther than `k` others for sure.
    fn sift(&mut self) {
        if self.found.len() >= self.k {
            let mut high: Vec<f64> = self.found.iter().map(|candidate| candidate.high).collect();
            let (_, kth, _) = high.select_nth_unstable_by(self.k - 1, f64::total_cmp);
            self.reach = self.reach.min(*kth);
        }
        self.found.retain(|candidate| candidate.low <= self.reach);
    }

    /// Keeps the `k` nearest by exact distances.
    fn decide(&mut self, exact: impl Fn(usize) -> f64) {
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
        self.sift();
        self.decide(exact);
        std::mem::take(&mut self.found)
    }
}
