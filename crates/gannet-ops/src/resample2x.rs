//! Images of twice and of half the width and height, in one pass over images whose channels lie last.
//!
//! Along each axis, with the border's pixels continued beyond it:
//!
//! ```text
//! box        double  [1] [1]              halve  [1 1] / 2
//! triangle   double  [1 3] / 4, [3 1] / 4      halve  [1 3 3 1] / 8
//! ```
//!
//! The box repeats pixels and averages four of them; the triangle is bilinear interpolation, as PyTorch's
//! `interpolate(scale_factor=2, mode="bilinear")`. To halve is the adjoint of to double, divided by 4, border and all: each
//! is the other's backward pass.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::kernel::memory::Buffer;
use crate::real::Real;
use crate::simd::vectorized;

/// What a pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blur {
    /// The pixels that it covers or lies in.
    Box,
    /// Those and their neighbors.
    Triangle,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `[n, c, h, w]` → `[n, c, 2h, 2w]`.
    Up,
    /// `[n, c, h, w]` → `[n, c, h / 2, w / 2]`; h and w are even.
    Down,
}

impl Way {
    fn output(self, input: usize) -> usize {
        match self {
            Self::Up => 2 * input,
            Self::Down => input / 2,
        }
    }

    /// The way of the adjoint, and what it multiplies by.
    fn adjoint(self) -> (Self, f64) {
        match self {
            Self::Up => (Self::Down, 4.0),
            Self::Down => (Self::Up, 0.25),
        }
    }

    /// The pixels, of `input` along an axis, that output pixel `at` is made of, and their weights.
    fn taps(self, blur: Blur, at: usize, input: usize) -> ([(usize, f64); 4], usize) {
        let inside = |at: usize, weight: f64| (at.clamp(1, input) - 1, weight);
        // One beyond the pixel, so that the one before the first is a number.
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

/// `x [n, c, h, w]` → `[n, c, 2h, 2w]`.
pub fn upsample2x(x: Tensor<4>, blur: Blur) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Resample2xBackend>::resample2x(x.into_dispatch(), Way::Up, blur, 1.0))
}

/// `x [n, c, h, w]` → `[n, c, h / 2, w / 2]`.
///
/// # Panics
/// Where h or w is odd.
pub fn downsample2x(x: Tensor<4>, blur: Blur) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    assert!(h.is_multiple_of(2) && w.is_multiple_of(2), "{h} × {w} pixels cannot be halved");
    Tensor::from_dispatch(<Dispatch as Resample2xBackend>::resample2x(x.into_dispatch(), Way::Down, blur, 1.0))
}

/// Doubling and halving, times a factor; the default body is two products with small matrices.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait Resample2xBackend: Backend {
    /// See [`upsample2x`] and [`downsample2x`].
    fn resample2x(x: FloatTensor<Self>, way: Way, blur: Blur, factor: f64) -> FloatTensor<Self> {
        let [_, _, h, w] = x.shape().dims();
        let (device, dtype) = (x.device(), x.dtype());
        let matrix = |input: usize, factor: f64, turned: bool| {
            let output = way.output(input);
            let shape = if turned { [1, 1, input, output] } else { [1, 1, output, input] };
            let data = TensorData::new(dense(way, blur, input, factor, turned), shape).convert_dtype(dtype);
            Self::float_from_data(data, &device)
        };
        let tall = Self::float_matmul(matrix(h, factor, false), x);
        Self::float_matmul(tall, matrix(w, 1.0, true))
    }
}

/// One axis as a matrix `[output, input]`, or turned.
fn dense(way: Way, blur: Blur, input: usize, factor: f64, turned: bool) -> Vec<f64> {
    let output = way.output(input);
    let mut matrix = vec![0.0; output * input];
    for at in 0..output {
        let (taps, count) = way.taps(blur, at, input);
        for (from, weight) in &taps[..count] {
            matrix[if turned { from * output + at } else { at * input + from }] += weight * factor;
        }
    }
    matrix
}

#[cfg(feature = "vulkan")]
impl Resample2xBackend for burn::backend::Cube {}

impl Resample2xBackend for Flex {
    fn resample2x(x: FlexTensor, way: Way, blur: Blur, factor: f64) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let [tall, wide] = [way.output(h), way.output(w)];
        let x = channels_last(x);
        with_float!(x, T => {
            let x = values::<T>(&x);
            let mut y = Buffer::new(n * tall * wide * c);
            y.par_chunks_exact_mut((wide * c).max(1)).enumerate().for_each(|(line, to)| {
                let image = &x[line / tall * h * w * c..][..h * w * c];
                let (rows, count) = way.taps(blur, line % tall, h);
                vectorized(
                    #[inline(always)]
                    || {
                        let mut mixed = Buffer::scratch(w * c);
                        mix(&mut mixed, image, &rows[..count], factor);
                        for (at, to) in to.chunks_exact_mut(c).enumerate() {
                            let (columns, count) = way.taps(blur, at, w);
                            mix(to, &mixed, &columns[..count], 1.0);
                        }
                    },
                );
            });
            from_channels_last(y, [n, c, tall, wide])
        })
    }
}

/// The sum of some parts of `from`, each as long as `to`.
#[inline(always)]
fn mix<T: Real>(to: &mut [T], from: &[T], taps: &[(usize, f64)], factor: f64) {
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
    type State = (Way, Blur, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (way, blur, factor) = ops.state;
        if let Some(node) = node {
            let (back, share) = way.adjoint();
            grads.register::<B>(node.id, B::resample2x(dy, back, blur, factor * share));
        }
    }
}

impl<B: Resample2xBackend, C: CheckpointStrategy> Resample2xBackend for Autodiff<B, C> {
    fn resample2x(x: FloatTensor<Self>, way: Way, blur: Blur, factor: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::resample2x(x, way, blur, factor);
        match Resample2x.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((way, blur, factor), y),
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
    fn pixels_are_made_as_the_definition_has_it() {
        let row = Tensor::<4>::from_data(TensorData::from([[[[1.0_f32, 2.0], [1.0, 2.0]]]]), &Device::flex());
        let first = |x: Tensor<4>| x.into_data().iter::<f32>().take(4).collect::<Vec<_>>();
        assert_eq!(first(upsample2x(row.clone(), Blur::Box)), [1.0, 1.0, 2.0, 2.0]);
        assert_eq!(first(upsample2x(row.clone(), Blur::Triangle)), [1.0, 1.25, 1.75, 2.0]);
        assert_eq!(first(downsample2x(row.clone(), Blur::Box)), [1.5]);
        let wide = Tensor::cat(vec![row.clone(), row], 3);
        assert_eq!(first(downsample2x(wide, Blur::Triangle))[..2], [1.375, 1.625]);
    }

    #[test]
    fn each_is_the_other_s_adjoint_and_the_product_s_equal() {
        for blur in [Blur::Box, Blur::Triangle] {
            let (x, y) = (random([2, 3, 4, 6], "x"), random([2, 3, 8, 12], "y"));
            let forth = sum(upsample2x(x.clone(), blur) * y.clone());
            let back = sum(x.clone() * downsample2x(y.clone(), blur)) * 4.0;
            assert!((forth - back).abs() < 1e-12, "{blur:?}: {forth} and {back}");
            let leaf = Tensor::from_inner(y.clone()).require_grad();
            let loss = (downsample2x(leaf.clone(), blur) * Tensor::from_inner(x.clone())).sum();
            let gradient = leaf.grad(&loss.backward()).unwrap();
            let error = (gradient - upsample2x(x.clone(), blur) * 0.25).abs().max().into_scalar::<f64>();
            assert!(error < 1e-12, "{blur:?}: {error}");
            let by = |way: Way, input: usize, turned| {
                let (rows, columns) = if turned { (input, way.output(input)) } else { (way.output(input), input) };
                let data = TensorData::new(dense(way, blur, input, 1.0, turned), [1, 1, rows, columns]);
                Tensor::<4>::from_data(data, (&Device::flex(), DType::F64))
            };
            let product = by(Way::Up, 4, false).matmul(x.clone()).matmul(by(Way::Up, 6, true));
            let error = (product - upsample2x(x, blur)).abs().max().into_scalar::<f64>();
            assert!(error < 1e-12, "{blur:?}: {error}");
        }
    }
}
