//! The gate of a gated convolution (Yu et al. 2018, "Free-Form Image Inpainting with Gated Convolution",
//! arXiv:1806.03589, section 3.1), in one pass forward and one backward over images stored with their channels last.
//!
//! Composed of Burn's operations it would copy both halves of the channels and keep five tensors for the backward pass.
//! Here the backward pass keeps the input alone.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::channelwise;
use crate::composed::leaky_slope;
use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::simd::vectorized;

/// LeakyReLU(features) · sigmoid(gates): `x [n, 2c, h, w]`, whose first `c` channels are the features and whose last `c`
/// are the gates, → `[n, c, h, w]`. `slope` is that of the leaky ReLU.
///
/// # Panics
/// If the number of channels is odd.
pub fn gated(x: Tensor<4>, slope: f64) -> Tensor<4> {
    assert!(x.dims()[1].is_multiple_of(2), "as many gates as features");
    Tensor::from_dispatch(<Dispatch as GateBackend>::gated(x.into_dispatch(), slope))
}

/// The gate and its adjoint as a backend extension; the default bodies are composed of Burn's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait GateBackend: Backend {
    /// See [`gated`].
    fn gated(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let [features, gates] = halves::<Self>(x);
        let rectified = Self::float_mul(features.clone(), leaky_slope::<Self>(features, slope));
        Self::float_mul(rectified, Self::sigmoid(gates))
    }

    /// The gradient `[n, 2c, h, w]` in `x`, from `dy [n, c, h, w]`.
    fn gated_adjoint(x: FloatTensor<Self>, dy: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let [features, gates] = halves::<Self>(x);
        let (factor, open) = (leaky_slope::<Self>(features.clone(), slope), Self::sigmoid(gates));
        let through = Self::float_mul(Self::float_mul(dy, open.clone()), factor);
        let shut = Self::float_add_scalar(Self::float_neg(open), 1.0.into());
        let gates = Self::float_mul(Self::float_mul(through.clone(), features), shut);
        Self::float_cat(vec![through, gates], 1)
    }
}

/// Splits the channels into features and gates.
fn halves<B: Backend>(x: FloatTensor<B>) -> [FloatTensor<B>; 2] {
    let [n, c, h, w] = x.shape().dims();
    let half = c / 2;
    let part = |from| {
        let ranges = [0..n, from..from + half, 0..h, 0..w];
        B::float_slice(x.clone(), &ranges.map(Into::into))
    };
    [part(0), part(half)]
}

#[cfg(feature = "vulkan")]
impl GateBackend for burn::backend::Cube {}

impl GateBackend for Flex {
    fn gated(x: FlexTensor, slope: f64) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let c = c / 2;
        let x = channels_last(x);
        with_float!(x, T => {
            let (x, slope) = (values::<T>(&x), T::from_f64(slope));
            let mut y = Buffer::new(n * h * w * c);
            let block = channelwise::block(c.max(1));
            y.par_chunks_mut(block).zip(x.par_chunks(2 * block)).with_min_len(channelwise::FEWEST).for_each(|(y, x)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (y, x) in y.chunks_exact_mut(c).zip(x.chunks_exact(2 * c)) {
                            let (features, gates) = x.split_at(c);
                            for at in 0..c {
                                y[at] = features[at] * channelwise::leaky_slope(features[at], slope) * sigmoid(gates[at]);
                            }
                        }
                    },
                );
            });
            from_channels_last(y, [n, c, h, w])
        })
    }

    fn gated_adjoint(x: FlexTensor, dy: FlexTensor, slope: f64) -> FlexTensor {
        let [n, c, h, w] = dy.shape().dims();
        let (x, dy) = (channels_last(x), channels_last(dy));
        with_float!(x, T => {
            let (x, dy, slope) = (values::<T>(&x), values::<T>(&dy), T::from_f64(slope));
            let mut dx = Buffer::new(x.len());
            let block = channelwise::block(c.max(1));
            let blocks = dx.par_chunks_mut(2 * block).zip(x.par_chunks(2 * block)).zip(dy.par_chunks(block));
            blocks.with_min_len(channelwise::FEWEST).for_each(|((dx, x), dy)| {
                vectorized(
                    #[inline(always)]
                    || {
                        let pixels = dx.chunks_exact_mut(2 * c).zip(x.chunks_exact(2 * c));
                        for ((dx, x), dy) in pixels.zip(dy.chunks_exact(c)) {
                            let (features, gates) = x.split_at(c);
                            let (to_features, to_gates) = dx.split_at_mut(c);
                            for at in 0..c {
                                let open = sigmoid(gates[at]);
                                let through = dy[at] * open * channelwise::leaky_slope(features[at], slope);
                                to_features[at] = through;
                                to_gates[at] = through * features[at] * (T::from_f64(1.0) - open);
                            }
                        }
                    },
                );
            });
            from_channels_last(dx, [n, 2 * c, h, w])
        })
    }
}

/// The logistic function as `(1 + tanh(x / 2)) / 2`, whose loop vectorizes.
#[inline(always)]
fn sigmoid<T: Float>(x: T) -> T {
    let half = T::from_f64(0.5);
    (T::from_f64(1.0) + Float::tanh(x * half)) * half
}

#[derive(Debug)]
struct Gated;

impl<B: GateBackend> Backward<B, 1> for Gated {
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (x, slope) = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::gated_adjoint(x, dy, slope));
        }
    }
}

impl<B: GateBackend, C: CheckpointStrategy> GateBackend for Autodiff<B, C> {
    fn gated(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::gated(x.clone(), slope);
        match Gated.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, slope), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::activation::sigmoid;
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::activation::leaky_relu;
    use crate::random::Stream;

    fn random(name: &str, shape: [usize; 4], dtype: DType) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex().autodiff(), dtype))
    }

    /// With few channels, and with more values than one block holds, in both precisions.
    #[test]
    fn values_and_gradients_are_those_of_the_definition() {
        for (shape, dtype, least) in
            [([2, 6, 5, 4], DType::F64, 1e-14), ([3, 64, 40, 41], DType::F32, 1e-6), ([1, 2, 1, 1], DType::F32, 1e-6)]
        {
            let [n, c, h, w] = shape;
            let (x, u) = (random("x", shape, dtype) * 3.0, random("u", [n, c / 2, h, w], dtype));
            let by = |f: &dyn Fn(Tensor<4>) -> Tensor<4>| {
                let leaf = x.clone().require_grad();
                let y = f(leaf.clone());
                let gradient = leaf.grad(&(y.clone() * u.clone()).sum().backward()).unwrap();
                [y.inner(), gradient]
            };
            let defined = by(&|x| {
                let [features, gates] = [0, c / 2].map(|from| x.clone().narrow(1, from, c / 2));
                leaky_relu(features, 0.2) * sigmoid(gates)
            });
            for (found, expected) in by(&|x| gated(x, 0.2)).into_iter().zip(defined) {
                let off: f64 = (found - expected).abs().max().into_scalar();
                assert!(off < least * 10.0, "{shape:?}: off by {off}");
            }
        }
    }
}
