//! Transforms of weights `[o, c, k, k]`, into the transformed space and back.

#![allow(clippy::needless_range_loop, reason = "indexing by row and column keeps the loops vectorizable")]

use rayon::prelude::*;

use super::form::{Form, LANES, Square, both};
use super::sizes::{Sizes, sizes};
use super::tiles::{points, zero_square};
use crate::conv::shape::Shape;
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::product::{COLUMNS, Panels, Tiled};
use crate::simd::vectorized;

/// `U = G w` for each phase: one right factor `[phase · c, o]` per point.
pub fn forward<T: Tiled, F: Form>(s: &Shape, weight: &[T]) -> Vec<Panels<T>> {
    let size = &sizes::<F>(s);
    let taps = s.taps();
    Panels::many(
        s.precision,
        size.points,
        [size.depth, s.o],
        !s.o.is_multiple_of(COLUMNS) || s.c != size.c,
        |panel, to| {
            vectorized(
                #[inline(always)]
                || {
                    let mut across = zero_square();
                    for first in (panel * COLUMNS..s.o).step_by(LANES).take(COLUMNS / LANES) {
                        for channel in 0..s.c {
                            let at =
                                |lane: usize| (first + lane < s.o).then_some(((first + lane) * s.c + channel) * taps);
                            for phase in 0..s.window.stride.pow(2) {
                                let square = gather::<T, F>(s, weight, phase, at);
                                let place = [phase * size.c + channel, first % COLUMNS];
                                transform::<T, F>(&square, &mut across, to, place);
                            }
                        }
                    }
                },
            );
        },
    )
}

/// `Uᵀ`: one right factor `[o, phase · c]` per point.
pub fn backward<T: Tiled, F: Form>(s: &Shape, weight: &[T]) -> Vec<Panels<T>> {
    let size = &sizes::<F>(s);
    let taps = s.taps();
    Panels::many(s.precision, size.points, [s.o, size.depth], !size.depth.is_multiple_of(COLUMNS), |panel, to| {
        vectorized(
            #[inline(always)]
            || {
                let mut across = zero_square();
                for first in (panel * COLUMNS..size.depth).step_by(LANES).take(COLUMNS / LANES) {
                    let (phase, channel) = (first / size.c, first % size.c);
                    for output in 0..s.o {
                        let at = |lane: usize| (channel + lane < s.c).then_some((output * s.c + channel + lane) * taps);
                        let square = gather::<T, F>(s, weight, phase, at);
                        transform::<T, F>(&square, &mut across, to, [output, first % COLUMNS]);
                    }
                }
            },
        );
    })
}

/// `w = Gᵀ U` for each phase, from `U [point, phase · c, o]`.
pub fn adjoint<T: Tiled, F: Form>(s: &Shape, size: &Sizes, u: &[T]) -> Buffer<T> {
    let taps = s.taps();
    let mut weight = Buffer::new(s.weight_len());
    weight.par_chunks_mut(LANES * s.c * taps).enumerate().for_each(|(block, weight)| {
        vectorized(
            #[inline(always)]
            || {
                let phases = s.window.stride.pow(2);
                let (zeros, mut across) = ([T::ZERO; LANES], zero_square());
                for (channel, phase) in (0..s.c).flat_map(|channel| (0..phases).map(move |phase| (channel, phase))) {
                    let row = (phase * size.c + channel) * size.m_stride + block * LANES;
                    let from = points::<T, F>(&u[row..], size.depth * size.m_stride, &zeros);
                    let mut square = zero_square();
                    both([F::POINTS, F::R], from, F::weight_adjoint, &mut across, |b, line| square[b] = line);
                    for (lane, weight) in weight.chunks_exact_mut(s.c * taps).enumerate() {
                        for a in 0..F::R {
                            for b in 0..F::R {
                                weight[channel * taps + tap(s, phase, a, b)] = square[b][a][lane];
                            }
                        }
                    }
                }
            },
        );
    });
    weight
}

/// The index in the kernel of weight `(a, b)` of a phase.
#[inline(always)]
fn tap(s: &Shape, phase: usize, a: usize, b: usize) -> usize {
    let stride = s.window.stride;
    (a * stride + phase / stride) * s.k[1] + b * stride + phase % stride
}

/// One phase of 16 kernels; kernel number `lane` starts at `at(lane)`, or is zero.
#[inline(always)]
fn gather<T: Float, F: Form>(s: &Shape, weight: &[T], phase: usize, at: impl Fn(usize) -> Option<usize>) -> Square<T> {
    let mut square = zero_square();
    for lane in 0..LANES {
        let Some(at) = at(lane) else { continue };
        let kernel = &weight[at..][..s.taps()];
        for a in 0..F::R {
            for b in 0..F::R {
                square[a][b][lane] = kernel[tap(s, phase, a, b)];
            }
        }
    }
    square
}

/// Writes `G w` to the given row of every point's factor, from the given column on.
#[inline(always)]
fn transform<T: Float, F: Form>(
    weight: &Square<T>,
    across: &mut Square<T>,
    to: &mut [&mut [[T; COLUMNS]]],
    [row, column]: [usize; 2],
) {
    both(
        [F::R, F::POINTS],
        |j| weight[j].each_ref(),
        F::weight,
        across,
        |i, line| {
            for j in 0..F::POINTS {
                to[j * F::POINTS + i][row][column..][..LANES].copy_from_slice(&line[j]);
            }
        },
    );
}
