//! The innermost matrix product: a tile of 12 × 32 results in registers (AVX-512), or in parts of 6 × 16 (AVX2).
//!
//! `acc[row][column] = Σₖ a[row · rs + k · ks] · b[k · stride + column]`: each value of `a` is broadcast, `b` is read 32
//! columns at a time. The instructions are chosen at run time, by [`instruction_set`].

use crate::float::Float;
use crate::simd::{InstructionSet, instruction_set};

/// Rows of a tile.
pub const ROWS: usize = 12;
/// Columns of a tile.
pub const COLUMNS: usize = 32;

/// A matrix whose rows are `stride` values apart.
#[derive(Clone, Copy)]
pub struct Rows<'a, T> {
    /// Values from the first row on.
    pub values: &'a [T],
    /// Values from the start of one row to the start of the next.
    pub stride: usize,
}

/// The results of a tile, row by row.
pub type Acc<T> = [[T; COLUMNS]; ROWS];

/// A tile product `tile(a, [rs, ks], rows, b, depth, acc)` of factors `A` with sums `T`: the sum over `k` < `depth` for `rows`
/// rows; one of `rs` and `ks` is 1. Rows of `acc` beyond `rows` have any content.
pub type Tile<A, T> = fn(&[A], [usize; 2], usize, Rows<A>, usize, &mut Acc<T>);

/// A float type with a tile product.
pub trait Tiled: Float {
    /// The fastest tile product for this processor.
    fn tile() -> Tile<Self, Self>;
}

impl Tiled for f64 {
    fn tile() -> Tile<f64, f64> {
        plain
    }
}

impl Tiled for f32 {
    fn tile() -> Tile<f32, f32> {
        tile_with(instruction_set())
    }
}

/// The tile product with these instructions, which the processor must have.
fn tile_with(instructions: InstructionSet) -> Tile<f32, f32> {
    match instructions {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => x86::avx512,
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => x86::avx2,
        _ => plain,
    }
}

/// Panics unless everything that a tile reads lies in `a` and `b`.
pub(super) fn check<T>(a: &[T], [rs, ks]: [usize; 2], rows: usize, b: Rows<T>, depth: usize) {
    assert!((1..=ROWS).contains(&rows) && depth > 0, "a tile has 1 to 12 rows and a positive depth");
    assert!(a.len() > (rows - 1) * rs + (depth - 1) * ks, "the left factor is too short");
    assert!(b.values.len() >= (depth - 1) * b.stride + COLUMNS, "the right factor is too short");
}

/// The tile product for any processor and any float type.
fn plain<T: Float>(a: &[T], strides: [usize; 2], rows: usize, b: Rows<T>, depth: usize, acc: &mut Acc<T>) {
    check(a, strides, rows, b, depth);
    let [rs, ks] = strides;
    for (row, acc) in acc[..rows].iter_mut().enumerate() {
        let mut sums = [T::ZERO; COLUMNS];
        for (a, b) in a[row * rs..].iter().step_by(ks).zip(b.values.chunks(b.stride)).take(depth) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = *sum + *a * *b;
            }
        }
        *acc = sums;
    }
}

/// Calls a function whose parameter is the number of rows, from 1 to 12.
#[cfg(target_arch = "x86_64")]
macro_rules! by_rows {
    ($rows:expr, $function:ident($($argument:expr),*)) => {
        match $rows {
            1 => $function::<1>($($argument),*),
            2 => $function::<2>($($argument),*),
            3 => $function::<3>($($argument),*),
            4 => $function::<4>($($argument),*),
            5 => $function::<5>($($argument),*),
            6 => $function::<6>($($argument),*),
            7 => $function::<7>($($argument),*),
            8 => $function::<8>($($argument),*),
            9 => $function::<9>($($argument),*),
            10 => $function::<10>($($argument),*),
            11 => $function::<11>($($argument),*),
            _ => $function::<{ $crate::kernel::tile::ROWS }>($($argument),*),
        }
    };
}
#[cfg(target_arch = "x86_64")]
pub(super) use by_rows;

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Acc, COLUMNS, Rows, check};

    /// The tile product with AVX-512F. Callers must have detected the feature, as [`InstructionSet::is_available`](crate::simd::InstructionSet::is_available) does.
    pub fn avx512(a: &[f32], strides: [usize; 2], rows: usize, b: Rows<f32>, depth: usize, acc: &mut Acc<f32>) {
        check(a, strides, rows, b, depth);
        let (a, b) = (a.as_ptr(), (b.values.as_ptr(), b.stride));
        // SAFETY: the feature was detected, and `check` established that everything read lies in the slices.
        unsafe {
            by_rows!(rows, avx512_rows(a, strides, b, depth, acc));
        }
    }

    /// The tile product of `R` rows.
    ///
    /// # Safety
    /// The processor must have AVX-512F. `a[row · rs + k · ks]` must be readable for `row` < `R` ≤ 12 and `k` < `depth`,
    /// and so must 32 values from `b.0[k · b.1]` on.
    #[target_feature(enable = "avx512f")]
    unsafe fn avx512_rows<const R: usize>(
        a: *const f32,
        [rs, ks]: [usize; 2],
        (b, stride): (*const f32, usize),
        depth: usize,
        acc: &mut Acc<f32>,
    ) {
        let mut sums = [[_mm512_setzero_ps(); 2]; R];
        for k in 0..depth {
            // SAFETY: `k` < `depth`, and the caller guarantees the lengths.
            unsafe {
                let (a, b) = (a.add(k * ks), b.add(k * stride));
                let (low, high) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = _mm512_set1_ps(*a.add(row * rs));
                    sums[0] = _mm512_fmadd_ps(a, low, sums[0]);
                    sums[1] = _mm512_fmadd_ps(a, high, sums[1]);
                }
            }
        }
        for (sums, acc) in sums.iter().zip(acc) {
            // SAFETY: a row of `acc` has 32 values.
            unsafe {
                _mm512_storeu_ps(acc.as_mut_ptr(), sums[0]);
                _mm512_storeu_ps(acc.as_mut_ptr().add(16), sums[1]);
            }
        }
    }

    /// The tile product with AVX2 and FMA. Callers must have detected both, as [`InstructionSet::is_available`](crate::simd::InstructionSet::is_available) does.
    pub fn avx2(a: &[f32], strides: [usize; 2], rows: usize, b: Rows<f32>, depth: usize, acc: &mut Acc<f32>) {
        check(a, strides, rows, b, depth);
        for first in (0..rows).step_by(6) {
            let (a, acc) = (&a[first * strides[0]..], &mut acc[first..]);
            for column in [0, 16] {
                // SAFETY: the features were detected, and `check` established that everything read lies in the slices;
                // of the 32 columns each call reads 16 from `column` on.
                unsafe {
                    let (a, b) = (a.as_ptr(), (b.values.as_ptr().add(column), b.stride));
                    match rows - first {
                        1 => avx2_rows::<1>(a, strides, b, depth, acc, column),
                        2 => avx2_rows::<2>(a, strides, b, depth, acc, column),
                        3 => avx2_rows::<3>(a, strides, b, depth, acc, column),
                        4 => avx2_rows::<4>(a, strides, b, depth, acc, column),
                        5 => avx2_rows::<5>(a, strides, b, depth, acc, column),
                        _ => avx2_rows::<6>(a, strides, b, depth, acc, column),
                    }
                }
            }
        }
    }

    /// The tile product of `R` rows and of 16 columns from `column` on.
    ///
    /// # Safety
    /// The processor must have AVX2 and FMA. `a[row · rs + k · ks]` must be readable for `row` < `R` and `k` < `depth`, and
    /// so must 16 values from `b.0[k · b.1]` on. `acc` must have `R` rows, and `column` must be at most 16.
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2_rows<const R: usize>(
        a: *const f32,
        [rs, ks]: [usize; 2],
        (b, stride): (*const f32, usize),
        depth: usize,
        acc: &mut [[f32; COLUMNS]],
        column: usize,
    ) {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for k in 0..depth {
            // SAFETY: `k` < `depth`, and the caller guarantees the lengths.
            unsafe {
                let (a, b) = (a.add(k * ks), b.add(k * stride));
                let (low, high) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = _mm256_set1_ps(*a.add(row * rs));
                    sums[0] = _mm256_fmadd_ps(a, low, sums[0]);
                    sums[1] = _mm256_fmadd_ps(a, high, sums[1]);
                }
            }
        }
        for (sums, acc) in sums.iter().zip(acc) {
            // SAFETY: a row of `acc` has 32 values, and `column` ≤ 16.
            unsafe {
                let acc = acc.as_mut_ptr().add(column);
                _mm256_storeu_ps(acc, sums[0]);
                _mm256_storeu_ps(acc.add(8), sums[1]);
            }
        }
    }
}

/// Every tile product that this processor can run.
#[cfg(test)]
pub fn tiles() -> Vec<Tile<f32, f32>> {
    InstructionSet::ALL.into_iter().filter(|set| set.is_available()).map(tile_with).collect()
}
