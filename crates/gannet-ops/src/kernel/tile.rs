//! The inner product of everything: a tile of 12 × 32 results held in registers, or of half as many rows and columns at a time.
//!
//! `acc[row][column] = Σₖ a[row · rs + k · ks] · b[k · stride + column]`: each value of `a` is broadcast, `b` is read 32
//! columns at a time. What the processor can do is asked at run time.

use crate::product::Rows;
use crate::real::Real;

/// Rows of a tile.
pub const ROWS: usize = 12;
/// Columns of a tile.
pub const COLUMNS: usize = 32;

/// The results of a tile, row by row.
pub type Acc<T> = [[T; COLUMNS]; ROWS];

/// `tile(a, [rs, ks], rows, b, depth, acc)`, the sum over `k` < `depth`; one of `rs` and `ks` is 1. Rows of `acc` beyond
/// `rows` are left undefined.
pub type Tile<T> = fn(&[T], [usize; 2], usize, Rows<T>, usize, &mut Acc<T>);

/// Floats with a tile of their own.
pub trait Tiled: Real {
    /// The fastest that this processor has.
    fn tile() -> Tile<Self>;
}

impl Tiled for f64 {
    fn tile() -> Tile<f64> {
        plain
    }
}

impl Tiled for f32 {
    fn tile() -> Tile<f32> {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return x86::avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return x86::avx2;
            }
        }
        plain
    }
}

/// Panics unless all that a tile reads lies in `a` and `b`.
fn check<T>(a: &[T], [rs, ks]: [usize; 2], rows: usize, b: Rows<T>, depth: usize) {
    assert!((1..=ROWS).contains(&rows) && depth > 0, "a tile has 1 to 12 rows, and some depth");
    assert!(a.len() > (rows - 1) * rs + (depth - 1) * ks, "rows do not fit");
    assert!(b.values.len() >= (depth - 1) * b.stride + COLUMNS, "columns do not fit");
}

/// For any processor and any float.
fn plain<T: Real>(a: &[T], strides: [usize; 2], rows: usize, b: Rows<T>, depth: usize, acc: &mut Acc<T>) {
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

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Acc, COLUMNS, ROWS, Rows, check};

    /// Must be called only where AVX-512F was detected, which [`super::Tiled::tile`] sees to.
    pub fn avx512(a: &[f32], strides: [usize; 2], rows: usize, b: Rows<f32>, depth: usize, acc: &mut Acc<f32>) {
        check(a, strides, rows, b, depth);
        let (a, b) = (a.as_ptr(), (b.values.as_ptr(), b.stride));
        // SAFETY: the feature was detected, and `check` saw that all that is read lies in the slices.
        unsafe {
            match rows {
                1 => avx512_rows::<1>(a, strides, b, depth, acc),
                2 => avx512_rows::<2>(a, strides, b, depth, acc),
                3 => avx512_rows::<3>(a, strides, b, depth, acc),
                4 => avx512_rows::<4>(a, strides, b, depth, acc),
                5 => avx512_rows::<5>(a, strides, b, depth, acc),
                6 => avx512_rows::<6>(a, strides, b, depth, acc),
                7 => avx512_rows::<7>(a, strides, b, depth, acc),
                8 => avx512_rows::<8>(a, strides, b, depth, acc),
                9 => avx512_rows::<9>(a, strides, b, depth, acc),
                10 => avx512_rows::<10>(a, strides, b, depth, acc),
                11 => avx512_rows::<11>(a, strides, b, depth, acc),
                _ => avx512_rows::<ROWS>(a, strides, b, depth, acc),
            }
        }
    }

    /// # Safety
    /// AVX-512F; readable are `a[row · rs + k · ks]` for `row` < `R` ≤ 12 and `k` < `depth`, and 32 values from
    /// `b.0[k · b.1]` on.
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
            // SAFETY: `k` < `depth`, and the caller answers for the lengths.
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

    /// Must be called only where AVX2 and FMA were detected, which [`super::Tiled::tile`] sees to.
    pub fn avx2(a: &[f32], strides: [usize; 2], rows: usize, b: Rows<f32>, depth: usize, acc: &mut Acc<f32>) {
        check(a, strides, rows, b, depth);
        for first in (0..rows).step_by(6) {
            let (a, acc) = (&a[first * strides[0]..], &mut acc[first..]);
            for column in [0, 16] {
                // SAFETY: the features were detected, and `check` saw that all that is read lies in the slices; of
                // the 32 columns each call reads 16 from `column` on.
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

    /// # Safety
    /// AVX2 and FMA; readable are `a[row · rs + k · ks]` for `row` < `R` and `k` < `depth`, and 16 values from
    /// `b.0[k · b.1]` on; `acc` has `R` rows; `column` ≤ 16.
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
            // SAFETY: `k` < `depth`, and the caller answers for the lengths.
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

#[cfg(test)]
pub fn tiles() -> Vec<Tile<f32>> {
    let mut tiles: Vec<Tile<f32>> = vec![plain, f32::tile()];
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        tiles.push(x86::avx2);
    }
    tiles
}
