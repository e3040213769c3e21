//! Reflection padding, in one pass over images stored with their channels last.
//!
//! ```text
//! c b | a b c d | c b
//! ```
//!
//! The border pixel itself is not repeated, as in PyTorch's `ReflectionPad2d`. The adjoint adds the gradients of all mirror
//! images of a pixel to that of the pixel.

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

/// Pads `x [n, c, h, w]` by `pixels` on each side: → `[n, c, h + 2·pixels, w + 2·pixels]`.
///
/// # Panics
/// Unless `pixels` is less than h and w.
pub fn reflect(x: Tensor<4>, pixels: usize) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    assert!(pixels < h && pixels < w, "{h} × {w} pixels have no mirror image {pixels} pixels wide");
    Tensor::from_dispatch(<Dispatch as ReflectBackend>::reflect(x.into_dispatch(), pixels))
}

/// The index in a line of `length` pixels that is copied to index `at` of the padded line.
fn source(at: usize, pixels: usize, length: usize) -> usize {
    let at = at.abs_diff(pixels);
    if at < length { at } else { 2 * (length - 1) - at }
}

/// The indices in the padded line that pixel `at` is copied to: first its own, then those of its mirror images.
fn targets(at: usize, pixels: usize, length: usize) -> impl Iterator<Item = usize> {
    let before = pixels.checked_sub(at).filter(|_| at > 0);
    let behind = (2 * (length - 1)).checked_sub(at).filter(|_| at + 1 < length).map(|mirror| mirror + pixels);
    let behind = behind.filter(|place| *place < length + 2 * pixels);
    std::iter::once(at + pixels).chain(before).chain(behind)
}

/// Reflection padding and its adjoint as a backend extension; the default bodies are products with two small matrices.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ReflectBackend: Backend {
    /// See [`reflect`].
    fn reflect(x: FloatTensor<Self>, pixels: usize) -> FloatTensor<Self> {
        let [_, _, h, w] = x.shape().dims();
        multiplied::<Self>(x, [matrix(h, pixels, false), matrix(w, pixels, true)])
    }

    /// The gradient `[n, c, h, w]` in `x`, from `dy [n, c, h + 2·pixels, w + 2·pixels]`.
    fn reflect_adjoint(dy: FloatTensor<Self>, pixels: usize) -> FloatTensor<Self> {
        let [_, _, h, w] = dy.shape().dims();
        let [h, w] = [h, w].map(|side: usize| side - 2 * pixels);
        multiplied::<Self>(dy, [matrix(h, pixels, true), matrix(w, pixels, false)])
    }
}

/// Padding along one axis as a matrix `[1, 1, length + 2·pixels, length]`, or its transpose.
fn matrix(length: usize, pixels: usize, transposed: bool) -> TensorData {
    let wider = length + 2 * pixels;
    let mut values = vec![0.0; wider * length];
    for at in 0..wider {
        let from = source(at, pixels, length);
        values[if transposed { from * wider + at } else { at * length + from }] = 1.0;
    }
    TensorData::new(values, if transposed { [1, 1, length, wider] } else { [1, 1, wider, length] })
}

/// `left · x · right`, with one pair of matrices for all images and channels.
fn multiplied<B: Backend>(x: FloatTensor<B>, [left, right]: [TensorData; 2]) -> FloatTensor<B> {
    let (device, dtype) = (x.device(), x.dtype());
    let [left, right] = [left, right].map(|data| B::float_from_data(data.convert_dtype(dtype), &device));
    B::float_matmul(B::float_matmul(left, x), right)
}

#[cfg(feature = "vulkan")]
impl ReflectBackend for burn::backend::Cube {}

impl ReflectBackend for Flex {
    fn reflect(x: FlexTensor, pixels: usize) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let [tall, wide] = [h, w].map(|side: usize| side + 2 * pixels);
        let x = channels_last(x);
        with_float!(x, T => {
            let x = values::<T>(&x);
            let mut y = Buffer::new(n * tall * wide * c);
            y.par_chunks_exact_mut(wide * c).enumerate().for_each(|(line, to)| {
                let row = line / tall * h + source(line % tall, pixels, h);
                let from = &x[row * w * c..][..w * c];
                to[pixels * c..][..w * c].copy_from_slice(from);
                for at in (0..pixels).chain(pixels + w..wide) {
                    to[at * c..][..c].copy_from_slice(&from[source(at, pixels, w) * c..][..c]);
                }
            });
            from_channels_last(y, [n, c, tall, wide])
        })
    }

    fn reflect_adjoint(dy: FlexTensor, pixels: usize) -> FlexTensor {
        let [n, c, tall, wide] = dy.shape().dims();
        let [h, w] = [tall, wide].map(|side: usize| side - 2 * pixels);
        let dy = channels_last(dy);
        with_float!(dy, T => {
            let dy = values::<T>(&dy);
            let mut dx = Buffer::<T>::new(n * h * w * c);
            dx.par_chunks_exact_mut(w * c).enumerate().for_each(|(line, to)| {
                for (number, place) in targets(line % h, pixels, h).enumerate() {
                    let from = &dy[(line / h * tall + place) * wide * c..][..wide * c];
                    let own = &from[pixels * c..][..w * c];
                    if number == 0 { to.copy_from_slice(own) } else { add(to, own) }
                    for at in (0..w).filter(|at| *at <= pixels || at + pixels + 1 >= w) {
                        let mirrors = targets(at, pixels, w).skip(1);
                        mirrors.for_each(|place| add(&mut to[at * c..][..c], &from[place * c..][..c]));
                    }
                }
            });
            from_channels_last(dx, [n, c, h, w])
        })
    }
}

fn add<T: Float>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *to + *from);
}

#[derive(Debug)]
struct Reflect;

impl<B: ReflectBackend> Backward<B, 1> for Reflect {
    type State = usize;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            grads.register::<B>(node.id, B::reflect_adjoint(dy, ops.state));
        }
    }
}

impl<B: ReflectBackend, C: CheckpointStrategy> ReflectBackend for Autodiff<B, C> {
    fn reflect(x: FloatTensor<Self>, pixels: usize) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::reflect(x, pixels);
        match Reflect.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(pixels, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::ops::PadMode;
    use burn::tensor::{DType, Device};

    use super::*;
    use crate::random::Stream;

    fn random(shape: [usize; 4], name: &str) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), DType::F64))
    }

    #[test]
    fn padding_equals_burn_s_and_its_gradient_is_the_adjoint() {
        for ([h, w], pixels) in [([5, 4], 1), ([4, 6], 3), ([2, 2], 1), ([7, 9], 4)] {
            let x = random([2, 3, h, w], "x");
            let largest = |x: Tensor<4>| x.abs().max().into_scalar::<f64>();
            let y = reflect(x.clone(), pixels);
            let expected = x.clone().pad((pixels, pixels, pixels, pixels), PadMode::Reflect);
            assert_eq!(largest(y.clone() - expected), 0.0);
            let [left, right] = [matrix(h, pixels, false), matrix(w, pixels, true)]
                .map(|data| Tensor::<4>::from_data(data, (&Device::flex(), DType::F64)));
            assert_eq!(largest(left.matmul(x.clone()).matmul(right) - y), 0.0);
            let leaf = Tensor::from_inner(x).require_grad();
            let dy = random([2, 3, h + 2 * pixels, w + 2 * pixels], "dy");
            let loss = (reflect(leaf.clone(), pixels) * Tensor::from_inner(dy.clone())).sum();
            let gradient = leaf.grad(&loss.backward()).unwrap();
            let [left, right] = [matrix(h, pixels, true), matrix(w, pixels, false)]
                .map(|data| Tensor::<4>::from_data(data, (&Device::flex(), DType::F64)));
            let error = largest(left.matmul(dy).matmul(right) - gradient);
            assert!(error < 1e-12, "{h} × {w}, {pixels}: {error}");
        }
    }
}
