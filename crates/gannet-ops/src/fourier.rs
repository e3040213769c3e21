//! The two-dimensional Fourier transform of real images of any size, and back, with the orthonormal scale 1 / √(h w).
//!
//! The spectrum of a real image is symmetric, so only the w/2 + 1 columns of frequencies that are not negative are kept. Real and
//! imaginary parts are channels beside each other. With its channels last in memory such a spectrum is an array of complex
//! numbers.
//!
//! Both transforms are linear. With the number of times, 1 or 2, that a kept column stands in the whole spectrum, each is the adjoint
//! of the other: the adjoint of the spectrum is the image of the gradient divided by this number, and the adjoint of the image is the
//! spectrum of the gradient times this number.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor, TensorData};
use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftPlanner};

use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;

/// `x [n, c, h, w]` → its spectrum `[n, 2c, h, w/2 + 1]`: the real part of channel c is channel 2c, the imaginary part 2c + 1.
pub fn spectrum(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as FourierBackend>::spectrum(x.into_dispatch()))
}

/// `spectrum [n, 2c, h, w/2 + 1]` → the real image `[n, c, h, w]` of `width` w. Imaginary parts that no real image has are ignored.
///
/// # Panics
/// Where the spectrum has an odd number of channels, or another width.
pub fn image(spectrum: Tensor<4>, width: usize) -> Tensor<4> {
    let [_, c, _, columns] = spectrum.dims();
    assert!(c.is_multiple_of(2) && columns == width / 2 + 1, "{c} channels and {columns} columns for width {width}");
    Tensor::from_dispatch(<Dispatch as FourierBackend>::image(spectrum.into_dispatch(), width))
}

/// Both transforms as a backend extension; the default bodies are products with the matrices of the definition.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait FourierBackend: Backend {
    /// See [`spectrum`].
    fn spectrum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        spectrum_by_matrices::<Self>(x)
    }

    /// See [`image`].
    fn image(spectrum: FloatTensor<Self>, width: usize) -> FloatTensor<Self> {
        image_by_matrices::<Self>(spectrum, width)
    }
}

/// How often column `k` of a kept half stands in the spectrum of `width` columns.
fn times(k: usize, width: usize) -> f64 {
    if k == 0 || 2 * k == width { 1.0 } else { 2.0 }
}

/// The spectrum multiplied by `factor` of each column's [`times`].
fn weighted<B: Backend>(spectrum: FloatTensor<B>, width: usize, factor: impl Fn(f64) -> f64) -> FloatTensor<B> {
    let (device, dtype) = (spectrum.device(), spectrum.dtype());
    let weights: Vec<f64> = (0..width / 2 + 1).map(|k| factor(times(k, width))).collect();
    let weights = TensorData::new(weights, [1, 1, 1, width / 2 + 1]).convert_dtype(dtype);
    B::float_mul(spectrum, B::float_from_data(weights, &device))
}

/// `[1, 1, rows, columns]` of `f(angle)` with the angle 2π · row · column / length, over √length.
fn matrix<B: Backend>(
    like: &FloatTensor<B>,
    [rows, columns, length]: [usize; 3],
    f: impl Fn(usize, f64) -> f64,
) -> FloatTensor<B> {
    let angle = |row: usize, column: usize| std::f64::consts::TAU * (row * column % length) as f64 / length as f64;
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let scale = (length as f64).sqrt().recip();
    let values: Vec<f64> = places.map(|(row, column)| scale * f(row, angle(row, column))).collect();
    let data = TensorData::new(values, [1, 1, rows, columns]).convert_dtype(like.dtype());
    B::float_from_data(data, &like.device())
}

/// `(a + i b) · (cos ± i sin)` along the columns: `[n, c, h, w]` each, by matrices `[1, 1, h, h]`.
fn turned<B: Backend>([a, b]: [FloatTensor<B>; 2], forward: bool) -> [FloatTensor<B>; 2] {
    let h = a.shape()[2];
    let sign = if forward { -1.0 } else { 1.0 };
    let cos = matrix::<B>(&a, [h, h, h], |_, angle| angle.cos());
    let sin = matrix::<B>(&a, [h, h, h], |_, angle| sign * angle.sin());
    let product = |matrix: &FloatTensor<B>, x: &FloatTensor<B>| B::float_matmul(matrix.clone(), x.clone());
    [B::float_sub(product(&cos, &a), product(&sin, &b)), B::float_add(product(&cos, &b), product(&sin, &a))]
}

fn spectrum_by_matrices<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [n, c, h, w] = x.shape().dims();
    let columns = w / 2 + 1;
    let cos = matrix::<B>(&x, [w, columns, w], |_, angle| angle.cos());
    let sin = matrix::<B>(&x, [w, columns, w], |_, angle| -angle.sin());
    let rows = [B::float_matmul(x.clone(), cos), B::float_matmul(x, sin)];
    let parts = turned::<B>(rows, true).map(|part| B::float_reshape(part, Shape::new([n, c, 1, h * columns])));
    B::float_reshape(B::float_cat(parts.to_vec(), 2), Shape::new([n, 2 * c, h, columns]))
}

fn image_by_matrices<B: Backend>(spectrum: FloatTensor<B>, width: usize) -> FloatTensor<B> {
    let [n, doubled, h, columns] = spectrum.shape().dims();
    let pairs = B::float_reshape(spectrum, Shape::new([n, doubled / 2, 2, h * columns]));
    let part = |at: usize| {
        let ranges = [0..n, 0..doubled / 2, at..at + 1, 0..h * columns];
        let part = B::float_slice(pairs.clone(), &ranges.map(Into::into));
        B::float_reshape(part, Shape::new([n, doubled / 2, h, columns]))
    };
    let [re, im] = turned::<B>([part(0), part(1)], false);
    let cos = matrix::<B>(&re, [columns, width, width], |k, angle| times(k, width) * angle.cos());
    let sin = matrix::<B>(&re, [columns, width, width], |k, angle| times(k, width) * angle.sin());
    B::float_sub(B::float_matmul(re, cos), B::float_matmul(im, sin))
}

#[cfg(feature = "vulkan")]
impl FourierBackend for burn::backend::Cube {}

impl FourierBackend for Flex {
    fn spectrum(x: FlexTensor) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let x = channels_last(x);
        with_float!(x, T => {
            let rows = row_spectra(values::<T>(&x), w, c);
            let all = columns(&rows, [n, h, w / 2 + 1, c], FftDirection::Forward, ((h * w) as f64).sqrt().recip());
            from_channels_last(all, [n, 2 * c, h, w / 2 + 1])
        })
    }

    fn image(spectrum: FlexTensor, width: usize) -> FlexTensor {
        let [n, doubled, h, kept] = spectrum.shape().dims();
        let c = doubled / 2;
        let spectrum = channels_last(spectrum);
        with_float!(spectrum, T => {
            let scale = ((h * width) as f64).sqrt().recip();
            let all = columns(values::<T>(&spectrum), [n, h, kept, c], FftDirection::Inverse, scale);
            from_channels_last(row_images(&all, width, c), [n, c, h, width])
        })
    }
}

/// A transform of lines of one length, in double precision.
struct Line {
    fft: std::sync::Arc<dyn Fft<f64>>,
}

/// The memory for a transform of a line.
struct Room {
    line: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Line {
    fn new(length: usize, direction: FftDirection) -> Self {
        Self { fft: FftPlanner::new().plan_fft(length, direction) }
    }

    fn room(&self) -> Room {
        let zeros = |count| vec![Complex::default(); count];
        Room { line: zeros(self.fft.len()), scratch: zeros(self.fft.get_inplace_scratch_len()) }
    }

    fn transform(&self, room: &mut Room) {
        self.fft.process_with_scratch(&mut room.line, &mut room.scratch);
    }
}

/// The half spectra `[rows, w/2 + 1, c]` of complex numbers, without a scale, of the rows of `x [rows, w, c]`.
///
/// Two channels are the real and the imaginary part of one transform. Their spectra are its symmetric and antisymmetric parts.
fn row_spectra<T: Float>(x: &[T], w: usize, c: usize) -> Buffer<T> {
    let (kept, line) = (w / 2 + 1, Line::new(w, FftDirection::Forward));
    let mut spectra = Buffer::new(x.len() / w * kept * 2);
    let rows = spectra.par_chunks_exact_mut(2 * c * kept).zip(x.par_chunks_exact(c * w));
    rows.for_each_init(
        || line.room(),
        |room, (to, from)| {
            for channel in (0..c).step_by(2) {
                let second = channel + 1 < c;
                for (value, from) in room.line.iter_mut().zip(from.chunks_exact(c)) {
                    let im = if second { from[channel + 1].to_f64() } else { 0.0 };
                    *value = Complex::new(from[channel].to_f64(), im);
                }
                line.transform(room);
                for (k, to) in to.chunks_exact_mut(2 * c).enumerate() {
                    let (value, mirrored) = (room.line[k], room.line[(w - k) % w].conj());
                    put(&mut to[2 * channel..], (value + mirrored) * 0.5);
                    if second {
                        put(&mut to[2 * channel + 2..], (value - mirrored) * Complex::new(0.0, -0.5));
                    }
                }
            }
        },
    );
    spectra
}

/// The rows `[rows, w, c]` of real images, without a scale, from half spectra `[rows, w/2 + 1, c]`.
fn row_images<T: Float>(spectra: &[T], w: usize, c: usize) -> Buffer<T> {
    let (kept, line) = (w / 2 + 1, Line::new(w, FftDirection::Inverse));
    let mut images = Buffer::new(spectra.len() / (2 * kept) * w);
    let rows = images.par_chunks_exact_mut(c * w).zip(spectra.par_chunks_exact(2 * c * kept));
    rows.for_each_init(
        || line.room(),
        |room, (to, from)| {
            for channel in (0..c).step_by(2) {
                let second = channel + 1 < c;
                for k in 0..kept {
                    let from = &from[2 * c * k..];
                    let own = |channel: usize| {
                        let value = take(&from[2 * channel..]);
                        if times(k, w) == 1.0 { Complex::new(value.re, 0.0) } else { value }
                    };
                    let (a, b) = (own(channel), if second { own(channel + 1) } else { Complex::default() });
                    let i = Complex::new(0.0, 1.0);
                    room.line[k] = a + i * b;
                    if k > 0 {
                        room.line[w - k] = a.conj() + i * b.conj();
                    }
                }
                line.transform(room);
                for (value, to) in room.line.iter().zip(to.chunks_exact_mut(c)) {
                    to[channel] = T::from_f64(value.re);
                    if second {
                        to[channel + 1] = T::from_f64(value.im);
                    }
                }
            }
        },
    );
    images
}

/// The transforms of the columns of `x [n, h, w, c]` of complex numbers, times `scale`.
fn columns<T: Float>(x: &[T], [n, h, w, c]: [usize; 4], direction: FftDirection, scale: f64) -> Buffer<T> {
    let line = Line::new(h, direction);
    // By columns, `[n, w, h, c]`, so that each thread writes to memory of its own.
    let mut turned = Buffer::<T>::new(x.len());
    turned.par_chunks_exact_mut(2 * c * h).enumerate().for_each_init(
        || line.room(),
        |room, (column, to)| {
            let first = (column / w * h * w + column % w) * 2 * c;
            for channel in 0..c {
                for (y, value) in room.line.iter_mut().enumerate() {
                    *value = take(&x[first + y * w * 2 * c + 2 * channel..]);
                }
                line.transform(room);
                for (value, to) in room.line.iter().zip(to.chunks_exact_mut(2 * c)) {
                    put(&mut to[2 * channel..], value * scale);
                }
            }
        },
    );
    let mut all = Buffer::new(n * h * w * 2 * c);
    all.par_chunks_exact_mut(2 * c).enumerate().for_each(|(pixel, to)| {
        let (image, y, column) = (pixel / (h * w), pixel / w % h, pixel % w);
        to.copy_from_slice(&turned[((image * w + column) * h + y) * 2 * c..][..2 * c]);
    });
    all
}

fn take<T: Float>(from: &[T]) -> Complex<f64> {
    Complex::new(from[0].to_f64(), from[1].to_f64())
}

fn put<T: Float>(to: &mut [T], value: Complex<f64>) {
    [to[0], to[1]] = [value.re, value.im].map(T::from_f64);
}

#[derive(Debug)]
struct OfImage;

impl<B: FourierBackend> Backward<B, 1> for OfImage {
    type State = usize;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            let width = ops.state;
            grads.register::<B>(node.id, B::image(weighted::<B>(dy, width, f64::recip), width));
        }
    }
}

#[derive(Debug)]
struct OfSpectrum;

impl<B: FourierBackend> Backward<B, 1> for OfSpectrum {
    type State = usize;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            grads.register::<B>(node.id, weighted::<B>(B::spectrum(dy), ops.state, |times| times));
        }
    }
}

impl<B: FourierBackend, C: CheckpointStrategy> FourierBackend for Autodiff<B, C> {
    fn spectrum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let width = x.shape()[3];
        let y = B::spectrum(x);
        match OfImage.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(width, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn image(spectrum: FloatTensor<Self>, width: usize) -> FloatTensor<Self> {
        let (spectrum, node) = spectrum.into_parts();
        let y = B::image(spectrum, width);
        match OfSpectrum.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(width, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::random::Stream;

    /// Even and odd sides, sides of one pixel, even and odd numbers of channels.
    const SHAPES: [[usize; 4]; 5] = [[2, 3, 5, 4], [1, 2, 6, 7], [1, 1, 1, 8], [2, 1, 4, 1], [1, 4, 1, 1]];

    fn random(name: &str, shape: [usize; 4]) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex().autodiff(), DType::F64))
    }

    fn off(a: Tensor<4>, b: Tensor<4>) -> f64 {
        (a - b).abs().max().into_scalar()
    }

    fn on_flex(x: Tensor<4>, f: impl Fn(FlexTensor) -> FlexTensor) -> Tensor<4> {
        let data = f(FlexTensor::from_data(x.into_data())).into_data();
        Tensor::from_data(data, (&Device::flex(), DType::F64))
    }

    #[test]
    fn transforms_are_those_of_the_definition_and_inverse_to_each_other() {
        for shape in SHAPES {
            let x = random("x", shape).inner();
            let found = spectrum(x.clone());
            let defined = on_flex(x.clone(), spectrum_by_matrices::<Flex>);
            assert!(off(found.clone(), defined) < 1e-12, "{shape:?}");
            assert!(off(image(found.clone(), shape[3]), x) < 1e-12, "{shape:?}");
            // Of any numbers, also those that are no image's spectrum.
            let any = random("any", found.dims()).inner();
            let defined = on_flex(any.clone(), |any| image_by_matrices::<Flex>(any, shape[3]));
            assert!(off(image(any, shape[3]), defined) < 1e-12, "{shape:?}");
        }
    }

    /// ⟨f(x), u⟩ = ⟨x, gradient⟩ for linear maps.
    #[test]
    fn gradients_are_the_adjoints() {
        for shape in SHAPES {
            let width = shape[3];
            let maps: [(&dyn Fn(Tensor<4>) -> Tensor<4>, Tensor<4>); 2] = [
                (&spectrum, random("x", shape)),
                (&|s| image(s, width), random("s", spectrum(random("x", shape)).dims())),
            ];
            for (map, x) in maps {
                let x = x.require_grad();
                let y = map(x.clone());
                let u = random("u", y.dims());
                let gradient = x.grad(&(y.clone() * u.clone()).sum().backward()).unwrap();
                let sum = |a: Tensor<4>, b: Tensor<4>| (a * b).sum().into_scalar::<f64>();
                // Each direction of x by itself: the map is linear, so a difference is exact.
                let v = random("v", x.dims()).inner();
                let along = sum(map(v.clone()), u.inner());
                assert!((along - sum(v, gradient)).abs() < 1e-10, "{shape:?}");
            }
        }
    }
}
