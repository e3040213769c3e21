//! Resampling by a factor of two, up or down, in one pass over images stored with their channels last.
//!
//! The weights along each axis, where pixels outside the image repeat the border pixel:
//!
//! ```text
//! box        up  [1] [1]                  down  [1 1] / 2
//! triangle   up  [1 3] / 4, [3 1] / 4     down  [1 3 3 1] / 8
//! ```
//!
//! The box filter is nearest-neighbor upsampling and 2 × 2 average pooling; the triangle filter is bilinear upsampling, as
//! PyTorch's `interpolate(scale_factor=2, mode="bilinear")`. Downsampling is the adjoint of upsampling divided by 4,
//! including at the border, so each is the other's backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::simd::vectorized;

/// The filter of a resampling by two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blur {
    /// Box: nearest neighbor up, average of 2 × 2 pixels down.
    Box,
    /// Triangle: bilinear up, `[1 3 3 1] / 8` along each axis down.
    Triangle,
}

/// The direction of a resampling by two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// `[n, c, h, w]` → `[n, c, 2h, 2w]`.
    Up,
    /// `[n, c, h, w]` → `[n, c, h / 2, w / 2]`; h and w are even.
    Down,
}

impl Scale {
    /// Output pixels along an axis of `input` pixels.
    fn output(self, input: usize) -> usize {
        match self {
            Self::Up => 2 * input,
            Self::Down => input / 2,
        }
    }

    /// The adjoint as a direction and a factor.
    fn adjoint(self) -> (Self, f64) {
        match self {
            Self::Up => (Self::Down, 4.0),
            Self::Down => (Self::Up, 0.25),
        }
    }

    /// Input index and weight of each tap of output pixel `at` along an axis of `input` pixels, and the number of taps;
    /// entries beyond that number are unused.
    fn taps(self, blur: Blur, at: usize, input: usize) -> ([(usize, f64); 4], usize) {
        let inside = |at: usize, weight: f64| (at.clamp(1, input) - 1, weight);
        // The argument is the index plus one, so that index −1 (the border pixel repeated) stays unsigned.
        match (self, blur) {
            (Self::Up, Blur::Box) => ([inside(at / 2 + 1, 1.0); 4], 1),
            (Self::Up, Blur::Triangle) => {
                let own = inside(at / 2 + 1, 0.75);
                ([own, inside(at / 2 + if at.is_multiple_of(2) { 0 } else { 2 }, 0.25), own, own], 2)
            }
            (Self::Down, Blur::Box) => {
                let [a, b] = [1, 2].map(|next| inside(2 * at + next, 0.5));
                ([a, b, a, b], 2)
            }
            (Self::Down, Blur::Triangle) => (
                [(0, 0.125), (1, 0.375), (2, 0.375), (3, 0.125)].map(|(next, weight)| inside(2 * at + next, weight)),
                4,
            ),
        }
    }
}

/// Doubles width and height: `x [n, c, h, w]` → `[n, c, 2h, 2w]`.
pub fn upsample2x(x: Tensor<4>, blur: Blur) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Resample2xBackend>::resample2x(x.into_dispatch(), Scale::Up, blur, 1.0))
}

/// Halves width and height: `x [n, c, h, w]` → `[n, c, h / 2, w / 2]`.
///
/// # Panics
/// If h or w is odd.
pub fn downsample2x(x: Tensor<4>, blur: Blur) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    assert!(h.is_multiple_of(2) && w.is_multiple_of(2), "{h} × {w} pixels cannot be halved");
    Tensor::from_dispatch(<Dispatch as Resample2xBackend>::resample2x(x.into_dispatch(), Scale::Down, blur, 1.0))
}

/// Resampling by two as a backend extension; the default body is two products with small matrices.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait Resample2xBackend: Backend {
    /// See [`upsample2x`] and [`downsample2x`]; the result is multiplied by `factor`.
    fn resample2x(x: FloatTensor<Self>, scale: Scale, blur: Blur, factor: f64) -> FloatTensor<Self> {
        let [_, _, h, w] = x.shape().dims();
        let (device, dtype) = (x.device(), x.dtype());
        let matrix = |input: usize, factor: f64, transposed: bool| {
            let output = scale.output(input);
            let shape = if transposed { [1, 1, input, output] } else { [1, 1, output, input] };
            let data = TensorData::new(dense(scale, blur, input, factor, transposed), shape).convert_dtype(dtype);
            Self::float_from_data(data, &device)
        };
        let tall = Self::float_matmul(matrix(h, factor, false), x);
        Self::float_matmul(tall, matrix(w, 1.0, true))
    }
}

/// The resampling of one axis as a row-major matrix `[output, input]` times `factor`, or its transpose.
fn dense(scale: Scale, blur: Blur, input: usize, factor: f64, transposed: bool) -> Vec<f64> {
    let output = scale.output(input);
    let mut matrix = vec![0.0; output * input];
    for at in 0..output {
        let (taps, count) = scale.taps(blur, at, input);
        for (from, weight) in &taps[..count] {
            matrix[if transposed { from * output + at } else { at * input + from }] += weight * factor;
        }
    }
    matrix
}

#[cfg(feature = "vulkan")]
impl Resample2xBackend for burn::backend::Cube {}

impl Resample2xBackend for Flex {
    fn resample2x(x: FlexTensor, scale: Scale, blur: Blur, factor: f64) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let [tall, wide] = [scale.output(h), scale.output(w)];
        let x = channels_last(x);
        with_float!(x, T => {
            let x = values::<T>(&x);
            let mut y = Buffer::new(n * tall * wide * c);
            y.par_chunks_exact_mut((wide * c).max(1)).enumerate().for_each(|(line, to)| {
                let image = &x[line / tall * h * w * c..][..h * w * c];
                let (rows, count) = scale.taps(blur, line % tall, h);
                vectorized(
                    #[inline(always)]
                    || {
                        let mut mixed = Buffer::scratch(w * c);
                        mix(&mut mixed, image, &rows[..count], factor);
                        for (at, to) in to.chunks_exact_mut(c).enumerate() {
                            let (columns, count) = scale.taps(blur, at, w);
                            mix(to, &mixed, &columns[..count], 1.0);
                        }
                    },
                );
            });
            from_channels_last(y, [n, c, tall, wide])
        })
    }
}

/// Writes to `to` the weighted sum of the rows of `from` that `taps` name, times `factor`; a row is as long as `to`.
#[inline(always)]
fn mix<T: Float>(to: &mut [T], from: &[T], taps: &[(usize, f64)], factor: f64) {
    for (number, (at, weight)) in taps.iter().enumerate() {
        let (part, weight) = (&from[at * to.len()..][..to.len()], T::from_f64(weight * factor));
        if number == 0 {
            to.iter_mut().zip(part).for_each(|(to, part)| *to = *part * weight);
        } else {
            to.iter_mut().zip(part).for_each(|(to, part)| *to = *to + *part * weight);
        }
    }
}

#[derive(Debug)]
struct Resample2x;

impl<B: Resample2xBackend> Backward<B, 1> for Resample2x {
    type State = (Scale, Blur, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (scale, blur, factor) = ops.state;
        if let Some(node) = node {
            let (back, share) = scale.adjoint();
            grads.register::<B>(node.id, B::resample2x(dy, back, blur, factor * share));
        }
    }
}

impl<B: Resample2xBackend, C: CheckpointStrategy> Resample2xBackend for Autodiff<B, C> {
    fn resample2x(x: FloatTensor<Self>, scale: Scale, blur: Blur, factor: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::resample2x(x, scale, blur, factor);
        match Resample2x.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((scale, blur, factor), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::random::Stream;

    fn random(shape: [usize; 4], name: &str) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), DType::F64))
    }

    fn sum(x: Tensor<4>) -> f64 {
        x.sum().into_scalar()
    }

    #[test]
    fn pixels_follow_the_definition() {
        let row = Tensor::<4>::from_data(TensorData::from([[[[1.0_f32, 2.0], [1.0, 2.0]]]]), &Device::flex());
        let first = |x: Tensor<4>| x.into_data().iter::<f32>().take(4).collect::<Vec<_>>();
        assert_eq!(first(upsample2x(row.clone(), Blur::Box)), [1.0, 1.0, 2.0, 2.0]);
        assert_eq!(first(upsample2x(row.clone(), Blur::Triangle)), [1.0, 1.25, 1.75, 2.0]);
        assert_eq!(first(downsample2x(row.clone(), Blur::Box)), [1.5]);
        let wide = Tensor::cat(vec![row.clone(), row], 3);
        assert_eq!(first(downsample2x(wide, Blur::Triangle))[..2], [1.375, 1.625]);
    }

    #[test]
    fn each_is_the_other_s_adjoint_and_equals_the_matrix_product() {
        for blur in [Blur::Box, Blur::Triangle] {
            let (x, y) = (random([2, 3, 4, 6], "x"), random([2, 3, 8, 12], "y"));
            let forward = sum(upsample2x(x.clone(), blur) * y.clone());
            let back = sum(x.clone() * downsample2x(y.clone(), blur)) * 4.0;
            assert!((forward - back).abs() < 1e-12, "{blur:?}: {forward} and {back}");
            let leaf = Tensor::from_inner(y.clone()).require_grad();
            let loss = (downsample2x(leaf.clone(), blur) * Tensor::from_inner(x.clone())).sum();
            let gradient = leaf.grad(&loss.backward()).unwrap();
            let error = (gradient - upsample2x(x.clone(), blur) * 0.25).abs().max().into_scalar::<f64>();
            assert!(error < 1e-12, "{blur:?}: {error}");
            let by = |scale: Scale, input: usize, transposed| {
                let (rows, columns) =
                    if transposed { (input, scale.output(input)) } else { (scale.output(input), input) };
                let data = TensorData::new(dense(scale, blur, input, 1.0, transposed), [1, 1, rows, columns]);
                Tensor::<4>::from_data(data, (&Device::flex(), DType::F64))
            };
            let product = by(Scale::Up, 4, false).matmul(x.clone()).matmul(by(Scale::Up, 6, true));
            let error = (product - upsample2x(x, blur)).abs().max().into_scalar::<f64>();
            assert!(error < 1e-12, "{blur:?}: {error}");
        }
    }
}
