//! Weights `[o, c, k, k]`, into the transformed space and back.

#![allow(clippy::needless_range_loop, reason = "squares go by row and column, in loops that become vectors")]

use rayon::prelude::*;

use super::form::{Form, LANES, Square, both};
use super::{Sizes, sizes};
use crate::conv::shape::Shape;
use crate::kernel::memory::Buffer;
use crate::product::{COLUMNS, Panels, Tiled};
use crate::real::Real;
use crate::simd::vectorised;

/// `U = G w` of each phase: at each point a right factor `[phase · c, o]`.
pub fn forward<T: Tiled, F: Form>(s: &Shape, weight: &[T]) -> Vec<Panels<T>> {
    let size = &sizes::<F>(s);
    let taps = s.taps();
    Panels::many(size.points, [size.depth, s.o], !s.o.is_multiple_of(COLUMNS) || s.c != size.c, |panel, to| {
        vectorised(
            #[inline(always)]
            || {
                for first in (panel * COLUMNS..s.o).step_by(LANES).take(COLUMNS / LANES) {
                    for channel in 0..s.c {
                        let at = |lane: usize| (first + lane < s.o).then_some(((first + lane) * s.c + channel) * taps);
                        for phase in 0..s.window.stride.pow(2) {
                            let square = both(gather::<T, F>(s, weight, phase, at), F::R, F::POINTS, F::weight);
                            store::<T, F>(&square, to, phase * size.c + channel, first % COLUMNS);
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
        vectorised(
            #[inline(always)]
            || {
                for first in (panel * COLUMNS..size.depth).step_by(LANES).take(COLUMNS / LANES) {
                    let (phase, channel) = (first / size.c, first % size.c);
                    for output in 0..s.o {
                        let at = |lane: usize| (channel + lane < s.c).then_some((output * s.c + channel + lane) * taps);
                        let square = both(gather::<T, F>(s, weight, phase, at), F::R, F::POINTS, F::weight);
                        store::<T, F>(&square, to, output, first % COLUMNS);
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
        vectorised(
            #[inline(always)]
            || {
                let phases = s.window.stride.pow(2);
                for (channel, phase) in (0..s.c).flat_map(|channel| (0..phases).map(move |phase| (channel, phase))) {
                    let row = (phase * size.c + channel) * size.m_stride + block * LANES;
                    let mut square: Square<T> = [[[T::ZERO; LANES]; 4]; 4];
                    for j in 0..F::POINTS {
                        for i in 0..F::POINTS {
                            let at = (j * F::POINTS + i) * size.depth * size.m_stride + row;
                            square[j][i].copy_from_slice(&u[at..][..LANES]);
                        }
                    }
                    let square = both(square, F::POINTS, F::R, F::weight_adjoint);
                    for (lane, weight) in weight.chunks_exact_mut(s.c * taps).enumerate() {
                        for a in 0..F::R {
                            for b in 0..F::R {
                                weight[channel * taps + tap(s, phase, a, b)] = square[a][b][lane];
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
    let mut square: Square<T> = [[[T::ZERO; LANES]; 4]; 4];
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

#[inline(always)]
fn store<T: Real, F: Form>(square: &Square<T>, to: &mut [&mut [[T; COLUMNS]]], row: usize, column: usize) {
    for j in 0..F::POINTS {
        for i in 0..F::POINTS {
            to[j * F::POINTS + i][row][column..][..LANES].copy_from_slice(&square[j][i]);
        }
    }
}
