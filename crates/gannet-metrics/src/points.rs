//! Squared distances between two sets of features: in f32 with rigorous bounds, and exactly where the bounds do not decide.
//!
//! For centered and rounded x and y, `|x − y|² = |x|² + |y|² − 2 x·y`, with the product in f32. Its rounding error is at most
//! γ·|x||y| with `γ = dims·u / (1 − dims·u)`, in whatever order it is summed (Higham, Accuracy and Stability of Numerical
//! Algorithms, section 3.1). Since `2|x||y| ≤ |x|² + |y|²`, each bound is one term of x plus one term of y minus twice the
//! product.

use faer::Mat;
use rayon::prelude::*;

use crate::Features;
use crate::gram::{BLOCK, inner, products, squared_distance, vectorized};

/// Unit roundoff u of f32.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;
/// Pairs that are tested together before single ones are visited.
const CHUNK: usize = 64;

/// Features relative to a center, with their terms of the bounds.
pub(crate) struct Points<'a> {
    features: &'a Features,
    centered: Vec<f32>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl<'a> Points<'a> {
    /// The points of a set. Sets that are compared must have the same center.
    pub(crate) fn new(features: &'a Features, center: &[f32]) -> Self {
        let dims = features.dims();
        let mut centered = features.values().to_vec();
        centered.par_chunks_mut(dims).for_each(|row| row.iter_mut().zip(center).for_each(|(x, m)| *x -= m));
        let squares: Vec<f64> = centered.par_chunks(dims).map(|x| inner(x, x)).collect();
        let (relative, absolute) = error(dims);
        // A product of longer vectors, or a partial sum of it, may overflow f32: then the bounds are infinite.
        let known = |square: f64| square < f64::from(f32::MAX) / 2.0;
        let low = |&square: &f64| if known(square) { square * (1.0 - relative) - absolute } else { f64::NEG_INFINITY };
        let high = |&square: &f64| if known(square) { square * (1.0 + relative) + absolute } else { f64::INFINITY };
        let (low, high) = (squares.iter().map(low).collect(), squares.iter().map(high).collect());
        Self { features, centered, low, high }
    }

    pub(crate) fn count(&self) -> usize {
        self.low.len()
    }

    pub(crate) fn blocks(&self) -> usize {
        self.count().div_ceil(BLOCK)
    }

    /// The indices of a block's points.
    pub(crate) fn range(&self, block: usize) -> std::ops::Range<usize> {
        block * BLOCK..((block + 1) * BLOCK).min(self.count())
    }

    fn rows(&self, block: usize) -> &[f32] {
        let (range, dims) = (self.range(block), self.features.dims());
        &self.centered[range.start * dims..range.end * dims]
    }

    /// The squared distance of point `i` to point `j` of `others` in f64, which decides comparisons.
    pub(crate) fn exact(&self, i: usize, others: &Self, j: usize) -> f64 {
        squared_distance(self.features.row(i), others.features.row(j))
    }
}

/// The error of a squared distance that is due to one point: relative to its |x|², and absolute.
fn error(dims: usize) -> (f64, f64) {
    let product = dims as f64 * ROUNDING;
    let product = if product < 0.5 { product / (1.0 - product) } else { f64::INFINITY };
    // Rounding x and y changes their distance by at most u·(|x| + |y|), and its square by 4u·(|x|² + |y|²). The last term is
    // the rounding of f64, here and in `exact`.
    let relative = product + 4.1 * ROUNDING + (dims + 8) as f64 * 4.0 * f64::EPSILON;
    // The absolute error is that of products that underflow f32.
    (relative, dims as f64 * 8.0 * f64::from(f32::MIN_POSITIVE))
}

/// Two points, and bounds of their exact squared distance.
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

    /// Visits all pairs whose squared distance may be at most the reach of their row or of their column, both squared, and some
    /// farther pairs, too. A visit may change both reaches.
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
        // A product that overflows makes both bounds meaningless.
        let known = low.is_finite() && high.is_finite();
        let (low, high) = if known { (low, high) } else { (f64::NEG_INFINITY, f64::INFINITY) };
        Pair { row, column, low, high }
    }
}

/// Whether the squared distance of any of several pairs may be at most the reach of its row or of its column.
fn any_near(products: &[f32], low: &[f64], reach: &[f64], column_low: f64, column_reach: f64) -> bool {
    vectorized(|| {
        let mut any = false;
        for ((product, low), reach) in products.iter().zip(low).zip(reach) {
            let distance = low + column_low - 2.0 * f64::from(*product);
            // NaN may stand for any distance, so it counts as near.
            any |= !((distance > *reach) & (distance > column_reach));
        }
        any
    })
}
