//! Weights `[o, c, k, k]`, into the transformed space and back.

#![allow(clippy::needless_range_loop, reason = "squares go by row and column, in loops that become vectors")]

use rayon::prelude::*;

use super::form::{Form, LANES, Square, both};
use super::tiles::{points, squared};
use super::{Sizes, sizes};
use crate::conv::shape::Shape;
use crate::kernel::memory::Buffer;
use crate::product::{COLUMNS, Panels, Tiled};
use crate::real::Real;
use crate::simd::vectorized;

/// `U = G w` of each phase: at each point a right factor `[phase · c, o]`.
pub fn forward<T: Tiled, F: Form>(s: &Shape, weight: &[T]) -> Vec<Panels<T>> {
    let size = &sizes::<F>(s);
    let taps = s.taps();
    Panels::many(size.points, [size.depth, s.o], !s.o.is_multiple_of(COLUMNS) || s.c != size.c, |panel, to| {
        vectorized(
            #[inline(always)]
            || {
                let mut across = squared();
                for first in (panel * COLUMNS..s.o).step_by(LANES).take(COLUMNS / LANES) {
                    for channel in 0..s.c {
                        let at = |lane: usize| (first + lane < s.o).then_some(((first + lane) * s.c + channel) * taps);
                        for phase in 0..s.window.stride.pow(2) {
                            let square = gather::<T, F>(s, weight, phase, at);
                            let place = [phase * size.c + channel, first % COLUMNS];
                            transform::<T, F>(&square, &mut across, to, place);
                        }
                    }
                }
            },
        );
    })
}

/// Uᵀ: at each point a right factor `[o, phase · c]`.
pub fn backward<T: Tiled, F: Form>(s: &Shape, weight: &[T]) -> Vec<Panels<T>> {
    let size = &sizes::<F>(s);
    let taps = s.taps();
    Panels::many(size.points, [s.o, size.depth], !size.depth.is_multiple_of(COLUMNS), |panel, to| {
        vectorized(
            #[inline(always)]
            || {
                let mut across = squared();
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

/// `w = Gᵀ U` of each phase, from `U [point, phase · c, o]`.
pub fn adjoint<T: Tiled, F: Form>(s: &Shape, size: &Sizes, u: &[T]) -> Buffer<T> {
    let taps = s.taps();
    let mut weight = Buffer::new(s.weight_len());
    weight.par_chunks_mut(LANES * s.c * taps).enumerate().for_each(|(block, weight)| {
        vectorized(
            #[inline(always)]
            || {
                let phases = s.window.stride.pow(2);
                let (zeros, mut across) = ([T::ZERO; LANES], squared());
                for (channel, phase) in (0..s.c).flat_map(|channel| (0..phases).map(move |phase| (channel, phase))) {
                    let row = (phase * size.c + channel) * size.m_stride + block * LANES;
                    let from = points::<T, F>(&u[row..], size.depth * size.m_stride, &zeros);
                    let mut square = squared();
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

/// The kernel's weight number `(a, b)` of a phase.
#[inline(always)]
fn tap(s: &Shape, phase: usize, a: usize, b: usize) -> usize {
    let stride = s.window.stride;
    (a * stride + phase / stride) * s.k[1] + b * stride + phase % stride
}

/// A phase of 16 kernels, which start `at` each lane.
#[inline(always)]
fn gather<T: Real, F: Form>(s: &Shape, weight: &[T], phase: usize, at: impl Fn(usize) -> Option<usize>) -> Square<T> {
    let mut square = squared();
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

/// `G w` in the rows of the points' factors.
#[inline(always)]
fn transform<T: Real, F: Form>(
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
