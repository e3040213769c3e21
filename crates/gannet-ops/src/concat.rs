//! Images joined along their channels, in one pass over all threads. ESRGAN's dense blocks join maps before each convolution, and copying
//! them on one thread into memory that the system has just mapped takes as long as the convolutions.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::channelwise::{BLOCK, FEWEST};
use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::kernel::memory::Buffer;

/// The channels of `a [n, c, h, w]`, and behind them those of `b [n, d, h, w]`: `[n, c + d, h, w]`.
pub fn concat_channels(a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ConcatBackend>::concat_channels(a.into_dispatch(), b.into_dispatch()))
}

/// The concatenation as a backend extension; the default body is Burn's operation.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ConcatBackend: Backend {
    /// See [`concat_channels`].
    fn concat_channels(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_cat(vec![a, b], 1)
    }
}

#[cfg(feature = "vulkan")]
impl ConcatBackend for burn::backend::Cube {}

impl ConcatBackend for Flex {
    fn concat_channels(a: FlexTensor, b: FlexTensor) -> FlexTensor {
        let ([n, c, h, w], [_, d, _, _]) = (a.shape().dims(), b.shape().dims());
        let (a, b) = (channels_last(a), channels_last(b));
        with_float!(a, T => {
            let (a, b) = (values::<T>(&a), values::<T>(&b));
            let mut joined = Buffer::new(a.len() + b.len());
            let pixels = (BLOCK / (c + d)).max(1);
            let blocks = joined.par_chunks_mut(pixels * (c + d)).zip(a.par_chunks(pixels * c)).zip(b.par_chunks(pixels * d));
            blocks.with_min_len(FEWEST).for_each(|((joined, a), b)| {
                for ((joined, a), b) in joined.chunks_exact_mut(c + d).zip(a.chunks_exact(c)).zip(b.chunks_exact(d)) {
                    joined[..c].copy_from_slice(a);
                    joined[c..].copy_from_slice(b);
                }
            });
            from_channels_last(joined, [n, c + d, h, w])
        })
    }
}

/// Backward pass of [`concat_channels`]: the channels of each part. The state is their number in the first part.
#[derive(Debug)]
struct Concat;

impl<B: Backend + ConcatBackend> Backward<B, 2> for Concat {
    type State = usize;

    fn backward(self, ops: Ops<usize, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [a, b] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let [n, all, h, w] = dy.shape().dims();
        for (node, channels) in [(a, 0..ops.state), (b, ops.state..all)] {
            if let Some(node) = node {
                let ranges = [0..n, channels, 0..h, 0..w];
                grads.register::<B>(node.id, B::float_slice(dy.clone(), &ranges.map(Into::into)));
            }
        }
    }
}

impl<B: Backend + ConcatBackend, C: CheckpointStrategy> ConcatBackend for Autodiff<B, C> {
    fn concat_channels(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        let first = a.primitive().shape()[1];
        let joined = B::concat_channels(a.primitive().clone(), b.primitive().clone());
        match Concat.prepare::<C>([a.node(), b.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(first, joined),
            OpsKind::UnTracked(prep) => prep.finish(joined),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device, TensorData};

    use super::*;

    fn images(shape: [usize; 4], first: usize, device: &Device) -> Tensor<4> {
        let values: Vec<f64> = (first..first + shape.iter().product::<usize>()).map(|at| at as f64 * 0.5).collect();
        Tensor::from_data(TensorData::new(values, shape), (device, DType::F64))
    }

    /// The values and both gradients are those of Burn's own operation, of row-major images and of those with channels last.
    #[test]
    fn it_is_burn_s_concatenation() {
        let device = crate::device::device("cpu").unwrap().autodiff();
        for [n, c, d, side] in [[1, 1, 1, 1], [2, 3, 5, 4], [1, 40, 2, 33]] {
            for last in [false, true] {
                let placed = |x: Tensor<4>| if last { x.permute([0, 2, 3, 1]).permute([0, 3, 1, 2]) } else { x };
                let r = images([n, c + d, side, side], 7, &device);
                let all = |join: fn(Tensor<4>, Tensor<4>) -> Tensor<4>| {
                    let [a, b] = [c, d].map(|c| images([n, c, side, side], c, &device).require_grad());
                    let y = join(placed(a.clone()), placed(b.clone()));
                    let grads = (y.clone() * r.clone()).sum().backward();
                    let tensors = [y.inner(), a.grad(&grads).unwrap(), b.grad(&grads).unwrap()];
                    tensors.map(|tensor| tensor.into_data().iter::<f64>().collect::<Vec<f64>>())
                };
                assert_eq!(all(concat_channels), all(|a, b| Tensor::cat(vec![a, b], 1)), "{n}, {c}, {d}, {side}");
            }
        }
    }
}
