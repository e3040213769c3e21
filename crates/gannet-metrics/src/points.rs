//! Squared distances of many features to many: in f32 with bounds that hold, and exactly where bounds do not decide.
//!
//! Of the centred and rounded x and y, `|x − y|² = |x|² + |y|² − 2 x·y`, with the product in f32. Its rounding error is at
//! most γ·|x||y| with `γ = dims·u / (1 − dims·u)`, whatever the order of its sum (Higham, Accuracy and Stability of
//! Numerical Algorithms, section 3.1), and since `2|x||y| ≤ |x|² + |y|²` each bound is a sum of one share a point less
//! twice the product.

use faer::Mat;
use rayon::prelude::*;

use crate::Features;
use crate::gram::{BLOCK, inner, products, squared_distance, vectorised};

/// Rounding to f32.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;
/// So many pairs are looked at together before one of them is.
const CHUNK: usize = 64;

/// Features around a centre, with their shares of the bounds.
pub(crate) struct Points<'a> {
    features: &'a Features,
    centred: Vec<f32>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl<'a> Points<'a> {
    /// Those that shall be compared need the same centre.
    pub(crate) fn new(features: &'a Features, centre: &[f32]) -> Self {
        let dims = features.dims();
        let mut centred = features.values().to_vec();
        centred.par_chunks_mut(dims).for_each(|row| row.iter_mut().zip(centre).for_each(|(x, m)| *x -= m));
        let squares: Vec<f64> = centred.par_chunks(dims).map(|x| inner(x, x)).collect();
        let (relative, absolute) = error(dims);
        // A product of longer ones, or a part of its sum, may leave f32's range: then nothing is known.
        let known = |square: f64| square < f64::from(f32::MAX) / 2.0;
        let low = |&square: &f64| if known(square) { square * (1.0 - relative) - absolute } else { f64::NEG_INFINITY };
        let high = |&square: &f64| if known(square) { square * (1.0 + relative) + absolute } else { f64::INFINITY };
        let (low, high) = (squares.iter().map(low).collect(), squares.iter().map(high).collect());
        Self { features, centred, low, high }
    }

    pub(crate) fn count(&self) -> usize {
        self.low.len()
    }

    pub(crate) fn blocks(&self) -> usize {
        self.count().div_ceil(BLOCK)
    }

    /// The points of a block.
    pub(crate) fn range(&self, block: usize) -> std::ops::Range<usize> {
        block * BLOCK..((block + 1) * BLOCK).min(self.count())
    }

    fn rows(&self, block: usize) -> &[f32] {
        let (range, dims) = (self.range(block), self.features.dims());
        &self.centred[range.start * dims..range.end * dims]
    }

    /// The squared distance of point `i` to point `j` of `others`, good to f64's rounding, and what decides.
    pub(crate) fn exact(&self, i: usize, others: &Self, j: usize) -> f64 {
        squared_distance(self.features.row(i), others.features.row(j))
    }
}

/// What share of |x|² one point adds to the error of a squared distance, and how much beside that.
fn error(dims: usize) -> (f64, f64) {
    let product = dims as f64 * ROUNDING;
    let product = if product < 0.5 { product / (1.0 - product) } else { f64::INFINITY };
    // Rounding x and y moves their distance by at most u·(|x| + |y|), and its square by 4u·(|x|² + |y|²). The last term is
    // what f64 rounds, here and in `exact`.
    let relative = product + 4.1 * ROUNDING + (dims + 8) as f64 * 4.0 * f64::EPSILON;
    // Products too small for f32's range.
    (relative, dims as f64 * 8.0 * f64::from(f32::MIN_POSITIVE))
}

/// Two points, and bounds that their exact squared distance keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The products of a block of points with a block of others.
pub(crate) struct Block<'a> {
    products: Mat<f32>,
    rows: (&'a Points<'a>, usize),
    columns: (&'a Points<'a>, usize),
}

impl<'a> Block<'a> {
    pub(crate) fn new(rows: &'a Points<'a>, i: usize, columns: &'a Points<'a>, j: usize) -> Self {
        let products = products(rows.rows(i), columns.rows(j), rows.features.dims());
        Self { products, rows: (rows, rows.range(i).start), columns: (columns, columns.range(j).start) }
    }

    /// Visits all pairs that may be no farther than the reach of their row or that of their column, squared; a visit may
    /// change both. Some that are farther are visited, too.
    pub(crate) fn visit_near(
        &self,
        row_reach: &mut [f64],
        column_reach: &mut [f64],
        mut visit: impl FnMut(Pair, &mut [f64], &mut [f64]),
    ) {
        let low = &self.rows.0.low[self.rows.1..][..row_reach.len()];
        for column in 0..column_reach.len() {
            let products = self.products.col_as_slice(column);
            let of_column = self.columns.0.low[self.columns.1 + column];
            for from in (0..row_reach.len()).step_by(CHUNK) {
                let chunk = from..(from + CHUNK).min(row_reach.len());
                let (products, low, reach) = (&products[chunk.clone()], &low[chunk.clone()], &row_reach[chunk.clone()]);
                if any_near(products, low, reach, of_column, column_reach[column]) {
                    chunk.for_each(|row| visit(self.pair(row, column), row_reach, column_reach));
                }
            }
        }
    }

    fn pair(&self, row: usize, column: usize) -> Pair {
        let twice = 2.0 * f64::from(self.products[(row, column)]);
        let (row, column) = (self.rows.1 + row, self.columns.1 + column);
        let low = self.rows.0.low[row] + self.columns.0.low[column] - twice;
        let high = self.rows.0.high[row] + self.columns.0.high[column] - twice;
        // A product beyond f32's range can make anything of both.
        let known = low.is_finite() && high.is_finite();
        let (low, high) = if known { (low, high) } else { (f64::NEG_INFINITY, f64::INFINITY) };
        Pair { row, column, low, high }
    }
}

/// Whether one of some pairs may be no farther than its row's reach or its column's.
fn any_near(products: &[f32], low: &[f64], reach: &[f64], column_low: f64, column_reach: f64) -> bool {
    vectorised(|| {
        let mut any = false;
        for ((product, low), reach) in products.iter().zip(low).zip(reach) {
            let distance = low + column_low - 2.0 * f64::from(*product);
            // What is not a number may be anything.
            any |= !((distance > *reach) & (distance > column_reach));
        }
        any
    })
}
