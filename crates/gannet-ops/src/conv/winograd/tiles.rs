//! Transforms of tiles of the image and of the result, into the transformed space and back.
//!
//! Transformed values are stored as `[point, tile, channel]`.

#![allow(clippy::needless_range_loop, reason = "indexing by row and column keeps the loops vectorizable")]

use super::form::{Form, LANES, Lanes, Line, Square, both};
use super::sizes::Sizes;
use crate::conv::shape::{Band, Shape};
use crate::float::Float;

/// A tile of 2 × 2 results.
struct Tile {
    /// Index of the image in the batch.
    image: usize,
    /// Row and column of its first result.
    at: [usize; 2],
    /// Index of the band that it belongs to.
    band: usize,
}

/// The tiles of some rows of the result.
pub struct Tiles<'a> {
    s: &'a Shape,
    bands: &'a [Band],
    tiles: Vec<Tile>,
}

/// For bands of the image, the rows of the result whose tiles read them. They start at an even row.
pub fn result_bands<F: Form>(s: &Shape, bands: &[Band]) -> Vec<Band> {
    let stride = s.window.stride;
    let reads = |band: &Band, row: usize| {
        let first = row * stride;
        first < band.rows.end + s.window.padding[0]
            && first + (F::POINTS) * stride > band.rows.start + s.window.padding[0]
    };
    let rows = |band: &Band| {
        let mut starts = (0..s.out[0]).step_by(2).filter(|row| reads(band, *row));
        let first = starts.next().unwrap_or(0);
        let end = starts.next_back().unwrap_or(first) + 2;
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

    /// Number of tiles.
    pub fn count(&self) -> usize {
        self.tiles.len()
    }

    /// Writes `V = B x` for each phase: `x [n, h, w, c]` → `v [point, tile, phase · c]`.
    #[inline(always)]
    pub fn data<T: Float, F: Form>(&self, size: &Sizes, x: &[T], v: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.v_stride;
        let (zeros, mut across) = ([T::ZERO; LANES], zero_square());
        self.each_phase::<F>(
            #[inline(always)]
            |index, tile, phase, pixels| {
                let image = &x[tile.image * s.image_len()..][..s.image_len()];
                let row = index * size.v_stride + phase * size.c;
                for channel in (0..s.c).step_by(LANES) {
                    let to = &mut v[row + channel..];
                    if channel + LANES <= s.c {
                        let value = |at: usize| if at == OUTSIDE { &zeros } else { lanes(image, at * s.c + channel) };
                        let rows = |j: usize| pixels[j].map(value);
                        both([F::POINTS; 2], rows, F::data, &mut across, |i, line| store::<T, F>(line, i, to, plane));
                    } else {
                        let value =
                            |at: usize| if at == OUTSIDE { zeros } else { load(&image[at * s.c..][..s.c], channel) };
                        let values = pixels.map(|row| row.map(value));
                        let rows = |j: usize| values[j].each_ref();
                        both([F::POINTS; 2], rows, F::data, &mut across, |i, line| store::<T, F>(line, i, to, plane));
                    }
                }
            },
        );
    }

    /// Adds `Bᵀ V` to the image: `x` holds its `bands`, and these tiles are those of [`result_bands`].
    #[inline(always)]
    pub fn data_adjoint<T: Float, F: Form>(&self, size: &Sizes, v: &[T], bands: &[Band], x: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.v_stride;
        let line = s.image[1] * s.c;
        let starts = starts(bands, line);
        let (zeros, mut across) = ([T::ZERO; LANES], zero_square());
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

    /// Writes `y = A M`: `m [point, tile, o]` → the bands `y [rows, w', o]`.
    #[inline(always)]
    pub fn result<T: Float, F: Form>(&self, size: &Sizes, m: &[T], y: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.m_stride;
        let starts = starts(self.bands, s.out[1] * s.o);
        let (zeros, mut across) = ([T::ZERO; LANES], zero_square());
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

    /// Writes `M = Aᵀ y`: `y [n, h', w', o]` → `m [point, tile, o]`.
    #[inline(always)]
    pub fn result_adjoint<T: Float, F: Form>(&self, size: &Sizes, y: &[T], m: &mut [T]) {
        let s = self.s;
        let plane = self.count() * size.m_stride;
        let (zeros, mut across) = ([T::ZERO; LANES], zero_square());
        for (index, tile) in self.tiles.iter().enumerate() {
            for channel in (0..s.o).step_by(LANES) {
                let mut values = [[zeros; 2]; 2];
                for (j, i) in grid(2) {
                    let at = [tile.at[0] + j, tile.at[1] + i];
                    if at[0] < s.out[0] && at[1] < s.out[1] {
                        let pixel = (tile.image * s.out[0] + at[0]) * s.out[1] + at[1];
                        values[j][i] = load(&y[pixel * s.o..][..s.o], channel);
                    }
                }
                let to = &mut m[index * size.m_stride + channel..];
                let rows = |j: usize| [&values[j][0], &values[j][1], &zeros, &zeros];
                both([2, F::POINTS], rows, F::result_adjoint, &mut across, |i, line| {
                    store::<T, F>(line, i, to, plane);
                });
            }
        }
    }

    /// Calls `f(index, tile, phase, pixels)` for each tile and phase; `pixels` are the indices of the pixels that the tile
    /// reads, or [`OUTSIDE`].
    #[inline(always)]
    fn each_phase<F: Form>(&self, mut f: impl FnMut(usize, &Tile, usize, &[[usize; 4]; 4])) {
        let s = self.s;
        let stride = s.window.stride;
        for (index, tile) in self.tiles.iter().enumerate() {
            for (phase, (down, across)) in grid(stride).enumerate() {
                let mut pixels = [[OUTSIDE; 4]; 4];
                for (j, i) in grid(F::POINTS) {
                    // Tap `stride · j + down` of the window that starts at the tile.
                    let y = s.source(0, tile.at[0] + j, down);
                    let x = s.source(1, tile.at[1] + i, across);
                    if let (Some(y), Some(x)) = (y, x) {
                        pixels[j][i] = y * s.image[1] + x;
                    }
                }
                f(index, tile, phase, &pixels);
            }
        }
    }
}

/// The index of a pixel in the padding.
const OUTSIDE: usize = usize::MAX;

/// Row and column of each cell of a square.
fn grid(side: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..side).flat_map(move |j| (0..side).map(move |i| (j, i)))
}

/// Offset of the first value of each band; a row has `line` values.
fn starts(bands: &[Band], line: usize) -> Vec<usize> {
    let sum = |sum: &mut usize, band: &Band| Some(std::mem::replace(sum, *sum + band.height() * line));
    bands.iter().scan(0, sum).collect()
}

/// Up to 16 channels of a pixel from `channel` on, followed by zeros.
#[inline(always)]
fn load<T: Float>(pixel: &[T], channel: usize) -> Lanes<T> {
    let from = &pixel[channel..];
    let mut lanes = [T::ZERO; LANES];
    match from.first_chunk() {
        Some(whole) => lanes = *whole,
        None => lanes[..from.len()].copy_from_slice(from),
    }
    lanes
}

/// Applies `f` to up to 16 channels of a pixel from `channel` on, and to the lanes.
#[inline(always)]
fn change<T: Float>(pixel: &mut [T], channel: usize, lanes: &Lanes<T>, f: impl Fn(&mut T, T)) {
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

/// 16 values from index `at` on.
#[inline(always)]
fn lanes<T>(values: &[T], at: usize) -> &Lanes<T> {
    values[at..].first_chunk().expect("rows of whole lanes")
}

/// Reads rows of points; the values of neighboring points are `plane` values apart.
#[inline(always)]
pub fn points<'a, T: Float, F: Form>(
    from: &'a [T],
    plane: usize,
    zeros: &'a Lanes<T>,
) -> impl Fn(usize) -> [&'a Lanes<T>; 4] {
    move |j| [0, 1, 2, 3].map(|i| if i < F::POINTS { lanes(from, (j * F::POINTS + i) * plane) } else { zeros })
}

/// Writes column number `i` of the points; the values of neighboring points are `plane` values apart.
#[inline(always)]
fn store<T: Float, F: Form>(line: Line<T>, i: usize, to: &mut [T], plane: usize) {
    for j in 0..F::POINTS {
        to[(j * F::POINTS + i) * plane..][..LANES].copy_from_slice(&line[j]);
    }
}

/// A square of zeros.
pub fn zero_square<T: Float>() -> Square<T> {
    [[[T::ZERO; LANES]; 4]; 4]
}
