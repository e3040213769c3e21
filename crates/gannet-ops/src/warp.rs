//! Affine warping of images with bilinear interpolation, each image by its own map.
//!
//! An output pixel is the weighted mean of the four input pixels around its source position. The positions and weights do
//! not depend on the channel, so one list of taps serves all channels of a pixel. The adjoint adds each gradient to the
//! four input pixels with the same weights.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{IndexingUpdateOp, Shape, Tensor, TensorData};
use rayon::prelude::*;

use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::resample::mirrored;
use crate::simd::vectorized;

/// The values of pixels outside the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// Zero, which is middle gray in images scaled to `[−1, 1]`.
    Zeros,
    /// The image mirrored at its border, with the border pixel repeated.
    Mirrored,
}

/// An affine map `[a, b, c, d, e, f]` from output to input positions: the output pixel at `(x, y)` takes its value from
/// `(a x + b y + c, d x + e y + f)`. Positions are in pixels, relative to the center of the image.
pub type Affine = [f64; 6];

/// The map that leaves the image as it is.
pub const IDENTITY: Affine = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// The map that applies `first` to a position and `then` to the result.
pub fn compose(first: Affine, then: Affine) -> Affine {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = then;
    [g * a + h * d, g * b + h * e, g * c + h * f + i, j * a + k * d, j * b + k * e, j * c + k * f + l]
}

/// Warps each of `images [n, c, h, w]` by its own map; the result is `[n, c, h, w]` and differentiable in the images.
///
/// # Panics
/// Unless there are as many maps as images.
pub fn warp(images: Tensor<4>, maps: &[Affine], border: Border) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    assert_eq!(n, maps.len(), "one map per image");
    let mut taps = vec![[(0, 0.0); 4]; n * h * w];
    taps.par_chunks_exact_mut(w.max(1)).enumerate().for_each(|(line, row)| {
        vectorized(
            #[inline(always)]
            || {
                for (x, taps) in row.iter_mut().enumerate() {
                    let from = source(&maps[line / h], [x, line % h], [w, h]);
                    *taps = bilinear_taps(from, [w, h], border);
                }
            },
        );
    });
    let taps = Taps(taps.into());
    Tensor::from_dispatch(<Dispatch as WarpBackend>::warp(images.into_dispatch(), taps, Direction::Forward))
}

/// The source position of an output pixel, in pixels, relative to the center of the first pixel.
#[inline(always)]
fn source(map: &Affine, [x, y]: [usize; 2], [w, h]: [usize; 2]) -> [f64; 2] {
    let (middle_x, middle_y) = ((w as f64 - 1.0) / 2.0, (h as f64 - 1.0) / 2.0);
    let (x, y) = (x as f64 - middle_x, y as f64 - middle_y);
    let [a, b, c, d, e, f] = map;
    // Rounding errors must not turn a shift by whole pixels into an interpolation.
    let rounded = |at: f64| (at * 1e6).round_ties_even() / 1e6;
    [rounded(a * x + b * y + c + middle_x), rounded(d * x + e * y + f + middle_y)]
}

/// Row-major index and weight of the four pixels around a position.
#[inline(always)]
fn bilinear_taps([x, y]: [f64; 2], side: [usize; 2], border: Border) -> [(u32, f32); 4] {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let tap = |dx: f64, dy: f64, weight: f64| {
        pixel([left + dx, top + dy], side, border).map_or((0, 0.0), |at| (at as u32, weight as f32))
    };
    [
        tap(0.0, 0.0, (1.0 - across) * (1.0 - down)),
        tap(1.0, 0.0, across * (1.0 - down)),
        tap(0.0, 1.0, (1.0 - across) * down),
        tap(1.0, 1.0, across * down),
    ]
}

/// The row-major index of the pixel at integer coordinates; none if its value is zero.
#[inline(always)]
fn pixel([x, y]: [f64; 2], [w, h]: [usize; 2], border: Border) -> Option<usize> {
    let inside = |at: f64, side: usize| at >= 0.0 && at < side as f64;
    match border {
        _ if inside(x, w) && inside(y, h) => Some(y as usize * w + x as usize),
        Border::Zeros => None,
        Border::Mirrored => Some(mirrored(y as isize, h) * w + mirrored(x as isize, w)),
    }
}

/// For each output pixel of all images, the four taps: the index of the input pixel within its image, and the weight.
#[derive(Debug, Clone)]
pub struct Taps(Arc<[[(u32, f32); 4]]>);

/// Whether the taps are applied or their adjoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Each output pixel gathers its four taps.
    Forward,
    /// Each pixel is scattered to its four taps.
    Adjoint,
}

/// Warping by taps as a backend extension; the default body uses Burn's gather and scatter.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait WarpBackend: Backend {
    /// `x [n, c, h, w]` → `[n, c, h, w]`, with `n · h · w` taps.
    fn warp(x: FloatTensor<Self>, taps: Taps, direction: Direction) -> FloatTensor<Self> {
        let [n, c, h, w] = x.shape().dims();
        let (device, dtype) = (x.device(), x.dtype());
        let x = Self::float_reshape(x, Shape::from([n, c, h * w]));
        let zeros = Self::float_zeros(Shape::from([n, c, h * w]), &device, dtype.into());
        let sum = (0..4).fold(zeros, |sum, number| {
            let (at, weights): (Vec<i32>, Vec<f32>) =
                taps.0.iter().map(|four| (four[number].0 as i32, four[number].1)).unzip();
            let at = Self::int_from_data(TensorData::new(at, [n, 1, h * w]), &device);
            let at = Self::int_expand(at, Shape::from([n, c, h * w]));
            let weights = TensorData::new(weights, [n, 1, h * w]).convert_dtype(dtype);
            let weights = Self::float_from_data(weights, &device);
            match direction {
                Direction::Forward => {
                    Self::float_add(sum, Self::float_mul(Self::float_gather(2, x.clone(), at), weights))
                }
                Direction::Adjoint => {
                    Self::float_scatter(2, sum, at, Self::float_mul(x.clone(), weights), IndexingUpdateOp::Add)
                }
            }
        });
        Self::float_reshape(sum, Shape::from([n, c, h, w]))
    }
}

#[cfg(feature = "vulkan")]
impl WarpBackend for burn::backend::Cube {}

impl WarpBackend for Flex {
    fn warp(x: FlexTensor, taps: Taps, direction: Direction) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let x = channels_last(x);
        with_float!(x, T => {
            let x = values::<T>(&x);
            let mut y = Buffer::zeros(n * h * w * c);
            let images = y.par_chunks_exact_mut((h * w * c).max(1)).zip(x.par_chunks_exact((h * w * c).max(1)));
            images.zip(taps.0.par_chunks_exact((h * w).max(1))).for_each(|((to, from), taps)| match c {
                1 => warp_image(to, from, 1, taps, direction),
                3 => warp_image(to, from, 3, taps, direction),
                c => warp_image(to, from, c, taps, direction),
            });
            from_channels_last(y, [n, c, h, w])
        })
    }
}

/// Warps one image of `c` channels, pixel by pixel. It is inlined so that a constant `c` unrolls the innermost loop.
#[inline(always)]
fn warp_image<T: Float>(to: &mut [T], from: &[T], c: usize, taps: &[[(u32, f32); 4]], direction: Direction) {
    for (pixel, four) in taps.iter().enumerate() {
        // For a shift by whole pixels three of the four weights are zero.
        for &(at, weight) in four.iter().filter(|(_, weight)| *weight != 0.0) {
            let (at, weight) = (at as usize, T::from_f64(f64::from(weight)));
            let (target, source) = if direction == Direction::Forward { (pixel, at) } else { (at, pixel) };
            let (to, from) = (&mut to[target * c..][..c], &from[source * c..][..c]);
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from * weight);
        }
    }
}

#[derive(Debug)]
struct Warp;

impl<B: WarpBackend> Backward<B, 1> for Warp {
    type State = (Taps, Direction);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (taps, direction) = ops.state;
        if let Some(node) = node {
            let back = if direction == Direction::Forward { Direction::Adjoint } else { Direction::Forward };
            grads.register::<B>(node.id, B::warp(dy, taps, back));
        }
    }
}

impl<B: WarpBackend, C: CheckpointStrategy> WarpBackend for Autodiff<B, C> {
    fn warp(x: FloatTensor<Self>, taps: Taps, direction: Direction) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::warp(x, taps.clone(), direction);
        match Warp.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((taps, direction), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::random::Stream;

    fn images(name: &str, shape: [usize; 4]) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex().autodiff(), DType::F64))
    }

    #[test]
    fn pixels_move_by_the_map() {
        let x = images("x", [1, 1, 4, 4]);
        let at = |x: &Tensor<4>, row: usize, column: usize| -> f64 {
            x.clone().narrow(2, row, 1).narrow(3, column, 1).sum().into_scalar()
        };
        // Each pixel from its right neighbor, one row below.
        let moved = warp(x.clone(), &[[1.0, 0.0, 1.0, 0.0, 1.0, 1.0]], Border::Zeros);
        assert_eq!((at(&moved, 0, 0), at(&moved, 1, 2), at(&moved, 3, 0)), (at(&x, 1, 1), at(&x, 2, 3), 0.0));
        let mirrored = warp(x.clone(), &[[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]], Border::Mirrored);
        assert_eq!(at(&mirrored, 2, 3), at(&x, 2, 3));
        // Four quarter turns are the identity; a shift by half a pixel is the mean of two pixels.
        let quarter = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0];
        let round = [quarter; 4].into_iter().fold(IDENTITY, compose);
        assert_eq!(round, IDENTITY);
        let half = warp(x.clone(), &[[1.0, 0.0, 0.5, 0.0, 1.0, 0.0]], Border::Zeros);
        assert!((at(&half, 0, 1) - (at(&x, 0, 1) + at(&x, 0, 2)) / 2.0).abs() < 1e-12);
    }

    /// For any number of channels the result equals that of each channel by itself, and the gradient is the adjoint.
    #[test]
    fn channels_move_alike_and_gradients_are_adjoint() {
        let maps = [[0.9, 0.3, 0.4, -0.2, 1.1, -2.3], [0.0, -1.3, 0.0, 0.8, 0.2, 1.7]];
        for c in [1, 2, 3, 5] {
            for border in [Border::Zeros, Border::Mirrored] {
                let (x, u) = (images("x", [2, c, 6, 5]), images("u", [2, c, 6, 5]));
                let leaf = x.clone().require_grad();
                let warped = warp(leaf.clone(), &maps, border);
                for channel in 0..c {
                    let alone = warp(x.clone().narrow(1, channel, 1), &maps, border);
                    let off: f64 = (alone - warped.clone().narrow(1, channel, 1)).abs().max().into_scalar();
                    assert!(off < 1e-12, "channel {channel} of {c}: {off}");
                }
                let forward: f64 = (warped.clone() * u.clone()).sum().into_scalar();
                let gradient = leaf.grad(&(warped * u).sum().backward()).unwrap();
                let back: f64 = (Tensor::from_inner(gradient) * x).sum().into_scalar();
                assert!((forward - back).abs() < 1e-12, "{c} channels, {border:?}: {forward} and {back}");
            }
        }
    }
}
