//! The three maps on plain slices: im2col, one matrix product, and back.
//!
//! The batch is cut into chunks whose size depends on the shapes alone, each chunk is worked by one
//! thread, and partial sums are added in the chunks' order: the result has the same bits for any
//! number of threads.

use gemm::Parallelism;
use rayon::prelude::*;

use super::Window;
use crate::flex::Real;

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
    /// Values of one window: the rows of the column matrix.
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

    /// Samples a chunk: enough columns for an efficient product, few enough chunks to share out.
    fn chunk(&self) -> usize {
        const COLUMNS: usize = 512;
        COLUMNS.div_ceil(self.out_pixels()).min(self.n.div_ceil(4)).max(1)
    }
}

/// `y [n, o, h', w'] = x ∗ weight`.
pub fn forward<T: Real>(s: &Shape, x: &[T], weight: &[T]) -> Vec<T> {
    let mut y = vec![T::ZERO; s.n * s.out_len()];
    let chunk = s.chunk();
    y.par_chunks_mut(chunk * s.out_len()).zip(x.par_chunks(chunk * s.image_len())).for_each_init(
        Vec::new,
        |scratch, (y, x)| {
            let samples = x.len() / s.image_len();
            let columns = samples * s.out_pixels();
            let (col, out) = split_scratch(scratch, s.patch() * columns, if samples > 1 { y.len() } else { 0 });
            im2col(s, x, samples, col);
            let product = if samples > 1 { &mut *out } else { &mut *y };
            matmul(product, weight, col, [s.o, s.patch(), columns], Layout::Plain, false);
            if samples > 1 {
                spread(s.o, s.out_pixels(), samples, out, y);
            }
        },
    );
    y
}

/// `x [n, i, h, w]` such that `⟨x, x'⟩ = ⟨y, x' ∗ weight⟩` for all `x'`.
pub fn image_adjoint<T: Real>(s: &Shape, y: &[T], weight: &[T]) -> Vec<T> {
    let mut x = vec![T::ZERO; s.n * s.image_len()];
    let chunk = s.chunk();
    x.par_chunks_mut(chunk * s.image_len()).zip(y.par_chunks(chunk * s.out_len())).for_each_init(
        Vec::new,
        |scratch, (x, y)| {
            let samples = y.len() / s.out_len();
            let columns = samples * s.out_pixels();
            let (col, gathered) = split_scratch(scratch, s.patch() * columns, if samples > 1 { y.len() } else { 0 });
            let y = if samples > 1 {
                gather(s.o, s.out_pixels(), samples, y, gathered);
                &*gathered
            } else {
                y
            };
            matmul(col, weight, y, [s.patch(), s.o, columns], Layout::LeftTransposed, false);
            col2im(s, col, samples, x);
        },
    );
    x
}

/// `weight [o, i, k, k]` such that `⟨weight, w'⟩ = ⟨y, x ∗ w'⟩` for all `w'`.
pub fn weight_adjoint<T: Real>(s: &Shape, x: &[T], y: &[T]) -> Vec<T> {
    let len = s.o * s.patch();
    let chunk = s.chunk();
    // As many partial sums as memory allows; a function of the shapes, so that sums keep their order.
    let groups = (16_000_000 / len).clamp(1, 8);
    let per_group = s.n.div_ceil(chunk).div_ceil(groups) * chunk;
    let partial: Vec<Vec<T>> = x
        .par_chunks(per_group * s.image_len())
        .zip(y.par_chunks(per_group * s.out_len()))
        .map(|(x, y)| weight_group(s, x, y, chunk, len))
        .collect();
    let mut partial = partial.into_iter();
    let mut total = partial.next().unwrap_or_else(|| vec![T::ZERO; len]);
    for part in partial {
        for (total, part) in total.iter_mut().zip(part) {
            *total = *total + part;
        }
    }
    total
}

fn weight_group<T: Real>(s: &Shape, x: &[T], y: &[T], chunk: usize, len: usize) -> Vec<T> {
    let mut weight = vec![T::ZERO; len];
    let mut scratch = Vec::new();
    let mut add = false;
    for (x, y) in x.chunks(chunk * s.image_len()).zip(y.chunks(chunk * s.out_len())) {
        let samples = x.len() / s.image_len();
        let columns = samples * s.out_pixels();
        let (col, gathered) = split_scratch(&mut scratch, s.patch() * columns, if samples > 1 { y.len() } else { 0 });
        im2col(s, x, samples, col);
        let y = if samples > 1 {
            gather(s.o, s.out_pixels(), samples, y, gathered);
            &*gathered
        } else {
            y
        };
        matmul(&mut weight, y, col, [s.o, columns, s.patch()], Layout::RightTransposed, add);
        add = true;
    }
    weight
}

fn split_scratch<T: Real>(scratch: &mut Vec<T>, first: usize, second: usize) -> (&mut [T], &mut [T]) {
    if scratch.len() < first + second {
        scratch.resize(first + second, T::ZERO);
    }
    scratch[..first + second].split_at_mut(first)
}

/// Range of output positions whose window's pixel `offset` lies inside a side of `size` pixels.
fn inside(offset: usize, size: usize, out: usize, window: Window) -> std::ops::Range<usize> {
    let Window { stride, padding } = window;
    let start = padding.saturating_sub(offset).div_ceil(stride).min(out);
    let end = if size + padding > offset { (size + padding - offset - 1) / stride + 1 } else { 0 };
    start..end.clamp(start, out)
}

/// Writes each window of `samples` images as a column: rows `(channel, ky, kx)`, columns `(sample, y, x)`.
fn im2col<T: Real>(s: &Shape, x: &[T], samples: usize, col: &mut [T]) {
    let Window { stride, padding } = s.window;
    let [height, width] = s.image;
    let columns = samples * s.out_pixels();
    for (row, col) in col.chunks_exact_mut(columns).enumerate() {
        let (channel, ky, kx) = (row / (s.k * s.k), row / s.k % s.k, row % s.k);
        let (ys, xs) = (inside(ky, height, s.out[0], s.window), inside(kx, width, s.out[1], s.window));
        for (sample, col) in col.chunks_exact_mut(s.out_pixels()).enumerate() {
            let plane = &x[(sample * s.i + channel) * height * width..][..height * width];
            for (oy, line) in col.chunks_exact_mut(s.out[1]).enumerate() {
                if !ys.contains(&oy) || xs.is_empty() {
                    line.fill(T::ZERO);
                    continue;
                }
                line[..xs.start].fill(T::ZERO);
                line[xs.end..].fill(T::ZERO);
                let source = &plane[(oy * stride + ky - padding) * width..][..width];
                let source = &source[xs.start * stride + kx - padding..];
                let line = &mut line[xs.clone()];
                match stride {
                    1 => line.copy_from_slice(&source[..line.len()]),
                    2 => every_second(source, line),
                    _ => line.iter_mut().zip(source.iter().step_by(stride)).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }
}

/// Copies the 1st, 3rd, 5th … value; pairs are what a compiler turns into shuffles.
fn every_second<T: Real>(from: &[T], to: &mut [T]) {
    let (pairs, rest) = from.as_chunks::<2>();
    to.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair[0]);
    if let (Some(to), [last]) = (to.get_mut(pairs.len()), rest) {
        *to = *last;
    }
}

/// Adds to the 1st, 3rd, 5th … value.
fn add_to_every_second<T: Real>(to: &mut [T], from: &[T]) {
    let (pairs, rest) = to.as_chunks_mut::<2>();
    let count = pairs.len();
    pairs.iter_mut().zip(from).for_each(|(pair, from)| pair[0] = pair[0] + *from);
    if let ([last], Some(from)) = (rest, from.get(count)) {
        *last = *last + *from;
    }
}

/// The adjoint of [`im2col`]: adds each column back to its window.
fn col2im<T: Real>(s: &Shape, col: &[T], samples: usize, x: &mut [T]) {
    let Window { stride, padding } = s.window;
    let [height, width] = s.image;
    let columns = samples * s.out_pixels();
    for (row, col) in col.chunks_exact(columns).enumerate() {
        let (channel, ky, kx) = (row / (s.k * s.k), row / s.k % s.k, row % s.k);
        let (ys, xs) = (inside(ky, height, s.out[0], s.window), inside(kx, width, s.out[1], s.window));
        if xs.is_empty() {
            continue;
        }
        for (sample, col) in col.chunks_exact(s.out_pixels()).enumerate() {
            let plane = &mut x[(sample * s.i + channel) * height * width..][..height * width];
            for oy in ys.clone() {
                let line = &col[oy * s.out[1]..][xs.clone()];
                let target = &mut plane[(oy * stride + ky - padding) * width..][..width];
                let target = &mut target[xs.start * stride + kx - padding..];
                match stride {
                    1 => target.iter_mut().zip(line).for_each(|(to, from)| *to = *to + *from),
                    2 => add_to_every_second(target, line),
                    _ => target.iter_mut().step_by(stride).zip(line).for_each(|(to, from)| *to = *to + *from),
                }
            }
        }
    }
}

/// `[channel, sample, pixel]` → `[sample, channel, pixel]`.
fn spread<T: Real>(channels: usize, pixels: usize, samples: usize, from: &[T], to: &mut [T]) {
    for (sample, to) in to.chunks_exact_mut(channels * pixels).enumerate() {
        for (channel, to) in to.chunks_exact_mut(pixels).enumerate() {
            to.copy_from_slice(&from[(channel * samples + sample) * pixels..][..pixels]);
        }
    }
}

/// `[sample, channel, pixel]` → `[channel, sample, pixel]`.
fn gather<T: Real>(channels: usize, pixels: usize, samples: usize, from: &[T], to: &mut [T]) {
    // The same permutation with the two outer axes exchanged.
    spread(samples, pixels, channels, from, to);
}

/// Which factor of a product is stored transposed.
#[derive(Clone, Copy)]
enum Layout {
    Plain,
    LeftTransposed,
    RightTransposed,
}

/// `c [m, n] = a [m, k] · b [k, n]`, or `+=` with `add`; all row-major but for the factor named by `layout`.
#[expect(unsafe_code, reason = "the matrix product's crate takes pointers")]
fn matmul<T: Real>(c: &mut [T], a: &[T], b: &[T], [m, k, n]: [usize; 3], layout: Layout, add: bool) {
    assert!(c.len() == m * n && a.len() == m * k && b.len() == k * n, "factors do not fit");
    let (a_row, a_col) = if matches!(layout, Layout::LeftTransposed) { (1, m) } else { (k, 1) };
    let (b_row, b_col) = if matches!(layout, Layout::RightTransposed) { (1, k) } else { (n, 1) };
    // SAFETY: the lengths were checked above, and each stride pair addresses exactly m·n, m·k or
    // k·n elements of its slice; `c` is borrowed mutably, so nothing aliases it.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.as_ptr(),
            a_col as isize,
            a_row as isize,
            b.as_ptr(),
            b_col as isize,
            b_row as isize,
            T::from_f64(1.0),
            T::from_f64(1.0),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
