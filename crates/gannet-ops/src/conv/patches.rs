//! The three maps of any convolution by patches (im2col): the pixels of each window are copied to a row, and the rest is a
//! matrix product. In an image with its channels last such a copy consists of whole runs.
//!
//! ```text
//! forward            y = patches(x) · weight
//! adjoint in x       x = Σ over windows of (y · weightᵀ), each row added to the pixels of its window
//! adjoint in weight  weight = patches(x)ᵀ · y
//! ```

use rayon::prelude::*;

use super::shape::{Band, Shape, parts, summed, tasks};
use crate::kernel::memory::Buffer;
use crate::precision::Precision;
use crate::product::{
    COLUMNS, Panels, Rows, Tiled, Transposed, add_transposed, multiply, multiply_transposed, multiply_wide,
};

/// Windows per task: enough for an efficient product, few enough that the patches stay in the cache.
const WINDOWS: usize = 128;
/// With at most this many windows the whole convolution is one task.
const FEW: usize = 64;
/// Tasks that a small convolution is divided into.
const TASKS: usize = 4;
/// Windows per task of the adjoint in the weight.
const LONG: usize = 512;

/// The sizes of one group of channels.
struct Group {
    /// Channels of the image.
    c: usize,
    /// Channels of the result.
    o: usize,
    /// Values per patch.
    patch: usize,
}

/// The sizes of the groups, which are all equal.
fn group(s: &Shape) -> Group {
    let c = s.c / s.window.groups;
    Group { c, o: s.o / s.window.groups, patch: c * s.taps() }
}

/// Whether the image itself is the matrix of patches: a window is one pixel, or the whole image.
fn direct(s: &Shape) -> bool {
    let plain = s.window.padding == [0, 0] && s.window.groups == 1 && s.window.dilation == 1;
    let (pixels, whole) = (s.k == [1, 1] && s.window.stride == 1, s.image == s.k && s.out == [1, 1]);
    plain && (pixels || whole)
}

/// Tasks over rows of the result.
fn out_tasks(s: &Shape, windows: usize) -> Vec<Vec<Band>> {
    tasks(s.n, s.out[0], (windows.min(per_task(s)) / s.out[1]).max(1), 1)
}

/// Whether there are so few windows that they form one task, whose product is divided among threads instead.
fn few(s: &Shape) -> bool {
    s.n * s.out[0] * s.out[1] <= FEW
}

/// The matrix product to use: with few windows the one whose columns are divided among threads.
fn product<T: Tiled>(s: &Shape) -> fn(Rows<T>, usize, &Panels<T>, &mut [T], usize) {
    if few(s) { multiply_wide } else { multiply }
}

/// The most windows per task that leave enough tasks for the threads.
fn per_task(s: &Shape) -> usize {
    let all = s.n * s.out[0] * s.out[1];
    if few(s) { all } else { all.div_ceil(TASKS) }
}

/// A packed weight `[o, c / groups, k, l]`: one right factor per group.
pub type Weight<T> = Vec<Panels<T>>;

/// The weight for [`forward`].
pub fn pack_forward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    let Group { c, o, patch } = group(s);
    (0..s.window.groups).map(|g| by_output(&weight[g * o * patch..], o, c, s.taps(), s.precision)).collect()
}

/// The weight for [`image_adjoint`].
pub fn pack_backward<T: Tiled>(s: &Shape, weight: &[T]) -> Weight<T> {
    let Group { c, o, patch } = group(s);
    (0..s.window.groups).map(|g| by_patch(s, &weight[g * o * patch..], o, c)).collect()
}

/// `y [n, h', w', o] = x [n, h, w, c] ∗ weight`.
pub fn forward<T: Tiled>(s: &Shape, x: &[T], weight: &Weight<T>) -> Buffer<T> {
    let o = group(s).o;
    let mut y = Buffer::new(s.n * s.out_len());
    let tasks = out_tasks(s, WINDOWS);
    let parts = parts(&mut y, &tasks, s.out[1] * s.o);
    tasks.par_iter().zip(parts).for_each(|(task, y)| {
        for (g, panels) in weight.iter().enumerate() {
            let patches = patches(s, x, task, g);
            product(s)(patches.rows(), patches.count, panels, &mut y[g * o..], s.o);
        }
    });
    y
}

/// `x [n, h, w, c]` such that `⟨x, x'⟩ = ⟨y, x' ∗ weight⟩` for all `x'`.
pub fn image_adjoint<T: Tiled>(s: &Shape, y: &[T], weight: &Weight<T>) -> Buffer<T> {
    let Group { o, patch, .. } = group(s);
    let mut x = Buffer::new(s.n * s.image_len());
    let windows = WINDOWS.min(per_task(s));
    let tasks = tasks(s.n, s.image[0], (windows * s.window.stride / s.out[1]).max(s.k[0]), 1);
    let parts = parts(&mut x, &tasks, s.image[1] * s.c);
    tasks.par_iter().zip(parts).for_each(|(task, x)| {
        if direct(s) {
            let left = Rows { values: &y[first_window(s, task) * s.o..], stride: s.o };
            return product(s)(left, x.len() / patch, &weight[0], x, patch);
        }
        x.fill(T::ZERO);
        let mut x = x;
        for band in task {
            let (own, rest) = x.split_at_mut(band.height() * s.image[1] * s.c);
            x = rest;
            // The rows of windows that overlap the band.
            let overlaps =
                |row: &usize| (0..s.k[0]).any(|tap| s.source(0, *row, tap).is_some_and(|at| band.rows.contains(&at)));
            let Some(first) = (0..s.out[0]).find(overlaps) else { continue };
            let last = (first..s.out[0]).rfind(overlaps).unwrap_or(first);
            let windows = (last + 1 - first) * s.out[1];
            let mut room = Buffer::scratch(windows * patch);
            for (g, panels) in weight.iter().enumerate() {
                let left = &y[(band.image * s.out[0] + first) * s.out[1] * s.o + g * o..];
                product(s)(Rows { values: left, stride: s.o }, windows, panels, &mut room, patch);
                add_patches(s, &room, first..last + 1, band, g, own);
            }
        }
    });
    x
}

/// `weight [o, c / groups, k, l]` such that `⟨weight, w'⟩ = ⟨y, x ∗ w'⟩` for all `w'`.
pub fn weight_adjoint<T: Tiled>(s: &Shape, x: &[T], y: &[T]) -> Buffer<T> {
    let Group { c, o, patch } = group(s);
    // The orientation that wastes fewer columns of the tiles, which are 32 wide.
    let by_output = patch.next_multiple_of(COLUMNS) * o <= o.next_multiple_of(COLUMNS) * patch;
    if s.taps() == 1 && s.window.groups == 1 && by_output {
        return group_adjoint(s, x, y, 0, true);
    }
    let mut weight = Buffer::new(s.weight_len());
    for (g, to) in weight.chunks_exact_mut(o * patch).enumerate() {
        let sum = group_adjoint(s, x, y, g, by_output);
        if by_output {
            reorder(s, &sum, to, c, |output, at| output * patch + at);
        } else {
            reorder(s, &sum, to, c, |output, at| at * o + output);
        }
    }
    weight
}

/// The adjoint in the weight of group number `g`: `[o, (row, column, c)]` if `by_output`, else `[(row, column, c), o]`.
fn group_adjoint<T: Tiled>(s: &Shape, x: &[T], y: &[T], g: usize, by_output: bool) -> Buffer<T> {
    let Group { o, patch, .. } = group(s);
    let dims = if by_output { [o, patch] } else { [patch, o] };
    let with_factors = |task: &[Band], f: &mut dyn FnMut(Transposed<T>)| {
        let patches = patches(s, x, task, g);
        let y = Rows { values: &y[first_window(s, task) * s.o + g * o..], stride: s.o };
        let [left, right] = if by_output { [y, patches.rows()] } else { [patches.rows(), y] };
        f(Transposed { left, right, depth: patches.count });
    };
    let tasks = out_tasks(s, LONG);
    if let [task] = &tasks[..] {
        let mut sum = Buffer::new(o * patch);
        with_factors(task, &mut |factors| multiply_transposed(s.precision, factors, dims, &mut sum, dims[1]));
        return sum;
    }
    // Limits the memory of the partial sums.
    let groups = (8_000_000 / (o * patch)).clamp(1, 8);
    summed(&tasks, groups, o * patch, |tasks, sum| {
        let mut add = |factors: Transposed<T>| add_transposed(s.precision, &[factors], dims, sum, dims[1]);
        tasks.iter().for_each(|task| with_factors(task, &mut add));
    })
}

/// The number of the first window of a task over rows of the result. For [`direct`] shapes it also serves tasks over rows of
/// the image.
fn first_window(s: &Shape, task: &[Band]) -> usize {
    (task[0].image * s.out[0] + task[0].rows.start) * s.out[1]
}

/// Borrowed values or a copy.
enum Values<'a, T: Tiled> {
    Borrowed(&'a [T]),
    Copied(Buffer<T>),
}

impl<T: Tiled> std::ops::Deref for Values<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Borrowed(values) => values,
            Self::Copied(values) => values,
        }
    }
}

/// The patches of a task: `count` rows `[window, (row, column, channel)]`, `stride` values apart.
struct Patches<'a, T: Tiled> {
    values: Values<'a, T>,
    stride: usize,
    count: usize,
}

impl<T: Tiled> Patches<'_, T> {
    fn rows(&self) -> Rows<'_, T> {
        Rows { values: &self.values, stride: self.stride }
    }
}

/// The patches of a task's windows for group number `g`.
fn patches<'a, T: Tiled>(s: &Shape, x: &'a [T], task: &[Band], g: usize) -> Patches<'a, T> {
    let Group { c, patch, .. } = group(s);
    let count = task.iter().map(Band::height).sum::<usize>() * s.out[1];
    if direct(s) {
        let first = first_window(s, task) * patch;
        return Patches { values: Values::Borrowed(&x[first..]), stride: patch, count };
    }
    let mut room = Buffer::scratch(count * patch);
    if s.window.padding != [0, 0] {
        room.fill(T::ZERO);
    }
    let windows = task.iter().flat_map(|band| band.rows.clone().map(|row| (band.image, row)));
    let windows = windows.flat_map(|(image, row)| (0..s.out[1]).map(move |column| (image, row, column)));
    for ((image, row, column), to) in windows.zip(room.chunks_exact_mut(patch)) {
        for ky in 0..s.k[0] {
            let Some(y) = s.source(0, row, ky) else { continue };
            let line = &x[(image * s.image[0] + y) * s.image[1] * s.c..][..s.image[1] * s.c];
            each_run(s, column, c, |at, to_x, len| {
                let to = &mut to[(ky * s.k[1] + to_x) * c..][..len * c];
                copy(to, &line[at * s.c + g * c..][..len * c]);
            });
        }
    }
    Patches { values: Values::Copied(room), stride: patch, count }
}

/// Copies values. Short runs are copied inline, since calling `memcpy` would take longer than the copy.
fn copy<T: Tiled>(to: &mut [T], from: &[T]) {
    if to.len() > 64 {
        return to.copy_from_slice(from);
    }
    let ((to, to_rest), (from, from_rest)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Calls `f(pixel, tap, count)` for each run of taps of a window, along a row, whose pixels are adjacent in memory: `pixel`
/// and `tap` are the first of the run.
fn each_run(s: &Shape, column: usize, c: usize, mut f: impl FnMut(usize, usize, usize)) {
    if s.window.dilation == 1 && c == s.c {
        let start = column * s.window.stride;
        let first = s.window.padding[1].saturating_sub(start);
        let end = (s.image[1] + s.window.padding[1]).saturating_sub(start).min(s.k[1]);
        if first < end {
            f(start + first - s.window.padding[1], first, end - first);
        }
    } else {
        (0..s.k[1]).filter_map(|tap| Some((s.source(1, column, tap)?, tap))).for_each(|(at, tap)| f(at, tap, 1));
    }
}

/// Adds the patches `from` of the windows in `rows` of one image to the band `x` of that image.
fn add_patches<T: Tiled>(s: &Shape, from: &[T], rows: std::ops::Range<usize>, band: &Band, g: usize, x: &mut [T]) {
    let Group { c, patch, .. } = group(s);
    let windows = rows.flat_map(|row| (0..s.out[1]).map(move |column| (row, column)));
    for ((row, column), from) in windows.zip(from.chunks_exact(patch)) {
        for ky in 0..s.k[0] {
            let Some(y) = s.source(0, row, ky).filter(|y| band.rows.contains(y)) else { continue };
            let line = &mut x[(y - band.rows.start) * s.image[1] * s.c..][..s.image[1] * s.c];
            each_run(s, column, c, |at, tap, len| {
                let to = line[at * s.c + g * c..][..len * c].iter_mut();
                to.zip(&from[(ky * s.k[1] + tap) * c..]).for_each(|(to, from)| *to = *to + *from);
            });
        }
    }
}

/// Packs a group's weight `[o, c, taps]` as the right factor `[(tap, c), o]`.
pub fn by_output<T: Tiled>(weight: &[T], o: usize, c: usize, taps: usize, precision: Precision) -> Panels<T> {
    // The block's rows stay in the fastest cache while they are written column by column.
    let block = (128 / taps).max(1);
    Panels::new(precision, taps * c, o, |panel, to| {
        for first in (0..c).step_by(block) {
            let outputs = weight[..o * c * taps].chunks_exact(c * taps).skip(panel * COLUMNS).take(COLUMNS);
            for (column, weight) in outputs.enumerate() {
                let channels = weight.chunks_exact(taps).enumerate().skip(first).take(block);
                for (channel, weight) in channels {
                    weight.iter().enumerate().for_each(|(tap, weight)| to[tap * c + channel][column] = *weight);
                }
            }
        }
    })
}

/// Packs a group's weight `[o, c, k, l]` as the right factor `[o, (row, column, c)]`.
fn by_patch<T: Tiled>(s: &Shape, weight: &[T], o: usize, c: usize) -> Panels<T> {
    let taps = s.taps();
    Panels::new(s.precision, o, taps * c, |panel, to| {
        if taps == 1 {
            for (to, weight) in to.iter_mut().zip(weight.chunks_exact(c)) {
                let from = &weight[panel * COLUMNS..];
                let count = from.len().min(COLUMNS);
                to[..count].copy_from_slice(&from[..count]);
            }
            return;
        }
        let columns: Vec<usize> = (panel * COLUMNS..taps * c).take(COLUMNS).map(|at| at % c * taps + at / c).collect();
        for (to, weight) in to.iter_mut().zip(weight.chunks_exact(c * taps)) {
            to.iter_mut().zip(&columns).for_each(|(to, at)| *to = weight[*at]);
        }
    })
}

/// Reorders kernels `(row, column, c)` to a weight `[o, c, k, l]`; `place(output, number)` is the index of a value in `from`.
fn reorder<T: Tiled>(s: &Shape, from: &[T], weight: &mut [T], c: usize, place: impl Fn(usize, usize) -> usize + Sync) {
    let taps = s.taps();
    weight.par_chunks_exact_mut(c * taps).enumerate().with_min_len((1 << 14) / (c * taps) + 1).for_each(
        |(output, weight)| {
            for (channel, weight) in weight.chunks_exact_mut(taps).enumerate() {
                weight.iter_mut().enumerate().for_each(|(tap, to)| *to = from[place(output, tap * c + channel)]);
            }
        },
    );
}
