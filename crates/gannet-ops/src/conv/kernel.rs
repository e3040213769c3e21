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

/// A padded plane taken apart by the remainders of its coordinates modulo the stride, so that what one row of the
/// column matrix needs of it lies in whole lines side by side.
struct Phases<T> {
    stride: usize,
    /// Rows and columns of a phase.
    rows: usize,
    columns: usize,
    /// `[stride, stride, rows, columns]`.
    values: Vec<T>,
}

impl<T: Real> Phases<T> {
    fn new(s: &Shape) -> Self {
        let Window { stride, padding } = s.window;
        let [rows, columns] = s.image.map(|side| (side + 2 * padding).div_ceil(stride));
        Self { stride, rows, columns, values: vec![T::ZERO; stride * stride * rows * columns] }
    }

    /// Where the window's pixel `(ky, kx)` of the first output lies; the next output is the next value.
    fn start(&self, ky: usize, kx: usize) -> usize {
        let phase = ky % self.stride * self.stride + kx % self.stride;
        (phase * self.rows + ky / self.stride) * self.columns + kx / self.stride
    }

    /// Calls `f(value, phase start)` for each line of the plane and each column's remainder.
    fn each_line(&self, s: &Shape, mut f: impl FnMut(usize, usize, usize)) {
        for y in 0..s.image[0] {
            for remainder in 0..self.stride {
                // The first pixel of the line whose padded column has this remainder.
                let first = (remainder + self.stride - s.window.padding % self.stride) % self.stride;
                f(y, first, self.start(y + s.window.padding, first + s.window.padding));
            }
        }
    }

    fn scatter(&mut self, s: &Shape, plane: &[T]) {
        let (stride, width) = (self.stride, s.image[1]);
        let mut values = std::mem::take(&mut self.values);
        self.each_line(s, |y, first, start| {
            let line = &plane[y * width..][..width];
            let from = line.get(first..).unwrap_or_default();
            values[start..].iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from);
        });
        self.values = values;
    }

    fn gather(&self, s: &Shape, plane: &mut [T]) {
        let (stride, width) = (self.stride, s.image[1]);
        self.each_line(s, |y, first, start| {
            let line = &mut plane[y * width..][..width];
            let to = line.get_mut(first..).unwrap_or_default();
            to.iter_mut().step_by(stride).zip(&self.values[start..]).for_each(|(to, from)| *to = *from);
        });
    }
}

/// Calls a function whose last generic argument is a line's width, which the compiler knows for the usual ones; 0
/// stands for all others.
macro_rules! by_width {
    ($width:expr, $f:ident($($argument:expr),*)) => {
        match $width {
            1 => $f::<T, 1>($($argument),*),
            4 => $f::<T, 4>($($argument),*),
            7 => $f::<T, 7>($($argument),*),
            8 => $f::<T, 8>($($argument),*),
            14 => $f::<T, 14>($($argument),*),
            16 => $f::<T, 16>($($argument),*),
            32 => $f::<T, 32>($($argument),*),
            64 => $f::<T, 64>($($argument),*),
            _ => $f::<T, 0>($($argument),*),
        }
    };
}

fn copy_lines<T: Real, const W: usize>(width: usize, from: &[T], columns: usize, to: &mut [T]) {
    let width = if W == 0 { width } else { W };
    for (y, to) in to.chunks_exact_mut(width).enumerate() {
        to.copy_from_slice(&from[y * columns..][..width]);
    }
}

fn add_lines<T: Real, const W: usize>(width: usize, from: &[T], columns: usize, to: &mut [T]) {
    let width = if W == 0 { width } else { W };
    for (y, from) in from.chunks_exact(width).enumerate() {
        let to = &mut to[y * columns..][..width];
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from);
    }
}

/// Writes each window of `samples` images as a column: rows `(channel, ky, kx)`, columns `(sample, y, x)`.
fn im2col<T: Real>(s: &Shape, x: &[T], samples: usize, col: &mut [T]) {
    let (plane, pixels, width) = (s.image[0] * s.image[1], s.out_pixels(), s.out[1]);
    let mut phases = Phases::new(s);
    for (index, x) in x.chunks_exact(plane).enumerate() {
        let (sample, channel) = (index / s.i, index % s.i);
        phases.scatter(s, x);
        for (ky, kx) in (0..s.k).flat_map(|ky| (0..s.k).map(move |kx| (ky, kx))) {
            let row = (channel * s.k + ky) * s.k + kx;
            let to = &mut col[(row * samples + sample) * pixels..][..pixels];
            let from = &phases.values[phases.start(ky, kx)..];
            by_width!(width, copy_lines(width, from, phases.columns, to));
        }
    }
}

/// The adjoint of [`im2col`]: adds each column back to its window.
fn col2im<T: Real>(s: &Shape, col: &[T], samples: usize, x: &mut [T]) {
    let (plane, pixels, width) = (s.image[0] * s.image[1], s.out_pixels(), s.out[1]);
    let mut phases = Phases::new(s);
    for (index, x) in x.chunks_exact_mut(plane).enumerate() {
        let (sample, channel) = (index / s.i, index % s.i);
        phases.values.fill(T::ZERO);
        for (ky, kx) in (0..s.k).flat_map(|ky| (0..s.k).map(move |kx| (ky, kx))) {
            let row = (channel * s.k + ky) * s.k + kx;
            let from = &col[(row * samples + sample) * pixels..][..pixels];
            let start = phases.start(ky, kx);
            let columns = phases.columns;
            by_width!(width, add_lines(width, from, columns, &mut phases.values[start..]));
        }
        phases.gather(s, x);
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
