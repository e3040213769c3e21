//! Matrix products for the convolutions, computed in tiles that stay in registers.
//!
//! The right factor of [`multiply`] is packed into panels of 32 columns, each stored row by row, so that a tile reads it as
//! one stream. The left factor is read in place.

use rayon::prelude::*;

use crate::kernel::memory::Buffer;
use crate::kernel::tile::{Acc, ROWS};
pub use crate::kernel::tile::{COLUMNS, Rows, Tiled};

/// Terms that are summed in registers before the sum is added to the result. It bounds the rounding error and keeps the
/// rows of a panel in the cache.
const DEPTH: usize = 512;

/// A packed right factor `[depth, columns]`.
pub struct Panels<T> {
    depth: usize,
    columns: usize,
    /// `[columns / 32, depth, 32]`, zeros beyond the last column.
    values: Buffer<T>,
}

impl<T: Tiled> Panels<T> {
    /// Packs a factor. `fill(panel, values)` writes panel number `panel` to `values [depth, 32]`; in the last panel it need
    /// only write the columns that exist.
    pub fn new(depth: usize, columns: usize, fill: impl Fn(usize, &mut [[T; COLUMNS]]) + Sync) -> Self {
        let fill = |panel: usize, values: &mut [&mut [[T; COLUMNS]]]| fill(panel, values[0]);
        Self::many(1, [depth, columns], !columns.is_multiple_of(COLUMNS), fill).pop().expect("one was asked for")
    }

    /// Packs `count` factors of one size together. `fill(panel, values)` writes panel number `panel` of every factor; with
    /// `clear` the panels are zeroed first.
    pub fn many(
        count: usize,
        [depth, columns]: [usize; 2],
        clear: bool,
        fill: impl Fn(usize, &mut [&mut [[T; COLUMNS]]]) + Sync,
    ) -> Vec<Self> {
        let panels = columns.div_ceil(COLUMNS);
        let mut all: Vec<Buffer<T>> = (0..count).map(|_| Buffer::kept(panels * COLUMNS * depth)).collect();
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

    /// Panel number `index`, `[depth, 32]`.
    fn panel(&self, index: usize) -> Rows<'_, T> {
        let values = &self.values[index * self.depth * COLUMNS..][..self.depth * COLUMNS];
        Rows { values, stride: COLUMNS }
    }
}

impl<'a, T> Rows<'a, T> {
    /// The submatrix that starts at `row` and `column`.
    fn from(self, row: usize, column: usize) -> Self {
        Self { values: &self.values[row * self.stride + column..], stride: self.stride }
    }

    /// The matrix as a left factor.
    fn plain(self) -> Left<'a, T> {
        Left { values: self.values, strides: [self.stride, 1] }
    }

    /// The transposed matrix as a left factor.
    fn transposed(self) -> Left<'a, T> {
        Left { values: self.values, strides: [1, self.stride] }
    }
}

/// A left factor, with its strides from row to row and along the depth.
#[derive(Clone, Copy)]
struct Left<'a, T> {
    values: &'a [T],
    strides: [usize; 2],
}

impl<'a, T> Left<'a, T> {
    /// The values from `row` and `depth` on.
    fn at(self, row: usize, depth: usize) -> &'a [T] {
        &self.values[row * self.strides[0] + depth * self.strides[1]..]
    }
}

/// `to = left · right` for the first `rows` rows of `left`; the rows of `to` are `stride` values apart.
pub fn multiply<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    for panel in 0..right.columns.div_ceil(COLUMNS) {
        let width = COLUMNS.min(right.columns - panel * COLUMNS);
        let to = &mut to[panel * COLUMNS..];
        product(left.plain(), [rows, width], right.panel(panel), right.depth, to, stride, false);
    }
}

/// [`multiply`] with its columns divided among threads, for few rows.
pub fn multiply_wide<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    by_panels([rows, right.columns], to, stride, |panel, width, to| {
        product(left.plain(), [rows, width], right.panel(panel), right.depth, to, COLUMNS, false);
    });
}

/// `to = left · right` with the columns divided among threads; `right [depth, columns]` is read in place.
pub fn multiply_rows<T: Tiled>(
    left: Rows<T>,
    right: Rows<T>,
    depth: usize,
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    by_panels([rows, columns], to, stride, |panel, width, to| {
        let right = right.from(0, panel * COLUMNS);
        product(left.plain(), [rows, width], right.widened(depth, width).rows(), depth, to, COLUMNS, false);
    });
}

/// `to = (left · right)ᵀ` with the first `rows` rows of `left`, which are the columns of `to`, divided among threads.
pub fn multiply_into_transposed<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    by_panels([right.columns, rows], to, stride, |panel, width, to| {
        let left = left.from(panel * COLUMNS, 0);
        for column in (0..right.columns).step_by(COLUMNS) {
            let count = COLUMNS.min(right.columns - column);
            let mut block = [[T::ZERO; COLUMNS]; COLUMNS];
            let from = right.panel(column / COLUMNS);
            product(left.plain(), [width, count], from, right.depth, block.as_flattened_mut(), COLUMNS, false);
            for (column, to) in to[column * COLUMNS..].chunks_exact_mut(COLUMNS).take(count).enumerate() {
                to.iter_mut().zip(&block).for_each(|(to, from)| *to = from[column]);
            }
        }
    });
}

/// `to += leftᵀ · right` over the first `depth` rows of both: `left [depth, rows]`, `right [depth, columns]`,
/// `to [rows, columns]` with rows `stride` values apart.
pub fn add_transposed<T: Tiled>(
    left: Rows<T>,
    right: Rows<T>,
    depth: usize,
    dims: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    transposed(left, right, depth, dims, to, stride, true);
}

/// `to = leftᵀ · right` with the shapes of [`add_transposed`] and the rows of `to` divided among threads, for small depth.
pub fn multiply_transposed<T: Tiled>(
    left: Rows<T>,
    right: Rows<T>,
    depth: usize,
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    const SHARE: usize = 4 * ROWS;
    to.par_chunks_mut(SHARE * stride).enumerate().take(rows.div_ceil(SHARE)).for_each(|(share, to)| {
        let first = share * SHARE;
        transposed(left.from(0, first), right, depth, [SHARE.min(rows - first), columns], to, stride, false);
    });
}

/// `to = leftᵀ · right`, or with `add` `to += leftᵀ · right`.
fn transposed<T: Tiled>(
    left: Rows<T>,
    right: Rows<T>,
    depth: usize,
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
    add: bool,
) {
    for column in (0..columns).step_by(COLUMNS) {
        let width = COLUMNS.min(columns - column);
        let right = right.from(0, column).widened(depth, width);
        product(left.transposed(), [rows, width], right.rows(), depth, &mut to[column..], stride, add);
    }
}

/// Computes a result `[rows, columns]` in panels of 32 columns, divided among threads. `f(panel, width, product)` writes
/// the `width` columns of panel number `panel` to `product [rows, 32]`, which is then copied to `to`.
fn by_panels<T: Tiled>(
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
    f: impl Fn(usize, usize, &mut [T]) + Sync,
) {
    let width = |panel| COLUMNS.min(columns - panel * COLUMNS);
    let products = (0..columns.div_ceil(COLUMNS)).into_par_iter().with_min_len(4).map(|panel| {
        let mut product = Buffer::scratch(rows * COLUMNS);
        f(panel, width(panel), &mut product);
        product
    });
    for (panel, product) in products.collect::<Vec<_>>().into_iter().enumerate() {
        for (to, from) in to.chunks_mut(stride).zip(product.chunks_exact(COLUMNS)).take(rows) {
            to[panel * COLUMNS..][..width(panel)].copy_from_slice(&from[..width(panel)]);
        }
    }
}

/// At most 32 columns, in rows that can be read 32 values wide.
enum Columns<'a, T> {
    Borrowed(Rows<'a, T>),
    Copied(Buffer<T>),
}

impl<T: Tiled> Columns<'_, T> {
    fn rows(&self) -> Rows<'_, T> {
        match self {
            Self::Borrowed(rows) => *rows,
            Self::Copied(values) => Rows { values, stride: COLUMNS },
        }
    }
}

impl<'a, T: Tiled> Rows<'a, T> {
    /// The first `width` columns of `depth` rows; copied and padded with zeros if there are fewer than 32.
    fn widened(self, depth: usize, width: usize) -> Columns<'a, T> {
        if width == COLUMNS {
            return Columns::Borrowed(self);
        }
        let mut wide = Buffer::scratch(depth * COLUMNS);
        for (to, from) in wide.chunks_exact_mut(COLUMNS).zip(self.values.chunks(self.stride)) {
            to[..width].copy_from_slice(&from[..width]);
            to[width..].fill(T::ZERO);
        }
        Columns::Copied(wide)
    }
}

/// `to = left · right`, or with `add` `to += left · right`, for `width` of the 32 columns of `right`.
fn product<T: Tiled>(
    left: Left<T>,
    [rows, width]: [usize; 2],
    right: Rows<T>,
    depth: usize,
    to: &mut [T],
    stride: usize,
    add: bool,
) {
    let tile = T::tile();
    let mut acc: Acc<T> = [[T::ZERO; COLUMNS]; ROWS];
    for start in (0..depth).step_by(DEPTH) {
        let (right, depth) = (right.from(start, 0), DEPTH.min(depth - start));
        for first in (0..rows).step_by(ROWS) {
            let count = ROWS.min(rows - first);
            tile(left.at(first, start), left.strides, count, right, depth, &mut acc);
            for (row, sums) in acc[..count].iter().enumerate() {
                put(&mut to[(first + row) * stride..][..width], sums, add || start > 0);
            }
        }
    }
}

/// Writes the first `to.len()` values of `from`, or adds them.
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
