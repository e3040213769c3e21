//! The passes on plain slices. Each channel, or plane, is worked by one thread in a fixed order, so that the result has
//! the same bits for any number of threads.

use rayon::prelude::*;

use crate::flex::Real;

/// Planes are summed in this many strands, which a processor adds side by side.
const STRANDS: usize = 16;

/// The layout of `[n, c, h, w]`.
#[derive(Debug, Clone, Copy)]
pub struct Planes {
    /// Channels.
    pub c: usize,
    /// Values of a plane, `h · w`.
    pub size: usize,
}

/// Σ over each channel of `term(x, y, channel)`; within a plane in the tensors' precision, across planes in f64.
fn fold<T: Real>(p: Planes, [x, y]: [&[T]; 2], term: impl Fn(T, T, usize) -> T + Sync) -> Vec<T> {
    let channel = |c: usize| {
        let planes = x.chunks_exact(p.size).zip(y.chunks_exact(p.size)).skip(c).step_by(p.c);
        T::from_f64(planes.map(|(x, y)| plane(x, y, |x, y| term(x, y, c)).to_f64()).sum())
    };
    (0..p.c).into_par_iter().map(channel).collect()
}

fn plane<T: Real>(x: &[T], y: &[T], term: impl Fn(T, T) -> T) -> T {
    let mut strands = [T::ZERO; STRANDS];
    let (xs, x_rest) = x.as_chunks::<STRANDS>();
    let (ys, y_rest) = y.as_chunks::<STRANDS>();
    for (x, y) in xs.iter().zip(ys) {
        for ((strand, x), y) in strands.iter_mut().zip(x).zip(y) {
            *strand = *strand + term(*x, *y);
        }
    }
    let rest = x_rest.iter().zip(y_rest).fold(T::ZERO, |sum, (x, y)| sum + term(*x, *y));
    strands.into_iter().fold(rest, |sum, strand| sum + strand)
}

/// `f(x, y, channel)` of each value.
fn zip<T: Real>(p: Planes, x: &[T], y: &[T], f: impl Fn(T, T, usize) -> T + Sync) -> Vec<T> {
    let mut out = vec![T::ZERO; x.len()];
    let planes = out.par_chunks_exact_mut(p.size).zip(x.par_chunks_exact(p.size)).zip(y.par_chunks_exact(p.size));
    planes.enumerate().for_each(|(index, ((out, x), y))| {
        let channel = index % p.c;
        for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
            *out = f(*x, *y, channel);
        }
    });
    out
}

pub fn sum<T: Real>(p: Planes, x: &[T]) -> Vec<T> {
    fold(p, [x, x], |x, _, _| x)
}

pub fn squares<T: Real>(p: Planes, x: &[T], mean: &[T]) -> Vec<T> {
    fold(p, [x, x], |x, _, c| (x - mean[c]) * (x - mean[c]))
}

pub fn dot<T: Real>(p: Planes, [x, mean, rstd, y]: [&[T]; 4]) -> Vec<T> {
    fold(p, [x, y], |x, y, c| (x - mean[c]) * rstd[c] * y)
}

pub fn normalise<T: Real>(p: Planes, [x, mean, rstd, gamma, beta]: [&[T]; 5]) -> Vec<T> {
    let scale: Vec<T> = rstd.iter().zip(gamma).map(|(rstd, gamma)| *rstd * *gamma).collect();
    zip(p, x, x, |x, _, c| (x - mean[c]) * scale[c] + beta[c])
}

pub fn combine<T: Real>(p: Planes, [y, x, a, b, c]: [&[T]; 5]) -> Vec<T> {
    zip(p, y, x, |y, x, channel| a[channel] * y + b[channel] * x + c[channel])
}
