//! Factors as pairs of bfloat16 numbers along the depth.

use burn::tensor::DType;
use rayon::prelude::*;

use super::factors::Left;
use crate::kernel::memory::Buffer;
use crate::kernel::pairs::pair_kernel;
use crate::kernel::tile::{COLUMNS, Rows, Tiled};
use crate::precision::Precision;

/// A matrix of pairs: two rows of numbers in one where it is a right factor, two columns in one where it is a left factor.
pub struct Pairs {
    /// The pairs, whose bits are kept as those of f32.
    bits: Buffer<f32>,
    stride: usize,
}

impl Pairs {
    /// The pairs of `count` rows, `stride` apart, of any content.
    fn room(count: usize, stride: usize) -> Self {
        Self { bits: Buffer::scratch(count * stride), stride }
    }

    /// A left factor `[rows, depth]`: pairs of neighbors.
    pub fn across(left: Rows<f32>, rows: usize, depth: usize) -> Self {
        let kernel = pair_kernel();
        let mut pairs = Self::room(rows, depth.div_ceil(2));
        let all = bytemuck::cast_slice_mut::<f32, u32>(&mut pairs.bits);
        for (to, from) in all.chunks_exact_mut(pairs.stride).zip(left.values.chunks(left.stride)) {
            (kernel.across)(&from[..depth], to);
        }
        pairs
    }

    /// Factors `[depth, columns]`, one below the other: pairs of one number and that below it in its factor; columns of zeros are
    /// added up to a multiple of 32.
    pub fn down<'a, T: Tiled>(factors: impl Iterator<Item = (Rows<'a, T>, usize)> + Clone, columns: usize) -> Self {
        let mut pairs = Self::room(half_depth(factors.clone()), columns.next_multiple_of(COLUMNS));
        let mut rest = bytemuck::cast_slice_mut::<f32, u32>(&mut pairs.bits);
        for (factor, depth) in factors {
            let (own, others) = rest.split_at_mut(depth.div_ceil(2) * pairs.stride);
            round_down(single(factor), depth, columns, own, pairs.stride);
            rest = others;
        }
        pairs
    }

    /// A packed right factor: `values [panels, depth, 32]` as `[panels, depth / 2, 32]`.
    pub fn of_panels(values: &[f32], panels: usize, depth: usize) -> Self {
        let half = depth.div_ceil(2) * COLUMNS;
        let mut bits = Buffer::kept(panels * half);
        let all = bytemuck::cast_slice_mut::<f32, u32>(&mut bits);
        let fewest = (1 << 14) / (depth * COLUMNS) + 1;
        all.par_chunks_exact_mut(half).enumerate().with_min_len(fewest).for_each(|(panel, to)| {
            let values = &values[panel * depth * COLUMNS..];
            round_down(Rows { values, stride: COLUMNS }, depth, COLUMNS, to, COLUMNS);
        });
        Self { bits, stride: COLUMNS }
    }

    /// Its rows.
    pub fn rows(&self) -> Rows<'_, u32> {
        Rows { values: bytemuck::cast_slice(&self.bits), stride: self.stride }
    }

    /// The transpose of a factor from [`Pairs::down`], as a left factor.
    pub fn transposed(&self) -> Left<'_, u32> {
        self.rows().transposed()
    }
}

/// How many pairs [`Pairs::down`] has along the depth.
pub fn half_depth<'a, T: Tiled>(factors: impl Iterator<Item = (Rows<'a, T>, usize)>) -> usize {
    factors.map(|(_, depth)| depth.div_ceil(2)).sum()
}

/// Writes the pairs of [`Pairs::down`], rows `stride` apart.
fn round_down(from: Rows<f32>, depth: usize, columns: usize, to: &mut [u32], stride: usize) {
    let kernel = pair_kernel();
    let zeros = vec![0.0; if depth.is_multiple_of(2) { 0 } else { columns }];
    for (pair, to) in to.chunks_exact_mut(stride).enumerate().take(depth.div_ceil(2)) {
        let row = |at: usize| if at < depth { &from.values[at * from.stride..][..columns] } else { &zeros };
        (kernel.down)([row(2 * pair), row(2 * pair + 1)], &mut to[..columns]);
        to[columns..].fill(0);
    }
}

/// Whether factors of this type are rounded at this precision.
pub fn rounds<T: Tiled>(precision: Precision) -> bool {
    precision == Precision::Bf16 && T::dtype() == DType::F32
}

/// The rows of a matrix that [`rounds`] says are f32.
pub fn single<T: Tiled>(rows: Rows<T>) -> Rows<f32> {
    Rows { values: bytemuck::cast_slice(rows.values), stride: rows.stride }
}
