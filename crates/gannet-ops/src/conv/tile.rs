//! The inner product of every convolution: a tile of 8 × 32 results held in registers.
//!
//! `acc[row][column] = Σₖ a[row][k] · b[k][column]`. The rows of `a` lie apart by a stride, and each of their values is
//! broadcast; `b` is packed, 32 columns side by side. What the processor can do is asked at run time.

use crate::flex::Real;

/// Rows of a tile.
pub const ROWS: usize = 8;
/// Columns of a tile.
pub const COLUMNS: usize = 32;

/// The results of a tile, row by row.
pub type Acc<T> = [[T; COLUMNS]; ROWS];

/// `tile(a, stride, rows, b, acc)`: the first `rows` of `a`, `stride` apart, times `b`, whose length is the depth times
/// [`COLUMNS`]. Rows of `acc` beyond `rows` are left undefined.
pub type Tile<T> = fn(&[T], usize, usize, &[T], &mut Acc<T>);

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

/// Panics unless `rows` rows of `b`'s depth, `stride` apart, lie in `a`.
fn checked_depth<T>(a: &[T], stride: usize, rows: usize, b: &[T]) -> usize {
    let depth = b.len() / COLUMNS;
    assert!((1..=ROWS).contains(&rows) && a.len() >= (rows - 1) * stride + depth, "rows do not fit");
    depth
}

/// For any processor and any float.
fn plain<T: Real>(a: &[T], stride: usize, rows: usize, b: &[T], acc: &mut Acc<T>) {
    let depth = checked_depth(a, stride, rows, b);
    for (row, acc) in acc[..rows].iter_mut().enumerate() {
        let mut sums = [T::ZERO; COLUMNS];
        for (a, b) in a[row * stride..][..depth].iter().zip(b.as_chunks::<COLUMNS>().0) {
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

    use super::{Acc, COLUMNS, ROWS, checked_depth};

    /// Must be called only where AVX-512F was detected, which [`super::Tiled::tile`] sees to.
    pub fn avx512(a: &[f32], stride: usize, rows: usize, b: &[f32], acc: &mut Acc<f32>) {
        let depth = checked_depth(a, stride, rows, b);
        // SAFETY: the feature was detected; the length of `a` was checked, `b` holds `depth` rows.
        unsafe {
            match rows {
                1 => avx512_rows::<1>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                2 => avx512_rows::<2>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                3 => avx512_rows::<3>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                4 => avx512_rows::<4>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                5 => avx512_rows::<5>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                6 => avx512_rows::<6>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                7 => avx512_rows::<7>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
                _ => avx512_rows::<ROWS>(a.as_ptr(), stride, b.as_ptr(), depth, acc),
            }
        }
    }

    /// # Safety
    /// AVX-512F; `R` ≤ 8 rows of `depth` values at `a`, `stride` apart; `depth` rows of 32 values at `b`.
    #[target_feature(enable = "avx512f")]
    unsafe fn avx512_rows<const R: usize>(
        a: *const f32,
        stride: usize,
        b: *const f32,
        depth: usize,
        acc: &mut Acc<f32>,
    ) {
        let mut sums = [[_mm512_setzero_ps(); 2]; R];
        for k in 0..depth {
            // SAFETY: `k` < `depth`, and the caller answers for the lengths.
            unsafe {
                let b = b.add(k * COLUMNS);
                let (low, high) = (_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = _mm512_set1_ps(*a.add(row * stride + k));
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
    pub fn avx2(a: &[f32], stride: usize, rows: usize, b: &[f32], acc: &mut Acc<f32>) {
        let depth = checked_depth(a, stride, rows, b);
        for first in (0..rows).step_by(4) {
            let (a, acc) = (&a[first * stride..], &mut acc[first..]);
            for column in [0, 16] {
                // SAFETY: the features were detected; the length of `a` was checked, `b` holds `depth` rows of 32, of
                // which each call reads 16 from `column` on.
                unsafe {
                    let b = b.as_ptr().add(column);
                    match rows - first {
                        1 => avx2_rows::<1>(a.as_ptr(), stride, b, depth, acc, column),
                        2 => avx2_rows::<2>(a.as_ptr(), stride, b, depth, acc, column),
                        3 => avx2_rows::<3>(a.as_ptr(), stride, b, depth, acc, column),
                        _ => avx2_rows::<4>(a.as_ptr(), stride, b, depth, acc, column),
                    }
                }
            }
        }
    }

    /// # Safety
    /// AVX2 and FMA; `R` rows of `depth` values at `a`, `stride` apart, and as many in `acc`; `depth` rows of 16 values
    /// at `b`, 32 apart; `column` ≤ 16.
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2_rows<const R: usize>(
        a: *const f32,
        stride: usize,
        b: *const f32,
        depth: usize,
        acc: &mut [[f32; COLUMNS]],
        column: usize,
    ) {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for k in 0..depth {
            // SAFETY: `k` < `depth`, and the caller answers for the lengths.
            unsafe {
                let b = b.add(k * COLUMNS);
                let (low, high) = (_mm256_loadu_ps(b), _mm256_loadu_ps(b.add(8)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = _mm256_set1_ps(*a.add(row * stride + k));
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
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn every_tile_equals_the_plain_one() {
        let mut tiles: Vec<Tile<f32>> = vec![f32::tile()];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            tiles.push(x86::avx2);
        }
        let mut stream = Stream::new(0, "tile", 0);
        for rows in 1..=ROWS {
            for (depth, stride) in [(1, 1), (7, 9), (40, 40)] {
                let (a, b) = (stream.normals((rows - 1) * stride + depth), stream.normals(depth * COLUMNS));
                let mut expected = [[0.0; COLUMNS]; ROWS];
                plain(&a, stride, rows, &b, &mut expected);
                for tile in &tiles {
                    let mut found = [[0.0; COLUMNS]; ROWS];
                    tile(&a, stride, rows, &b, &mut found);
                    let pairs = found[..rows].iter().flatten().zip(expected[..rows].iter().flatten());
                    assert!(pairs.into_iter().all(|(found, expected)| (found - expected).abs() < 1e-4));
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "rows do not fit")]
    fn rows_beyond_the_end_are_refused() {
        f32::tile()(&[0.0; 10], 5, 3, &[0.0; COLUMNS], &mut [[0.0; COLUMNS]; ROWS]);
    }
}
