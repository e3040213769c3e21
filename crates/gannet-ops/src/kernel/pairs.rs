//! Products of pairs of bfloat16 numbers with f32 sums, and the rounding of f32 to such pairs.
//!
//! A pair is one `u32`: its first number in the low half. A sum takes the second product of a pair first, then the first one, each rounded once, as the
//! instruction VDPBF16PS of AVX512_BF16 does. A product of two bfloat16 numbers is exact in f32, and numbers below [`SMALLEST`] are taken for 0, so that no
//! sum is subnormal: plain products and sums give the same bits as the instruction, which flushes those.

use super::tile::{Acc, COLUMNS, Rows, Tile, check};
use crate::simd::{InstructionSet, instruction_set, vectorized};

/// The smallest absolute value that is not taken for 0, 2⁻⁵⁵: all products and sums are multiples of 2⁻¹²⁴.
pub const SMALLEST: f32 = 1.0 / (1u64 << 55) as f32;

/// How pairs are made and multiplied.
#[derive(Clone, Copy)]
pub struct PairKernel {
    /// The product of a tile: as for f32, with pairs along the depth.
    pub tile: Tile<u32, f32>,
    /// Rounds numbers to pairs of neighbors; with an odd count the last is paired with 0.
    pub across: fn(&[f32], &mut [u32]),
    /// Rounds the numbers of two slices to pairs of one of each.
    pub down: fn([&[f32]; 2], &mut [u32]),
}

/// The kernel of this processor. All have the same results.
pub fn pair_kernel() -> PairKernel {
    #[cfg(target_arch = "x86_64")]
    if instruction_set() == InstructionSet::Avx512 && x86::is_available() {
        return x86::KERNEL;
    }
    PLAIN
}

/// Every kernel that this processor can run.
#[cfg(test)]
pub fn pair_kernels() -> Vec<PairKernel> {
    #[cfg(target_arch = "x86_64")]
    if x86::is_available() {
        return vec![PLAIN, x86::KERNEL];
    }
    vec![PLAIN]
}

const PLAIN: PairKernel = PairKernel { tile: plain_tile, across: plain_across, down: plain_down };

/// The bits of the nearest bfloat16 number, ties to even.
#[inline(always)]
fn rounded(value: f32) -> u32 {
    let bits = value.to_bits();
    let size = bits & 0x7fff_ffff;
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
    let kept = if size < SMALLEST.to_bits() { 0 } else { nearest };
    // A number that is not one stays so, and quiet.
    if size > 0x7f80_0000 { bits >> 16 | 0x40 } else { kept }
}

/// The two numbers of a pair.
#[inline(always)]
fn numbers(pair: u32) -> [f32; 2] {
    [f32::from_bits(pair << 16), f32::from_bits(pair & 0xffff_0000)]
}

fn plain_across(from: &[f32], to: &mut [u32]) {
    vectorized(
        #[inline(always)]
        || {
            let (pairs, last) = from.as_chunks::<2>();
            to.iter_mut().zip(pairs).for_each(|(to, [a, b])| *to = rounded(*a) | rounded(*b) << 16);
            if let [last] = last {
                to[pairs.len()] = rounded(*last);
            }
        },
    );
}

fn plain_down([upper, lower]: [&[f32]; 2], to: &mut [u32]) {
    vectorized(
        #[inline(always)]
        || {
            let pairs = to.iter_mut().zip(upper).zip(lower);
            pairs.for_each(|((to, a), b)| *to = rounded(*a) | rounded(*b) << 16);
        },
    );
}

fn plain_tile(a: &[u32], strides: [usize; 2], rows: usize, b: Rows<u32>, depth: usize, acc: &mut Acc<f32>) {
    check(a, strides, rows, b, depth);
    let [rs, ks] = strides;
    vectorized(
        #[inline(always)]
        || {
            for (row, acc) in acc[..rows].iter_mut().enumerate() {
                let mut sums = [0.0; COLUMNS];
                for (a, b) in a[row * rs..].iter().step_by(ks).zip(b.values.chunks(b.stride)).take(depth) {
                    let a = numbers(*a);
                    for (sum, b) in sums.iter_mut().zip(b) {
                        let b = numbers(*b);
                        *sum = *sum + a[1] * b[1] + a[0] * b[0];
                    }
                }
                *acc = sums;
            }
        },
    );
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Acc, PairKernel, Rows, SMALLEST, check};
    use crate::kernel::tile::by_rows;

    /// The kernel by AVX512_BF16. Callers must have asked [`is_available`].
    pub const KERNEL: PairKernel = PairKernel { tile, across, down };

    pub fn is_available() -> bool {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512bf16")
    }

    fn across(from: &[f32], to: &mut [u32]) {
        assert!(to.len() >= from.len().div_ceil(2), "there is room for all pairs");
        // SAFETY: the features were detected; all numbers can be read, and their pairs written.
        unsafe { across_all(from.as_ptr(), to.as_mut_ptr(), from.len()) };
    }

    /// # Safety
    /// The processor must have the features; `count` numbers must be readable, and their pairs writable.
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn across_all(from: *const f32, to: *mut u32, count: usize) {
        let whole = count / 32 * 32;
        // SAFETY: the caller guarantees the lengths, and what lies beyond is masked.
        unsafe {
            for first in (0..whole).step_by(32) {
                let [low, high] = [0, 16].map(|at| kept(_mm512_loadu_ps(from.add(first + at))));
                let pairs = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                _mm512_storeu_si512(to.add(first / 2).cast(), pairs);
            }
            let left = count - whole;
            if left > 0 {
                let [low, high] = [0, 16].map(|at| {
                    let lanes = first_lanes(left.saturating_sub(at));
                    kept(_mm512_maskz_loadu_ps(lanes, from.wrapping_add(whole + at)))
                });
                let pairs = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                _mm512_mask_storeu_epi32(to.add(whole / 2).cast(), first_lanes(left.div_ceil(2)), pairs);
            }
        }
    }

    fn down([upper, lower]: [&[f32]; 2], to: &mut [u32]) {
        assert!(upper.len() >= to.len() && lower.len() >= to.len(), "there are numbers for all pairs");
        // SAFETY: the features were detected; as many numbers of each can be read as pairs are written.
        unsafe { down_all([upper.as_ptr(), lower.as_ptr()], to.as_mut_ptr(), to.len()) };
    }

    /// # Safety
    /// The processor must have the features; `count` numbers of each must be readable, and as many pairs writable.
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn down_all(from: [*const f32; 2], to: *mut u32, count: usize) {
        // The number of the first half, then its partner of the second half.
        let order: [i16; 32] = std::array::from_fn(|at| (at / 2 + at % 2 * 16) as i16);
        // SAFETY: the caller guarantees the lengths, and what lies beyond is masked.
        unsafe {
            let order = _mm512_loadu_si512(order.as_ptr().cast());
            let whole = count / 16 * 16;
            for first in (0..whole).step_by(16) {
                let [low, high] = from.map(|from| kept(_mm512_loadu_ps(from.add(first))));
                let numbers = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                _mm512_storeu_si512(to.add(first).cast(), _mm512_permutexvar_epi16(order, numbers));
            }
            let lanes = first_lanes(count - whole);
            if lanes > 0 {
                let [low, high] = from.map(|from| kept(_mm512_maskz_loadu_ps(lanes, from.add(whole))));
                let numbers = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                _mm512_mask_storeu_epi32(to.add(whole).cast(), lanes, _mm512_permutexvar_epi16(order, numbers));
            }
        }
    }

    /// The first `count` of 16 lanes.
    fn first_lanes(count: usize) -> __mmask16 {
        if count < 16 { (1 << count) - 1 } else { __mmask16::MAX }
    }

    /// The numbers, those below [`SMALLEST`] as 0.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn kept(numbers: __m512) -> __m512 {
        let large = _mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(numbers), _mm512_set1_ps(SMALLEST));
        _mm512_maskz_mov_ps(large, numbers)
    }

    fn tile(a: &[u32], strides: [usize; 2], rows: usize, b: Rows<u32>, depth: usize, acc: &mut Acc<f32>) {
        check(a, strides, rows, b, depth);
        let (a, b) = (a.as_ptr(), (b.values.as_ptr(), b.stride));
        // SAFETY: the features were detected, and `check` established that everything read lies in the slices.
        unsafe {
            by_rows!(rows, tile_rows(a, strides, b, depth, acc));
        }
    }

    /// The tile product of `R` rows.
    ///
    /// # Safety
    /// The processor must have the features. `a[row · rs + k · ks]` must be readable for `row` < `R` ≤ 12 and `k` < `depth`,
    /// and so must 32 pairs from `b.0[k · b.1]` on.
    #[target_feature(enable = "avx512f,avx512bf16")]
    unsafe fn tile_rows<const R: usize>(
        a: *const u32,
        [rs, ks]: [usize; 2],
        (b, stride): (*const u32, usize),
        depth: usize,
        acc: &mut Acc<f32>,
    ) {
        let mut sums = [[_mm512_setzero_ps(); 2]; R];
        for k in 0..depth {
            // SAFETY: `k` < `depth`, and the caller guarantees the lengths; both types are 512 bits.
            unsafe {
                let (a, b) = (a.add(k * ks), b.add(k * stride));
                let [low, high] =
                    [0, 16].map(|at| std::mem::transmute::<__m512i, __m512bh>(_mm512_loadu_si512(b.add(at).cast())));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let a = _mm512_set1_epi32((*a.add(row * rs)).cast_signed());
                    let a = std::mem::transmute::<__m512i, __m512bh>(a);
                    sums[0] = _mm512_dpbf16_ps(sums[0], a, low);
                    sums[1] = _mm512_dpbf16_ps(sums[1], a, high);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::tile::ROWS;
    use crate::random::Stream;

    /// Numbers of all sizes, the special ones among them.
    fn numbers_of_all_sizes(count: usize, name: &str) -> Vec<f32> {
        let special =
            [0.0, -0.0, SMALLEST, -SMALLEST, SMALLEST * 0.999, 1e-40, 1.0 + 1.0 / 256.0, 1.0 + 3.0 / 256.0, -3.4e38];
        let mut stream = Stream::new(0, name, 0);
        let mut drawn = || {
            let size = 2.0_f64.powi(stream.below(60) as i32 - 50);
            (size * (stream.below(1 << 24) as f64 - (1 << 23) as f64)) as f32
        };
        let drawn: Vec<f32> = (0..count).map(|_| drawn()).collect();
        special.into_iter().chain(drawn).take(count).collect()
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_and_ties_to_even() {
        for (value, pair) in [
            (1.0, 0x3f80),
            (-2.5, 0xc020),
            (1.0 + 1.0 / 256.0, 0x3f80),
            (1.0 + 3.0 / 256.0, 0x3f82),
            (SMALLEST, 0x2400),
            (SMALLEST * 0.999, 0),
            (-1e-40, 0),
            (f32::MAX, 0x7f80),
            (f32::NEG_INFINITY, 0xff80),
        ] {
            assert_eq!(rounded(value), pair, "{value}");
        }
        assert!(f32::from_bits(rounded(f32::NAN) << 16).is_nan());
    }

    #[test]
    fn all_kernels_make_the_same_pairs() {
        let mut numbers = numbers_of_all_sizes(131, "numbers");
        numbers.extend([f32::NAN, f32::INFINITY, f32::MAX]);
        for count in [0, 1, 2_usize, 31, 32, 33, 64, 100, 134] {
            let half = count / 2;
            let made = |kernel: &PairKernel| {
                let (mut across, mut down) = (vec![7; count.div_ceil(2)], vec![7; half]);
                (kernel.across)(&numbers[..count], &mut across);
                (kernel.down)([&numbers[..half], &numbers[count - half..count]], &mut down);
                (across, down)
            };
            let (across, down) = made(&PLAIN);
            for (at, pair) in across.iter().enumerate() {
                let second = if 2 * at + 1 < count { rounded(numbers[2 * at + 1]) } else { 0 };
                assert_eq!(*pair, rounded(numbers[2 * at]) | second << 16);
            }
            assert!((0..half).all(|at| down[at] == rounded(numbers[at]) | rounded(numbers[count - half + at]) << 16));
            pair_kernels().iter().for_each(|kernel| assert_eq!(made(kernel), (across.clone(), down.clone())));
        }
    }

    #[test]
    fn all_kernels_give_the_same_bits() {
        let pairs = |count: usize, name| {
            let mut pairs = vec![0; count];
            plain_across(&numbers_of_all_sizes(2 * count, name), &mut pairs);
            pairs
        };
        for rows in 1..=ROWS {
            for (depth, [rs, ks], stride) in [(1, [1, 1], 32), (7, [9, 1], 32), (40, [40, 1], 48), (33, [1, 12], 100)] {
                let a = pairs((rows - 1) * rs + (depth - 1) * ks + 1, "a");
                let b = pairs((depth - 1) * stride + COLUMNS, "b");
                let by = |kernel: PairKernel| {
                    let mut acc = [[0.0; COLUMNS]; ROWS];
                    (kernel.tile)(&a, [rs, ks], rows, Rows { values: &b, stride }, depth, &mut acc);
                    acc[..rows].as_flattened().iter().map(|sum| sum.to_bits()).collect::<Vec<u32>>()
                };
                let plain = by(PLAIN);
                assert!(plain.iter().any(|bits| f32::from_bits(*bits) != 0.0));
                pair_kernels().into_iter().for_each(|kernel| assert_eq!(by(kernel), plain));
            }
        }
    }

    #[test]
    fn reading_beyond_the_end_is_refused() {
        let (short, long) = ([0; 70], [0; 4 * COLUMNS]);
        for kernel in pair_kernels() {
            let refused = |f: &dyn Fn()| std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err();
            for (a, b) in [(&short[..13], &long[..]), (&short[..], &long[..126])] {
                let b = Rows { values: b, stride: COLUMNS };
                assert!(refused(&|| (kernel.tile)(a, [5, 1], 3, b, 4, &mut [[0.0; COLUMNS]; ROWS])));
            }
        }
    }
}
