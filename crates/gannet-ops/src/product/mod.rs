//! The matrix products under every convolution, in tiles that stay in registers.
//!
//! The right factor of [`multiply`] is packed: its columns lie in panels of 32, a panel's rows one after another, so
//! that a tile reads it in one stream. The left factor is read where it lies.

use rayon::prelude::*;

use crate::kernel::memory::Buffer;
use crate::kernel::tile::{Acc, ROWS};
pub use crate::kernel::tile::{COLUMNS, Tiled};

/// Products that are summed in registers before they are added to a result, which bounds the rounding error and lets
/// the rows of a panel stay in the cache.
const DEPTH: usize = 512;

/// A right factor `[depth, columns]`.
pub struct Panels<T> {
    depth: usize,
    columns: usize,
    /// `[columns / 32, depth, 32]`, zeros beyond the last column.
    values: Buffer<T>,
}

impl<T: Tiled> Panels<T> {
    /// Packs a factor; `fill(panel, values)` writes panel number `panel`, `[depth, 32]`, over zeros.
    pub fn new(depth: usize, columns: usize, fill: impl Fn(usize, &mut [[T; COLUMNS]]) + Sync) -> Self {
        let fill = |panel: usize, values: &mut [&mut [[T; COLUMNS]]]| fill(panel, values[0]);
        Self::many(1, [depth, columns], true, fill).pop().expect("one was asked for")
    }

    /// Many factors of one size, packed together; `fill(panel, values)` writes the same panel of each, over zeros where
    /// `clear` asks for them.
    pub fn many(
        count: usize,
        [depth, columns]: [usize; 2],
        clear: bool,
        fill: impl Fn(usize, &mut [&mut [[T; COLUMNS]]]) + Sync,
    ) -> Vec<Self> {
        let panels = columns.div_ceil(COLUMNS);
        let mut all: Vec<Buffer<T>> = (0..count).map(|_| Buffer::scratch(panels * COLUMNS * depth)).collect();
        let mut by_panel: Vec<Vec<&mut [[T; COLUMNS]]>> = (0..panels).map(|_| Vec::with_capacity(count)).collect();
        for values in &mut all {
            let chunks = values.as_chunks_mut().0.chunks_exact_mut(depth);
            by_panel.iter_mut().zip(chunks).for_each(|(panel, values)| panel.push(values));
        }
        let fewest = (1 << 14) / (count * depth * COLUMNS) + 1;
        by_panel.par_iter_mut().enumerate().with_min_len(fewest).for_each(|(panel, values)| {
            if clear {
                values.iter_mut().for_each(|values| values.as_flattened_mut().fill(T::ZERO));
            }
            fill(panel, values);
        });
        all.into_iter().map(|values| Self { depth, columns, values }).collect()
    }

    fn panel(&self, index: usize) -> &[T] {
        &self.values[index * self.depth * COLUMNS..][..self.depth * COLUMNS]
    }
}

/// A matrix with `stride` values from row to row.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    pub values: &'a [T],
    pub stride: usize,
}

/// `to = left · right` for the first `rows` rows of `left`; rows of `to` are `stride` apart.
pub fn multiply<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    for panel in 0..right.columns.div_ceil(COLUMNS) {
        multiply_panel(left, rows, right, panel, &mut to[panel * COLUMNS..], stride);
    }
}

/// [`multiply`] by threads that share out the columns, for few rows.
pub fn multiply_wide<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    let panels = right.columns.div_ceil(COLUMNS);
    let products = (0..panels).into_par_iter().with_min_len(4).map(|panel| {
        let mut product = Buffer::scratch(rows * COLUMNS);
        multiply_panel(left, rows, right, panel, &mut product, COLUMNS);
        product
    });
    for (panel, product) in products.collect::<Vec<_>>().into_iter().enumerate() {
        let width = COLUMNS.min(right.columns - panel * COLUMNS);
        for (to, from) in to.chunks_mut(stride).zip(product.chunks_exact(COLUMNS)).take(rows) {
            to[panel * COLUMNS..][..width].copy_from_slice(&from[..width]);
        }
    }
}

/// The columns of one panel of a product, which are the first of `to`.
fn multiply_panel<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, panel: usize, to: &mut [T], stride: usize) {
    let tile = T::tile();
    let mut acc: Acc<T> = [[T::ZERO; COLUMNS]; ROWS];
    let width = COLUMNS.min(right.columns - panel * COLUMNS);
    for (block, panel) in right.panel(panel).chunks(DEPTH * COLUMNS).enumerate() {
        let right = Rows { values: panel, stride: COLUMNS };
        for first in (0..rows).step_by(ROWS) {
            let count = ROWS.min(rows - first);
            let from = &left.values[first * left.stride + block * DEPTH..];
            tile(from, [left.stride, 1], count, right, panel.len() / COLUMNS, &mut acc);
            for (row, sums) in acc[..count].iter().enumerate() {
                put(&mut to[(first + row) * stride..][..width], sums, block > 0);
            }
        }
    }
}

/// `to += leftᵀ · right` over the first `depth` rows of both: `left [depth, rows]`, `right [depth, columns]`,
/// `to [rows, columns]` with `stride` from row to row. The rows of `right` have room for whole panels of 32.
pub fn add_transposed<T: Tiled>(
    left: Rows<T>,
    right: Rows<T>,
    depth: usize,
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    let tile = T::tile();
    let mut acc: Acc<T> = [[T::ZERO; COLUMNS]; ROWS];
    for start in (0..depth).step_by(DEPTH) {
        let depth = DEPTH.min(depth - start);
        for column in (0..columns).step_by(COLUMNS) {
            let right = Rows { values: &right.values[start * right.stride + column..], stride: right.stride };
            let width = COLUMNS.min(columns - column);
            for first in (0..rows).step_by(ROWS) {
                let count = ROWS.min(rows - first);
                let from = &left.values[start * left.stride + first..];
                tile(from, [1, left.stride], count, right, depth, &mut acc);
                for (row, sums) in acc[..count].iter().enumerate() {
                    put(&mut to[(first + row) * stride + column..][..width], sums, true);
                }
            }
        }
    }
}

/// Writes, or adds, as many values as there is room for.
fn put<T: Tiled>(to: &mut [T], from: &[T; COLUMNS], add: bool) {
    match (<&mut [T; COLUMNS]>::try_from(&mut *to), add) {
        (Ok(to), false) => *to = *from,
        (Ok(to), true) => to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from),
        (Err(_), false) => to.copy_from_slice(&from[..to.len()]),
        (Err(_), true) => to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from),
    }
}

#[cfg(test)]
mod tests;
