//! The passes of batch norm as an extension of the framework's backends; the default bodies are made of its operations.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::Shape;

use super::kernel::{self, Planes};
use crate::flex::{FlexTensor, map};

/// Passes over `[n, c, h, w]`; statistics, scales and shifts are `[c]`.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait NormBackend: Backend {
    /// Σ x of each channel.
    fn channel_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let c = x.shape()[1];
        Self::float_reshape(Self::float_sum_dims(x, &[0, 2, 3]), Shape::new([c]))
    }

    /// Σ (x − mean)² of each channel.
    fn channel_squares(x: FloatTensor<Self>, mean: FloatTensor<Self>) -> FloatTensor<Self> {
        let centred = Self::float_sub(x, per_channel::<Self>(mean));
        Self::channel_sum(Self::float_mul(centred.clone(), centred))
    }

    /// Σ y · (x − mean) · rstd of each channel.
    fn channel_dot(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        y: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let centred = Self::float_sub(x, per_channel::<Self>(mean));
        Self::float_mul(Self::channel_sum(Self::float_mul(centred, y)), rstd)
    }

    /// gamma · (x − mean) · rstd + beta.
    fn normalise(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let centred = Self::float_sub(x, per_channel::<Self>(mean));
        let scaled = Self::float_mul(centred, per_channel::<Self>(Self::float_mul(rstd, gamma)));
        Self::float_add(scaled, per_channel::<Self>(beta))
    }

    /// a · y + b · x + c of each channel.
    fn combine(
        y: FloatTensor<Self>,
        x: FloatTensor<Self>,
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        c: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (ay, bx) = (Self::float_mul(y, per_channel::<Self>(a)), Self::float_mul(x, per_channel::<Self>(b)));
        Self::float_add(Self::float_add(ay, bx), per_channel::<Self>(c))
    }
}

/// `[c]` → `[1, c, 1, 1]`.
fn per_channel<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let c = x.shape()[0];
    B::float_reshape(x, Shape::new([1, c, 1, 1]))
}

#[cfg(feature = "vulkan")]
impl NormBackend for burn::backend::Cube {}

impl NormBackend for Flex {
    fn channel_sum(x: FlexTensor) -> FlexTensor {
        let planes = planes(&x);
        map([x], [planes.c], |[x]| kernel::sum::<f32>(planes, x), |[x]| kernel::sum::<f64>(planes, x))
    }

    fn channel_squares(x: FlexTensor, mean: FlexTensor) -> FlexTensor {
        let p = planes(&x);
        map([x, mean], [p.c], |[x, m]| kernel::squares::<f32>(p, x, m), |[x, m]| kernel::squares::<f64>(p, x, m))
    }

    fn channel_dot(x: FlexTensor, mean: FlexTensor, rstd: FlexTensor, y: FlexTensor) -> FlexTensor {
        let p = planes(&x);
        let tensors = [x, mean, rstd, y];
        map(tensors, [p.c], |t| kernel::dot::<f32>(p, t), |t| kernel::dot::<f64>(p, t))
    }

    fn normalise(x: FlexTensor, mean: FlexTensor, rstd: FlexTensor, gamma: FlexTensor, beta: FlexTensor) -> FlexTensor {
        let p = planes(&x);
        let shape = x.shape().dims::<4>();
        let tensors = [x, mean, rstd, gamma, beta];
        map(tensors, shape, |t| kernel::normalise::<f32>(p, t), |t| kernel::normalise::<f64>(p, t))
    }

    fn combine(y: FlexTensor, x: FlexTensor, a: FlexTensor, b: FlexTensor, c: FlexTensor) -> FlexTensor {
        let p = planes(&x);
        let shape = x.shape().dims::<4>();
        map([y, x, a, b, c], shape, |t| kernel::combine::<f32>(p, t), |t| kernel::combine::<f64>(p, t))
    }
}

fn planes(x: &FlexTensor) -> Planes {
    let [_, c, h, w] = x.shape().dims();
    Planes { c, size: h * w }
}

#[derive(Debug)]
struct Normalise;

impl<B: NormBackend> Backward<B, 3> for Normalise {
    type State = [FloatTensor<B>; 4];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma_node, beta_node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let [x, mean, rstd, gamma] = ops.state;
        let sum = B::channel_sum(dy.clone());
        let dot = B::channel_dot(x.clone(), mean.clone(), rstd.clone(), dy.clone());
        if let Some(node) = x_node {
            // ∂x = scale · ∂y − slope · x + (slope · mean − scale · sum / count), with slope = scale · rstd · dot / count.
            let count = (x.shape().num_elements() / x.shape()[1]) as f64;
            let scale = B::float_mul(gamma, rstd.clone());
            let slope =
                B::float_mul_scalar(B::float_mul(B::float_mul(scale.clone(), rstd), dot.clone()), (1.0 / count).into());
            let shift = B::float_sub(
                B::float_mul(slope.clone(), mean),
                B::float_mul_scalar(B::float_mul(scale.clone(), sum.clone()), (1.0 / count).into()),
            );
            grads.register::<B>(node.id, B::combine(dy, x, scale, B::float_neg(slope), shift));
        }
        if let Some(node) = gamma_node {
            grads.register::<B>(node.id, dot);
        }
        if let Some(node) = beta_node {
            grads.register::<B>(node.id, sum);
        }
    }
}

impl<B: NormBackend, C: CheckpointStrategy> NormBackend for Autodiff<B, C> {
    /// The statistics count as measured where `x` is; `mean` and `rstd` must be those of `x`.
    fn normalise(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let state = [&x, &mean, &rstd, &gamma].map(|tensor| tensor.primitive().clone());
        let [px, pm, pr, pg] = state.clone();
        let y = B::normalise(px, pm, pr, pg, beta.primitive().clone());
        match Normalise.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}
