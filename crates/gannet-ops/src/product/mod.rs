//! Matrix products for the convolutions, computed in tiles that stay in registers.
//!
//! The right factor of [`multiply`] is packed into panels of 32 columns, each stored row by row, so that a tile reads it as
//! one stream. The left factor is read in place; at a precision of bfloat16 both factors are first rounded to pairs
//! ([`pairs`]).

mod factors;
mod pairs;

use rayon::prelude::*;

use self::factors::Left;
use self::pairs::{Pairs, half_depth, rounds, single};
use crate::kernel::memory::Buffer;
use crate::kernel::pairs::pair_kernel;
use crate::kernel::tile::{Acc, ROWS, Tile};
pub use crate::kernel::tile::{COLUMNS, Rows, Tiled};
use crate::precision::Precision;

/// Terms that are summed in registers before the sum is added to the result. It bounds the rounding error and keeps the
/// rows of a panel in the cache.
const DEPTH: usize = 512;

/// A packed right factor `[depth, columns]`.
pub struct Panels<T> {
    depth: usize,
    columns: usize,
    values: Packed<T>,
}

/// The values of panels, zeros beyond the last column.
enum Packed<T> {
    /// `[columns / 32, depth, 32]`.
    Whole(Buffer<T>),
    /// `[columns / 32, depth / 2, 32]`.
    Pairs(Pairs),
}

impl<T: Tiled> Panels<T> {
    /// Packs a factor. `fill(panel, values)` writes panel number `panel` to `values [depth, 32]`; in the last panel it need
    /// only write the columns that exist.
    pub fn new(
        precision: Precision,
        depth: usize,
        columns: usize,
        fill: impl Fn(usize, &mut [[T; COLUMNS]]) + Sync,
    ) -> Self {
        let fill = |panel: usize, values: &mut [&mut [[T; COLUMNS]]]| fill(panel, values[0]);
        Self::many(precision, 1, [depth, columns], !columns.is_multiple_of(COLUMNS), fill)
            .pop()
            .expect("one was asked for")
    }

    /// Packs `count` factors of one size together. `fill(panel, values)` writes panel number `panel` of every factor; with
    /// `clear` the panels are zeroed first.
    pub fn many(
        precision: Precision,
        count: usize,
        [depth, columns]: [usize; 2],
        clear: bool,
        fill: impl Fn(usize, &mut [&mut [[T; COLUMNS]]]) + Sync,
    ) -> Vec<Self> {
        let panels = columns.div_ceil(COLUMNS);
        let room = if rounds::<T>(precision) { Buffer::scratch } else { Buffer::kept };
        let mut all: Vec<Buffer<T>> = (0..count).map(|_| room(panels * COLUMNS * depth)).collect();
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
        let packed = |values: Buffer<T>| match rounds::<T>(precision) {
            true => Packed::Pairs(Pairs::of_panels(bytemuck::cast_slice(&values), panels, depth)),
            false => Packed::Whole(values),
        };
        all.into_iter().map(|values| Self { depth, columns, values: packed(values) }).collect()
    }

    /// What [`Panels::times`] multiplies: the left factor `[rows, depth]` as this factor is stored.
    fn left<'a>(&self, left: Rows<'a, T>, rows: usize) -> LeftOf<'a, T> {
        match self.values {
            Packed::Whole(_) => LeftOf::Whole(left),
            Packed::Pairs(_) => LeftOf::Pairs(Pairs::across(single(left), rows, self.depth)),
        }
    }

    /// The product of `left`, from row `first` on, with `width` columns of panel number `panel`.
    fn times(
        &self,
        left: &LeftOf<T>,
        first: usize,
        [rows, width]: [usize; 2],
        panel: usize,
        to: &mut [T],
        stride: usize,
    ) {
        let (depth, size) = (self.depth, [rows, width]);
        match (left, &self.values) {
            (LeftOf::Whole(left), Packed::Whole(values)) => {
                let right = Rows { values: &values[panel * depth * COLUMNS..][..depth * COLUMNS], stride: COLUMNS };
                product(whole(), left.from(first, 0).plain(), size, right, depth, to, stride, false);
            }
            (LeftOf::Pairs(left), Packed::Pairs(pairs)) => {
                let half = depth.div_ceil(2);
                let right = pairs.rows().from(panel * half, 0);
                let to = bytemuck::cast_slice_mut(to);
                product(paired(), left.rows().from(first, 0).plain(), size, right, half, to, stride, false);
            }
            _ => unreachable!("a left factor is made for its right one"),
        }
    }
}

/// A left factor for [`Panels`].
enum LeftOf<'a, T> {
    Whole(Rows<'a, T>),
    Pairs(Pairs),
}

/// A tile product and the most terms that it sums, of which one counts for two where they are pairs.
type Kernel<A, T> = (Tile<A, T>, usize);

fn whole<T: Tiled>() -> Kernel<T, T> {
    (T::tile(), DEPTH)
}

fn paired() -> Kernel<u32, f32> {
    (pair_kernel().tile, DEPTH / 2)
}

/// `to = left · right` for the first `rows` rows of `left`; the rows of `to` are `stride` values apart.
pub fn multiply<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    let left = right.left(left, rows);
    for panel in 0..right.columns.div_ceil(COLUMNS) {
        let width = COLUMNS.min(right.columns - panel * COLUMNS);
        right.times(&left, 0, [rows, width], panel, &mut to[panel * COLUMNS..], stride);
    }
}

/// [`multiply`] with its columns divided among threads, for few rows.
pub fn multiply_wide<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    let left = right.left(left, rows);
    by_panels([rows, right.columns], to, stride, |panel, width, to| {
        right.times(&left, 0, [rows, width], panel, to, COLUMNS);
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
        let right = right.widened(depth, width);
        product(whole(), left.plain(), [rows, width], right.rows(), depth, to, COLUMNS, false);
    });
}

/// `to = (left · right)ᵀ` with the first `rows` rows of `left`, which are the columns of `to`, divided among threads.
pub fn multiply_into_transposed<T: Tiled>(left: Rows<T>, rows: usize, right: &Panels<T>, to: &mut [T], stride: usize) {
    let left = right.left(left, rows);
    by_panels([right.columns, rows], to, stride, |panel, width, to| {
        for column in (0..right.columns).step_by(COLUMNS) {
            let count = COLUMNS.min(right.columns - column);
            let mut block = [[T::ZERO; COLUMNS]; COLUMNS];
            let (first, from) = (panel * COLUMNS, column / COLUMNS);
            right.times(&left, first, [width, count], from, block.as_flattened_mut(), COLUMNS);
            for (column, to) in to[column * COLUMNS..].chunks_exact_mut(COLUMNS).take(count).enumerate() {
                to.iter_mut().zip(&block).for_each(|(to, from)| *to = from[column]);
            }
        }
    });
}

/// Two factors and their depth: `left [depth, rows]`, `right [depth, columns]`.
#[derive(Clone, Copy)]
pub struct Transposed<'a, T> {
    /// The factor that is transposed.
    pub left: Rows<'a, T>,
    /// The other one.
    pub right: Rows<'a, T>,
    /// How many of their rows are multiplied.
    pub depth: usize,
}

/// `to += leftᵀ · right` for all factors; `to [rows, columns]` has its rows `stride` values apart.
pub fn add_transposed<T: Tiled>(
    precision: Precision,
    factors: &[Transposed<T>],
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    if !rounds::<T>(precision) {
        for Transposed { left, right, depth } in factors {
            transposed(*left, *right, *depth, [rows, columns], to, stride, true);
        }
        return;
    }
    // In one product, as the sums in memory are read and written once.
    let left = Pairs::down(factors.iter().map(|factors| (factors.left, factors.depth)), rows);
    let rights = factors.iter().map(|factors| (factors.right, factors.depth));
    let (half, right) = (half_depth(rights.clone()), Pairs::down(rights, columns));
    let to = bytemuck::cast_slice_mut(to);
    each_panel(columns, |column, width| {
        let right = right.rows().from(0, column);
        product(paired(), left.transposed(), [rows, width], right, half, &mut to[column..], stride, true);
    });
}

/// `to = leftᵀ · right` with the shapes of [`add_transposed`] and the rows of `to` divided among threads, for small depth.
pub fn multiply_transposed<T: Tiled>(
    precision: Precision,
    Transposed { left, right, depth }: Transposed<T>,
    [rows, columns]: [usize; 2],
    to: &mut [T],
    stride: usize,
) {
    const SHARE: usize = 4 * ROWS;
    let pairs = rounds::<T>(precision).then(|| {
        [(left, rows), (right, columns)].map(|(factor, count)| Pairs::down(std::iter::once((factor, depth)), count))
    });
    to.par_chunks_mut(SHARE * stride).enumerate().take(rows.div_ceil(SHARE)).for_each(|(share, to)| {
        let first = share * SHARE;
        let rows = SHARE.min(rows - first);
        let Some([left, right]) = &pairs else {
            return transposed(left.from(0, first), right, depth, [rows, columns], to, stride, false);
        };
        let (to, half) = (bytemuck::cast_slice_mut(to), depth.div_ceil(2));
        each_panel(columns, |column, width| {
            let (left, right) = (left.rows().from(0, first).transposed(), right.rows().from(0, column));
            product(paired(), left, [rows, width], right, half, &mut to[column..], stride, false);
        });
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
    each_panel(columns, |column, width| {
        let right = right.from(0, column).widened(depth, width);
        product(whole(), left.transposed(), [rows, width], right.rows(), depth, &mut to[column..], stride, add);
    });
}

/// Calls `f(column, width)` for the first column of each panel of 32, and how many there are.
fn each_panel(columns: usize, mut f: impl FnMut(usize, usize)) {
    (0..columns).step_by(COLUMNS).for_each(|column| f(column, COLUMNS.min(columns - column)));
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
#[expect(clippy::too_many_arguments, reason = "a product of parts of three matrices")]
fn product<A: Copy, T: Tiled>(
    (tile, most): Kernel<A, T>,
    left: Left<A>,
    [rows, width]: [usize; 2],
    right: Rows<A>,
    depth: usize,
    to: &mut [T],
    stride: usize,
    add: bool,
) {
    let mut acc: Acc<T> = [[T::ZERO; COLUMNS]; ROWS];
    for start in (0..depth).step_by(most) {
        let (right, depth) = (right.from(start, 0), most.min(depth - start));
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
