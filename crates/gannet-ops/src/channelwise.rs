//! Elementwise loops and sums over images stored as `[rows, c]`, with their channels last, and one parameter per channel.
//!
//! The rows are cut into blocks by the shape alone, and partial sums are added in the order of the blocks. So the result
//! has the same bits for any number of threads.

use rayon::prelude::*;

use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::simd::vectorized;

/// Values per block: few enough to stay in a fast cache and to be summed in single precision, enough to be a task.
pub const BLOCK: usize = 1 << 13;
/// Fewest blocks per thread; for less work, waking the thread takes longer than the work itself.
pub const FEWEST: usize = 4;
/// Channels that are summed side by side.
const LANES: usize = 16;

/// Values per block for `c` channels: whole rows, at least one.
pub fn block(c: usize) -> usize {
    (BLOCK / c).max(1) * c
}

/// The parameters repeated until a row is at least a few vectors long; returns them with the row's length.
///
/// The inner loop then has full vectors whether there are few channels or many, and the sum of few channels is split
/// into many partial sums, which rounds less.
fn repeated<T: Float, const P: usize>(parameters: [&[T]; P], c: usize) -> ([Vec<T>; P], usize) {
    let repeats = (4 * LANES).div_ceil(c);
    (parameters.map(|parameter| parameter.repeat(repeats)), c * repeats)
}

/// Two sums per channel over the rows of `x` and `y [rows, c]`.
///
/// `term(x, y, parameters)` gives the two terms of an element, where `parameters` are those of its channel. The sums are
/// `[c]` each, in f64.
pub fn sums<T: Float, const P: usize>(
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

/// The two sums of one block, `[c]` each, where `c` is the length of the repeated row.
#[inline(always)]
fn block_sums<T: Float, const P: usize>(
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

/// The parameters of channels `first..first + width`, followed by zeros.
#[inline(always)]
fn lanes<T: Float, const P: usize>(parameters: [&[T]; P], first: usize, width: usize) -> [[T; P]; LANES] {
    let at = |lane: usize| parameters.map(|all| if lane < width { all[first + lane] } else { T::ZERO });
    std::array::from_fn(at)
}

/// The first `width` values of `from`, followed by zeros.
#[inline(always)]
fn load<T: Float>(from: &[T], width: usize) -> [T; LANES] {
    let mut lanes = [T::ZERO; LANES];
    if width == LANES {
        lanes.copy_from_slice(&from[..LANES]);
    } else {
        lanes[..width].copy_from_slice(&from[..width]);
    }
    lanes
}

/// `f(x, y, parameters)` of each element, where `parameters` are those of its channel, in a new buffer.
pub fn zip<T: Float, const P: usize>(
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

/// Overwrites each element of `y` with `f(x, y, parameters)`; see [`zip`].
pub fn zip_over<T: Float, const P: usize>(
    x: &[T],
    y: &mut [T],
    parameters: [&[T]; P],
    c: usize,
    f: impl Fn(T, T, [T; P]) -> T + Sync,
) {
    over_blocks(x, None, y, parameters, c, f);
}

/// Overwrites each element of `x` with `f(x, parameters)`, where `parameters` are those of its channel.
pub fn map_over<T: Float, const P: usize>(x: &mut [T], parameters: [&[T]; P], f: impl Fn(T, [T; P]) -> T + Sync) {
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

/// Overwrites each element of `y` with `f(x, y, parameters)`. If `from` is given, `y` is first copied from it, block by
/// block, while the block is in the cache.
fn over_blocks<T: Float, const P: usize>(
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

/// The slope of a leaky rectifier whose argument or result is `y`: 1 where `y` is positive, `slope` elsewhere.
///
/// It compiles to a select, not to a branch: signs are as good as random here, and a branch would be mispredicted.
#[inline(always)]
pub fn leaky_slope<T: Float>(y: T, slope: T) -> T {
    if y > T::ZERO { T::from_f64(1.0) } else { slope }
}
