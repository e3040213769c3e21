//! The three maps on plain slices, as products whose right factor is packed straight from the images.
//!
//! The batch is cut into chunks whose size depends on the shapes alone, each chunk is worked by one
//! thread, and partial sums are added in the chunks' order: the result has the same bits for any
//! number of threads.

use rayon::prelude::*;

use super::Window;
use super::planes::{Planes, Run, long_row, pack, panel};
use super::product::{Layout, product};
use super::tile::{Acc, COLUMNS, ROWS, Tiled};

/// Rows of a panel at a time, so that panel and rows stay in the processor's cache.
const DEPTH: usize = 1024;

/// Sizes of one convolution `[n, i, h, w] ∗ [o, i, k, k] → [n, o, h', w']`.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub n: usize,
    pub i: usize,
    pub o: usize,
    pub k: usize,
    pub image: [usize; 2],
    pub out: [usize; 2],
    pub window: Window,
}

impl Shape {
    /// Values of one window.
    fn patch(&self) -> usize {
        self.i * self.k * self.k
    }

    fn out_pixels(&self) -> usize {
        self.out[0] * self.out[1]
    }

    fn image_len(&self) -> usize {
        self.i * self.image[0] * self.image[1]
    }

    fn out_len(&self) -> usize {
        self.o * self.out_pixels()
    }

    /// Samples a chunk: enough places for an efficient product, few enough chunks to share out.
    fn chunk(&self) -> usize {
        const PLACES: usize = 512;
        PLACES.div_ceil(self.out_pixels()).min(self.n.div_ceil(4)).max(1)
    }

    /// Whether there is one window, the whole image.
    fn is_product(&self) -> bool {
        self.out == [1, 1] && self.window.padding == 0 && self.image == [self.k, self.k]
    }

    /// The images' planes, taken apart for windows with this stride.
    fn planes(&self) -> Planes {
        let Window { stride, padding } = self.window;
        Planes::new(self.image.map(|side| side + 2 * padding), padding, stride)
    }

    /// Where each value of a window lies in such planes, by channel, row and column.
    fn offsets(&self, planes: &Planes) -> Vec<usize> {
        let k = self.k;
        let places = (0..self.i).flat_map(|i| (0..k).flat_map(move |y| (0..k).map(move |x| (i, y, x))));
        places.map(|(i, y, x)| i * planes.len() + planes.start(y, x)).collect()
    }
}

/// `y [n, o, h', w'] = x ∗ weight`.
pub fn forward<T: Tiled>(s: &Shape, x: &[T], weight: &[T]) -> Vec<T> {
    let mut y = vec![T::ZERO; s.n * s.out_len()];
    if s.is_product() {
        product(&mut y, x, weight, [s.n, s.patch(), s.o], Layout::RightTransposed);
        return y;
    }
    let (chunk, planes, tile) = (s.chunk(), s.planes(), T::tile());
    let offsets = s.offsets(&planes);
    let room = || (planes.room(chunk * s.i), panel(s.patch().min(DEPTH), COLUMNS), [[T::ZERO; COLUMNS]; ROWS]);
    y.par_chunks_mut(chunk * s.out_len()).zip(x.par_chunks(chunk * s.image_len())).for_each_init(
        room,
        |(values, panel, acc), (y, x)| {
            planes.fill(x, s.image, values);
            let places = x.len() / s.image_len() * s.out_pixels();
            for first in (0..places).step_by(COLUMNS) {
                let runs = planes.runs(s.out, s.i * planes.len(), first, places.min(first + COLUMNS));
                for (block, offsets) in offsets.chunks(DEPTH).enumerate() {
                    pack(values, offsets, &runs, panel, COLUMNS);
                    let rows = Rows { values: weight, count: s.o, stride: s.patch(), first: block * DEPTH };
                    rows.times(&panel[..offsets.len() * COLUMNS], tile, acc, |o, sums| {
                        for run in &runs {
                            let at = ((run.sample * s.o + o) * s.out[0] + run.line) * s.out[1] + run.x;
                            put(&mut y[at..][..run.len], &sums[run.to..], block > 0);
                        }
                    });
                }
            }
        },
    );
    y
}

/// `x [n, i, h, w]` such that `⟨x, x'⟩ = ⟨y, x' ∗ weight⟩` for all `x'`.
///
/// With a stride, neighbouring pixels meet different values of the kernel: each remainder of the coordinates has a
/// smaller kernel of its own, with stride 1 over `y`, and no product is with a zero between pixels.
pub fn image_adjoint<T: Tiled>(s: &Shape, y: &[T], weight: &[T]) -> Vec<T> {
    let mut x = vec![T::ZERO; s.n * s.image_len()];
    if s.is_product() {
        product(&mut x, y, weight, [s.n, s.o, s.patch()], Layout::Plain);
        return x;
    }
    let (chunk, tile) = (s.chunk(), T::tile());
    let planes = adjoint_planes(s);
    let remainders = remainders(s, &planes, weight);
    let depth = s.o * s.k.div_ceil(s.window.stride).pow(2);
    let room = || (planes.room(chunk * s.o), panel(depth.min(DEPTH), COLUMNS), [[T::ZERO; COLUMNS]; ROWS]);
    x.par_chunks_mut(chunk * s.image_len()).zip(y.par_chunks(chunk * s.out_len())).for_each_init(
        room,
        |(values, panel, acc), (x, y)| {
            planes.fill(y, s.out, values);
            let samples = y.len() / s.out_len();
            for part in &remainders {
                let places = samples * part.places[0] * part.places[1];
                for first in (0..places).step_by(COLUMNS) {
                    let runs = planes.runs(part.places, s.o * planes.len(), first, places.min(first + COLUMNS));
                    for (block, offsets) in part.offsets.chunks(DEPTH).enumerate() {
                        pack(values, offsets, &runs, panel, COLUMNS);
                        let stride = part.offsets.len();
                        let rows = Rows { values: &part.weight, count: s.i, stride, first: block * DEPTH };
                        rows.times(&panel[..offsets.len() * COLUMNS], tile, acc, |i, sums| {
                            part.put(s, x, i, &runs, sums, block > 0);
                        });
                    }
                }
            }
        },
    );
    x
}

/// `weight [o, i, k, k]` such that `⟨weight, w'⟩ = ⟨y, x ∗ w'⟩` for all `w'`.
pub fn weight_adjoint<T: Tiled>(s: &Shape, x: &[T], y: &[T]) -> Vec<T> {
    let len = s.o * s.patch();
    if s.is_product() {
        let mut weight = vec![T::ZERO; len];
        product(&mut weight, y, x, [s.o, s.n, s.patch()], Layout::LeftTransposed);
        return weight;
    }
    let chunk = s.chunk();
    // As many partial sums as memory allows; a function of the shapes, so that sums keep their order.
    let groups = (16_000_000 / len).clamp(1, 8);
    let per_group = s.n.div_ceil(chunk).div_ceil(groups) * chunk;
    let partial: Vec<Vec<T>> = x
        .par_chunks(per_group * s.image_len())
        .zip(y.par_chunks(per_group * s.out_len()))
        .map(|(x, y)| weight_group(s, x, y, chunk))
        .collect();
    let width = s.o.next_multiple_of(COLUMNS);
    let mut weight = vec![T::ZERO; len];
    weight.par_chunks_mut(s.patch()).enumerate().for_each(|(o, weight)| {
        for part in &partial {
            weight.iter_mut().zip(part[o..].iter().step_by(width)).for_each(|(sum, part)| *sum = *sum + *part);
        }
    });
    weight
}

/// The weight's adjoint over some samples, transposed: `[patch, o]`, `o` rounded up to whole tiles.
fn weight_group<T: Tiled>(s: &Shape, x: &[T], y: &[T], chunk: usize) -> Vec<T> {
    let (planes, tile) = (s.planes(), T::tile());
    let (offsets, width, pixels) = (s.offsets(&planes), s.o.next_multiple_of(COLUMNS), s.out_pixels());
    let mut weight = vec![T::ZERO; s.patch() * width];
    let mut values = planes.room(chunk * s.i);
    let depth = long_row(DEPTH.min(chunk * pixels));
    let (mut rows, mut right) = (panel(ROWS, depth), vec![T::ZERO; depth * width]);
    let mut acc = [[T::ZERO; COLUMNS]; ROWS];
    for (x, y) in x.chunks(chunk * s.image_len()).zip(y.chunks(chunk * s.out_len())) {
        planes.fill(x, s.image, &mut values);
        let places = x.len() / s.image_len() * pixels;
        for first in (0..places).step_by(DEPTH) {
            let count = DEPTH.min(places - first);
            transpose(s, y, first, count, &mut right);
            let runs = planes.runs(s.out, s.i * planes.len(), first, first + count);
            for (block, offsets) in offsets.chunks(ROWS).enumerate() {
                pack(&values, offsets, &runs, &mut rows, depth);
                for (panel, right) in right.chunks_exact(count * COLUMNS).take(width / COLUMNS).enumerate() {
                    tile(&rows, depth, offsets.len(), right, &mut acc);
                    for (row, sums) in acc[..offsets.len()].iter().enumerate() {
                        let at = (block * ROWS + row) * width + panel * COLUMNS;
                        put(&mut weight[at..][..COLUMNS], sums, true);
                    }
                }
            }
        }
    }
    weight
}

/// `[sample, o, pixel]` → `[o / 32, place, 32]` for `count` places from `first` on.
fn transpose<T: Tiled>(s: &Shape, y: &[T], first: usize, count: usize, to: &mut [T]) {
    let pixels = s.out_pixels();
    for o in 0..s.o {
        let to = &mut to[o / COLUMNS * count * COLUMNS + o % COLUMNS..];
        let mut at = first;
        while at < first + count {
            let (sample, pixel) = (at / pixels, at % pixels);
            let len = (pixels - pixel).min(first + count - at);
            let from = &y[(sample * s.o + o) * pixels + pixel..][..len];
            let to = to[(at - first) * COLUMNS..].iter_mut().step_by(COLUMNS);
            to.zip(from).for_each(|(to, from)| *to = *from);
            at += len;
        }
    }
}

/// Rows of a left factor, `stride` apart, seen from their value `first` on.
struct Rows<'a, T> {
    values: &'a [T],
    count: usize,
    stride: usize,
    first: usize,
}

impl<T: Tiled> Rows<'_, T> {
    /// Calls `f(row, sums)` for each row of the product with a panel.
    fn times(
        &self,
        panel: &[T],
        tile: super::tile::Tile<T>,
        acc: &mut Acc<T>,
        mut f: impl FnMut(usize, &[T; COLUMNS]),
    ) {
        for first in (0..self.count).step_by(ROWS) {
            let rows = ROWS.min(self.count - first);
            tile(&self.values[first * self.stride + self.first..], self.stride, rows, panel, acc);
            acc[..rows].iter().enumerate().for_each(|(row, sums)| f(first + row, sums));
        }
    }
}

/// Writes, or adds, as many values as there is room for.
fn put<T: Tiled>(to: &mut [T], from: &[T], add: bool) {
    if add {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from);
    } else {
        to.copy_from_slice(&from[..to.len()]);
    }
}

/// The pixels of an image whose padded coordinates have one pair of remainders modulo the stride.
struct Remainder<T> {
    /// The first pixel's row and column.
    first: [usize; 2],
    /// How many there are down and across.
    places: [usize; 2],
    /// `[i, o · kernel]`.
    weight: Vec<T>,
    /// Where the values that meet the weights lie in `y`'s planes.
    offsets: Vec<usize>,
}

impl<T: Tiled> Remainder<T> {
    fn put(&self, s: &Shape, x: &mut [T], channel: usize, runs: &[Run], sums: &[T; COLUMNS], add: bool) {
        let stride = s.window.stride;
        for run in runs {
            let row = (run.sample * s.i + channel) * s.image[0] + self.first[0] + run.line * stride;
            let to = &mut x[row * s.image[1] + self.first[1] + run.x * stride..];
            if stride == 1 {
                put(&mut to[..run.len], &sums[run.to..], add);
            } else {
                let pairs = to.iter_mut().step_by(stride).zip(&sums[run.to..][..run.len]);
                pairs.for_each(|(to, sum)| *to = if add { *to + *sum } else { *sum });
            }
        }
    }
}

/// The values along one axis of the kernel that meet remainder `r`: `r`, `r` + stride, …
fn taps(s: &Shape, r: usize) -> usize {
    s.k.saturating_sub(r).div_ceil(s.window.stride)
}

/// Planes of `y` with zeros wherever a kernel of [`remainders`] reaches beyond it.
fn adjoint_planes(s: &Shape) -> Planes {
    let Window { stride, padding } = s.window;
    let before = taps(s, 0) - 1;
    let last = |axis: usize| (s.image[axis] - 1 + padding) / stride;
    Planes::new([0, 1].map(|axis| before + s.out[axis].max(last(axis) + 1)), before, 1)
}

fn remainders<T: Tiled>(s: &Shape, planes: &Planes, weight: &[T]) -> Vec<Remainder<T>> {
    let Window { stride, padding } = s.window;
    let pairs = (0..stride).flat_map(|y| (0..stride).map(move |x| [y, x]));
    let made = pairs.map(|r| {
        let first = r.map(|r| (r + stride - padding % stride) % stride);
        let places = [0, 1].map(|axis| s.image[axis].saturating_sub(first[axis]).div_ceil(stride));
        // Where the first pixel's window begins, in steps of the stride.
        let step = [0, 1].map(|axis| (first[axis] + padding - r[axis]) / stride);
        let taps = r.map(|r| taps(s, r));
        let each = || (0..s.o).flat_map(|o| (0..taps[0]).flat_map(move |y| (0..taps[1]).map(move |x| (o, y, x))));
        let offsets = each()
            .map(|(o, y, x)| o * planes.len() + planes.start(step[0] + planes.before - y, step[1] + planes.before - x));
        let values = (0..s.i).flat_map(|i| each().map(move |(o, y, x)| (o, i, r[0] + y * stride, r[1] + x * stride)));
        let weight = values.map(|(o, i, ky, kx)| weight[((o * s.i + i) * s.k + ky) * s.k + kx]).collect();
        Remainder { first, places, weight, offsets: offsets.collect() }
    });
    made.collect()
}
