//! Tiles of images and of results, into the transformed space and back.
//!
//! Transformed values lie as `[point, tile, channel]`.

#![allow(clippy::needless_range_loop, reason = "squares go by row and column, in loops that become vectors")]

use super::Sizes;
use super::form::{Form, LANES, Lanes, Line, Square, both};
use crate::conv::shape::{Band, Shape};
use crate::real::Real;

/// A tile of 2 × 2 results.
struct Tile {
    image: usize,
    /// Its first result's row and column.
    at: [usize; 2],
    /// The band it belongs to.
    band: usize,
}

/// The tiles of some rows of results.
pub struct Tiles<'a> {
    s: &'a Shape,
    bands: &'a [Band],
    tiles: Vec<Tile>,
}

/// For bands of images the rows of results, from an even one on, whose tiles see them.
pub fn seen<F: Form>(s: &Shape, bands: &[Band]) -> Vec<Band> {
    let stride = s.window.stride;
    let sees = |band: &Band, row: usize| {
        let first = row * stride;
        first < band.rows.end + s.window.padding[0]
            && first + (F::POINTS) * stride > band.rows.start + s.window.padding[0]
    };
    let rows = |band: &Band| {
        let mut seen = (0..s.out[0]).step_by(2).filter(|row| sees(band, *row));
        let first = seen.next().unwrap_or(0);
        let end = seen.next_back().unwrap_or(first) + 2;
        Band { image: band.image, rows: first..end.min(s.out[0]) }
    };
    bands.iter().map(rows).collect()
}

impl<'a> Tiles<'a> {
    /// The tiles of `bands`, each of which starts at an even row.
    pub fn new(s: &'a Shape, bands: &'a [Band]) -> Self {
        let mut tiles = Vec::new();
        for (band, Band { image, rows }) in bands.iter().enumerate() {
            let places = rows.clone().step_by(2).flat_map(|y| (0..s.out[1]).step_by(2).map(move |x| [y, x]));
            tiles.extend(places.map(|at| Tile { image: *image, at, band }));
        }
        Self { s, bands, tiles }
    }

    pub fn count(&self) -> usize {
        self.tiles.len()
    }

    /// `V = B x` of each phase: `x [n, h, w, c]` → `[point, tile, phase · c]`.
    #[inline(always)]
    pub fn data<T: Real, F: Form>(&self, size: &Sizes, x: &[T], v: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.v_stride;
        let (zeros, mut across) = ([T::ZERO; LANES], squared());
        self.each_phase::<F>(
            #[inline(always)]
            |index, tile, phase, pixels| {
                let image = &x[tile.image * s.image_len()..][..s.image_len()];
                let row = index * size.v_stride + phase * size.c;
                for channel in (0..s.c).step_by(LANES) {
                    let to = &mut v[row + channel..];
                    if channel + LANES <= s.c {
                        let seen = |at: usize| if at == OUTSIDE { &zeros } else { lanes(image, at * s.c + channel) };
                        let seen = |j: usize| pixels[j].map(seen);
                        both([F::POINTS; 2], seen, F::data, &mut across, |i, line| store::<T, F>(line, i, to, plane));
                    } else {
                        let seen =
                            |at: usize| if at == OUTSIDE { zeros } else { load(&image[at * s.c..][..s.c], channel) };
                        let seen = pixels.map(|row| row.map(seen));
                        let seen = |j: usize| seen[j].each_ref();
                        both([F::POINTS; 2], seen, F::data, &mut across, |i, line| store::<T, F>(line, i, to, plane));
                    }
                }
            },
        );
    }

    /// Adds `Bᵀ V` to the bands `x` of images, which [`seen`] made these tiles of.
    #[inline(always)]
    pub fn data_adjoint<T: Real, F: Form>(&self, size: &Sizes, v: &[T], bands: &[Band], x: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.v_stride;
        let line = s.image[1] * s.c;
        let starts = starts(bands, line);
        let (zeros, mut across) = ([T::ZERO; LANES], squared());
        self.each_phase::<F>(
            #[inline(always)]
            |index, tile, phase, pixels| {
                let Band { rows, .. } = &bands[tile.band];
                let own = &mut x[starts[tile.band]..][..rows.len() * line];
                let row = index * size.v_stride + phase * size.c;
                let owned = rows.start * s.image[1]..rows.end * s.image[1];
                for channel in (0..s.c).step_by(LANES) {
                    let from = points::<T, F>(&v[row + channel..], plane, &zeros);
                    both([F::POINTS; 2], from, F::data_adjoint, &mut across, |i, line| {
                        for j in (0..F::POINTS).filter(|j| owned.contains(&pixels[*j][i])) {
                            let to = &mut own[(pixels[j][i] - owned.start) * s.c..][..s.c];
                            change(to, channel, &line[j], |to, from| *to = *to + from);
                        }
                    });
                }
            },
        );
    }

    /// `y = A M`: `[point, tile, o]` → the bands `[rows, w', o]`.
    #[inline(always)]
    pub fn result<T: Real, F: Form>(&self, size: &Sizes, m: &[T], y: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.m_stride;
        let starts = starts(self.bands, s.out[1] * s.o);
        let (zeros, mut across) = ([T::ZERO; LANES], squared());
        for (index, tile) in self.tiles.iter().enumerate() {
            let Band { rows, .. } = &self.bands[tile.band];
            for channel in (0..s.o).step_by(LANES) {
                let from = points::<T, F>(&m[index * size.m_stride + channel..], plane, &zeros);
                both([F::POINTS, 2], from, F::result, &mut across, |i, line| {
                    for j in 0..2 {
                        let at = [tile.at[0] + j, tile.at[1] + i];
                        if at[0] < rows.end && at[1] < s.out[1] {
                            let pixel = (at[0] - rows.start) * s.out[1] + at[1];
                            let to = &mut y[starts[tile.band] + pixel * s.o..][..s.o];
                            change(to, channel, &line[j], |to, from| *to = from);
                        }
                    }
                });
            }
        }
    }

    /// `M = Aᵀ y`: `y [n, h', w', o]` → `[point, tile, o]`.
    #[inline(always)]
    pub fn result_adjoint<T: Real, F: Form>(&self, size: &Sizes, y: &[T], m: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.m_stride;
        let (zeros, mut across) = ([T::ZERO; LANES], squared());
        for (index, tile) in self.tiles.iter().enumerate() {
            for channel in (0..s.o).step_by(LANES) {
                let mut seen = [[zeros; 2]; 2];
                for (j, i) in grid(2) {
                    let at = [tile.at[0] + j, tile.at[1] + i];
                    if at[0] < s.out[0] && at[1] < s.out[1] {
                        let pixel = (tile.image * s.out[0] + at[0]) * s.out[1] + at[1];
                        seen[j][i] = load(&y[pixel * s.o..][..s.o], channel);
                    }
                }
                let to = &mut m[index * size.m_stride + channel..];
                let seen = |j: usize| [&seen[j][0], &seen[j][1], &zeros, &zeros];
                both([2, F::POINTS], seen, F::result_adjoint, &mut across, |i, line| {
                    store::<T, F>(line, i, to, plane);
                });
            }
        }
    }

    /// Calls `f(index, tile, phase, pixels)` for each tile and phase, with the pixels of the image that it sees.
    #[inline(always)]
    fn each_phase<F: Form>(&self, mut f: impl FnMut(usize, &Tile, usize, &[[usize; 4]; 4])) {
        let s = self.s;
        let stride = s.window.stride;
        for (index, tile) in self.tiles.iter().enumerate() {
            for (phase, (down, across)) in grid(stride).enumerate() {
                let mut pixels = [[OUTSIDE; 4]; 4];
                for (j, i) in grid(F::POINTS) {
                    // Tap `stride · j + down` of the window that starts at the tile.
                    let y = s.meets(0, tile.at[0] + j, down);
                    let x = s.meets(1, tile.at[1] + i, across);
                    if let (Some(y), Some(x)) = (y, x) {
                        pixels[j][i] = y * s.image[1] + x;
                    }
                }
                f(index, tile, phase, &pixels);
            }
        }
    }
}

/// No pixel of the image.
const OUTSIDE: usize = usize::MAX;

fn grid(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |j| (0..side).map(move |i| (j, i)))
}

/// Where the values of each band start, `line` values a row.
fn starts(bands: &[Band], line: usize) -> Vec<usize> {
    let sum = |sum: &mut usize, band: &Band| Some(std::mem::replace(sum, *sum + band.height() * line));
    bands.iter().scan(0, sum).collect()
}

#[inline(always)]
fn load<T: Real>(pixel: &[T], channel: usize) -> Lanes<T> {
    let from = &pixel[channel..];
    let mut lanes = [T::ZERO; LANES];
    match from.first_chunk() {
        Some(whole) => lanes = *whole,
        None => lanes[..from.len()].copy_from_slice(from),
    }
    lanes
}

#[inline(always)]
fn change<T: Real>(pixel: &mut [T], channel: usize, lanes: &Lanes<T>, f: impl Fn(&mut T, T)) {
    let to = &mut pixel[channel..];
    match to.first_chunk_mut::<LANES>() {
        Some(whole) => {
            for lane in 0..LANES {
                f(&mut whole[lane], lanes[lane]);
            }
        }
        None => to.iter_mut().zip(lanes).for_each(|(to, from)| f(to, *from)),
    }
}

/// 16 values from a place on.
#[inline(always)]
fn lanes<T>(values: &[T], at: usize) -> &Lanes<T> {
    values[at..].first_chunk().expect("rows of whole lanes")
}

/// The rows of the points that lie `plane` apart.
#[inline(always)]
pub fn points<'a, T: Real, F: Form>(
    from: &'a [T],
    plane: usize,
    zeros: &'a Lanes<T>,
) -> impl Fn(usize) -> [&'a Lanes<T>; 4] {
    move |j| [0, 1, 2, 3].map(|i| if i < F::POINTS { lanes(from, (j * F::POINTS + i) * plane) } else { zeros })
}

/// Puts column number `i` of the points where they belong.
#[inline(always)]
fn store<T: Real, F: Form>(line: Line<T>, i: usize, to: &mut [T], plane: usize) {
    for j in 0..F::POINTS {
        to[(j * F::POINTS + i) * plane..][..LANES].copy_from_slice(&line[j]);
    }
}

/// Room for the rows of a square.
pub fn squared<T: Real>() -> Square<T> {
    [[[T::ZERO; LANES]; 4]; 4]
}
