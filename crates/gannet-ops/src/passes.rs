//! Passes over the memory of images `[rows, c]`, with their channels last. Rows are cut into blocks by the shapes alone and
//! partial sums are added in order, so that the result has the same bits for any number of threads.

use rayon::prelude::*;

use crate::kernel::memory::Buffer;
use crate::real::Real;
use crate::simd::vectorized;

/// Values of a block: few enough for a fast cache and for sums in single precision, enough for a task.
pub const BLOCK: usize = 1 << 13;
/// Blocks that a thread works at least; for fewer, waking it takes longer than the work.
pub const FEWEST: usize = 4;
/// Channels that are summed together.
const LANES: usize = 16;

pub fn block(c: usize) -> usize {
    (BLOCK / c).max(1) * c
}

/// Parameters of the channels repeated to rows of a few vectors at least, so that the loop over one is a vector's whether
/// there are few channels or many, and few channels are summed in many strands, which rounds less.
fn repeated<T: Real, const P: usize>(parameters: [&[T]; P], c: usize) -> ([Vec<T>; P], usize) {
    let repeats = (4 * LANES).div_ceil(c);
    (parameters.map(|parameter| parameter.repeat(repeats)), c * repeats)
}

/// Two sums over the rows of `x` and `y [rows, c]`: of `term(x, y, parameters of the channel)`, in f64 `[c]` each.
pub fn sums<T: Real, const P: usize>(
    x: &[T],
    y: &[T],
    parameters: [&[T]; P],
    c: usize,
    term: impl Fn(T, T, [T; P]) -> [T; 2] + Sync,
) -> [Vec<f64>; 2] {
    let (repeated, row) = repeated(parameters, c);
    let parameters = repeated.each_ref().map(Vec::as_slice);
    let blocks = x.par_chunks(block(row)).zip(y.par_chunks(block(row))).with_min_len(FEWEST);
    let partial = blocks.map(|(x, y)| {
        vectorized(
            #[inline(always)]
            || block_sums(x, y, parameters, row, &term),
        )
    });
    let partial: Vec<[Vec<T>; 2]> = partial.collect();
    let total = |which: usize| {
        let mut total = vec![0.0; c];
        for part in &partial {
            for (at, part) in part[which].iter().enumerate() {
                total[at % c] += part.to_f64();
            }
        }
        total
    };
    [total(0), total(1)]
}

#[inline(always)]
fn block_sums<T: Real, const P: usize>(
    x: &[T],
    y: &[T],
    parameters: [&[T]; P],
    c: usize,
    term: &impl Fn(T, T, [T; P]) -> [T; 2],
) -> [Vec<T>; 2] {
    let mut out = [vec![T::ZERO; c], vec![T::ZERO; c]];
    for first in (0..c).step_by(LANES) {
        let width = LANES.min(c - first);
        let of_channels = lanes(parameters, first, width);
        let mut acc = [[T::ZERO; LANES]; 2];
        for (x, y) in x.chunks_exact(c).zip(y.chunks_exact(c)) {
            let (x, y) = (load(&x[first..], width), load(&y[first..], width));
            for lane in 0..LANES {
                let [a, b] = term(x[lane], y[lane], of_channels[lane]);
                acc[0][lane] = acc[0][lane] + a;
                acc[1][lane] = acc[1][lane] + b;
            }
        }
        (0..2).for_each(|which| out[which][first..first + width].copy_from_slice(&acc[which][..width]));
    }
    let (x, y) = (x.chunks_exact(c).remainder(), y.chunks_exact(c).remainder());
    for (at, (x, y)) in x.iter().zip(y).enumerate() {
        let term = term(*x, *y, parameters.map(|parameter| parameter[at]));
        (0..2).for_each(|which| out[which][at] = out[which][at] + term[which]);
    }
    out
}

/// The parameters of up to 16 channels, zeros beyond.
#[inline(always)]
fn lanes<T: Real, const P: usize>(parameters: [&[T]; P], first: usize, width: usize) -> [[T; P]; LANES] {
    let at = |lane: usize| parameters.map(|all| if lane < width { all[first + lane] } else { T::ZERO });
    std::array::from_fn(at)
}

#[inline(always)]
fn load<T: Real>(from: &[T], width: usize) -> [T; LANES] {
    let mut lanes = [T::ZERO; LANES];
    if width == LANES {
        lanes.copy_from_slice(&from[..LANES]);
    } else {
        lanes[..width].copy_from_slice(&from[..width]);
    }
    lanes
}

/// `f(x, y, parameters of the channel)` of each value.
pub fn zip<T: Real, const P: usize>(
    x: &[T],
    y: &[T],
    parameters: [&[T]; P],
    c: usize,
    f: impl Fn(T, T, [T; P]) -> T + Sync,
) -> Buffer<T> {
    let mut out = Buffer::new(x.len());
    over_blocks(x, Some(y), &mut out, parameters, c, f);
    out
}

/// [`zip`], whose result takes the place of `y`.
pub fn zip_over<T: Real, const P: usize>(
    x: &[T],
    y: &mut [T],
    parameters: [&[T]; P],
    c: usize,
    f: impl Fn(T, T, [T; P]) -> T + Sync,
) {
    over_blocks(x, None, y, parameters, c, f);
}

/// `f(x, parameters of the channel)` in the place of each value.
pub fn map_over<T: Real, const P: usize>(x: &mut [T], parameters: [&[T]; P], f: impl Fn(T, [T; P]) -> T + Sync) {
    let (repeated, row) = repeated(parameters, parameters[0].len());
    x.par_chunks_mut(block(row)).with_min_len(FEWEST).for_each(|x| {
        vectorized(
            #[inline(always)]
            || {
                for x in x.chunks_mut(row) {
                    let parameters = repeated.each_ref().map(|parameter| &parameter[..x.len()]);
                    for at in 0..x.len() {
                        x[at] = f(x[at], parameters.map(|parameter| parameter[at]));
                    }
                }
            },
        );
    });
}

/// Puts `f(x, y, parameters of the channel)` over `y`, which is first copied from `from`, if given.
fn over_blocks<T: Real, const P: usize>(
    x: &[T],
    from: Option<&[T]>,
    y: &mut [T],
    parameters: [&[T]; P],
    c: usize,
    f: impl Fn(T, T, [T; P]) -> T + Sync,
) {
    let (repeated, row) = repeated(parameters, c);
    let size = block(row);
    let blocks = y.par_chunks_mut(size).zip(x.par_chunks(size)).enumerate().with_min_len(FEWEST);
    blocks.for_each(|(index, (y, x))| {
        if let Some(from) = from {
            y.copy_from_slice(&from[index * size..][..y.len()]);
        }
        vectorized(
            #[inline(always)]
            || {
                for (y, x) in y.chunks_mut(row).zip(x.chunks(row)) {
                    let parameters = repeated.each_ref().map(|parameter| &parameter[..y.len()]);
                    let x = &x[..y.len()];
                    for at in 0..y.len() {
                        y[at] = f(x[at], y[at], parameters.map(|parameter| parameter[at]));
                    }
                }
            },
        );
    });
}

/// The factor of the rectifier where its argument is `y`; chosen without a branch, which signs as random as these would
/// mislead.
#[inline(always)]
pub fn factor<T: Real>(y: T, slope: T) -> T {
    if y > T::ZERO { T::from_f64(1.0) } else { slope }
}
