//! The passes of batch norm as an extension of the framework's backends; the default bodies are made of its operations.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::Shape;

use super::kernel::{self, Norm};
use crate::activation::factor;
use crate::flex::{FlexTensor, channels_last, contiguous, from_channels_last, over, tensor, values, with_float};
use crate::real::Real;

/// Passes over `[n, c, h, w]`; means, inverse deviations, scales and shifts are `[c]`.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait NormBackend: Backend {
    /// Σ x of each channel, `[c]`.
    fn channel_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let c = x.shape()[1];
        Self::float_reshape(Self::float_sum_dims(x, &[0, 2, 3]), Shape::new([c]))
    }

    /// Mean and biased variance of each channel, `[2, c]`.
    fn moments(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (c, count) = (x.shape()[1], count(&x.shape()));
        let mean = Self::float_div_scalar(Self::channel_sum(x.clone()), count.into());
        let centred = Self::float_sub(x, per_channel::<Self>(mean.clone()));
        let squares = Self::channel_sum(Self::float_mul(centred.clone(), centred));
        let variance = Self::float_div_scalar(squares, count.into());
        Self::float_cat([mean, variance].map(|row| Self::float_reshape(row, Shape::new([1, c]))).to_vec(), 0)
    }

    /// `leaky(gamma · (x − mean) · rstd + beta)`; `of_batch` says whether mean and deviation were measured on `x`, so
    /// that a gradient goes through them.
    fn normalise(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        slope: f64,
        of_batch: bool,
    ) -> FloatTensor<Self> {
        let _ = of_batch;
        let y = normalised::<Self>(x, mean, rstd, gamma, beta);
        Self::float_mul(y.clone(), factor::<Self>(y, slope))
    }

    /// Σ g and Σ g · x̂ of each channel, `[2, c]`, where g is `dy` before the rectifier.
    fn normalise_sums(
        x: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        let c = x.shape()[1];
        let y = normalised::<Self>(x.clone(), mean.clone(), rstd.clone(), gamma, beta);
        let g = Self::float_mul(dy, factor::<Self>(y, slope));
        let centred = Self::float_sub(x, per_channel::<Self>(mean));
        let dot = Self::float_mul(Self::channel_sum(Self::float_mul(g.clone(), centred)), rstd);
        let rows = [Self::channel_sum(g), dot].map(|row| Self::float_reshape(row, Shape::new([1, c])));
        Self::float_cat(rows.to_vec(), 0)
    }

    /// `gamma · rstd · (g − share · (Σ g + x̂ · Σ g · x̂))`, with the sums that [`Self::normalise_sums`] gave.
    #[allow(clippy::too_many_arguments, reason = "the tensors of one formula")]
    fn normalise_adjoint(
        x: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        sums: FloatTensor<Self>,
        slope: f64,
        share: f64,
    ) -> FloatTensor<Self> {
        let y = normalised::<Self>(x.clone(), mean.clone(), rstd.clone(), gamma.clone(), beta);
        let g = Self::float_mul(dy, factor::<Self>(y, slope));
        let row = |at: usize| per_channel::<Self>(row::<Self>(&sums, at));
        let hat = Self::float_mul(Self::float_sub(x, per_channel::<Self>(mean)), per_channel::<Self>(rstd.clone()));
        let common = Self::float_mul_scalar(Self::float_add(Self::float_mul(hat, row(1)), row(0)), share.into());
        Self::float_mul(Self::float_sub(g, common), per_channel::<Self>(Self::float_mul(rstd, gamma)))
    }
}

/// `[c]` → `[1, c, 1, 1]`.
pub fn per_channel<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let c = x.shape()[0];
    B::float_reshape(x, Shape::new([1, c, 1, 1]))
}

fn normalised<B: Backend>(
    x: FloatTensor<B>,
    mean: FloatTensor<B>,
    rstd: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
) -> FloatTensor<B> {
    let centred = B::float_sub(x, per_channel::<B>(mean));
    let scaled = B::float_mul(centred, per_channel::<B>(B::float_mul(rstd, gamma)));
    B::float_add(scaled, per_channel::<B>(beta))
}

/// Row `at` of `sums [2, c]`, as `[c]`.
fn row<B: Backend>(sums: &FloatTensor<B>, at: usize) -> FloatTensor<B> {
    let c = sums.shape()[1];
    B::float_reshape(B::float_slice(sums.clone(), &[(at..at + 1).into(), (0..c).into()]), Shape::new([c]))
}

/// Values of each channel.
fn count(shape: &Shape) -> f64 {
    (shape.num_elements() / shape[1]) as f64
}

#[cfg(feature = "vulkan")]
impl NormBackend for burn::backend::Cube {}

impl NormBackend for Flex {
    fn channel_sum(x: FlexTensor) -> FlexTensor {
        let (c, x) = (x.shape()[1], channels_last(x));
        with_float!(x, T => tensor(kernel::channel_sum::<T>(c, values(&x)), [c]))
    }

    fn moments(x: FlexTensor) -> FlexTensor {
        let (c, x) = (x.shape()[1], channels_last(x));
        with_float!(x, T => tensor(kernel::moments::<T>(c, values(&x)), [2, c]))
    }

    fn normalise(
        x: FlexTensor,
        mean: FlexTensor,
        rstd: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        slope: f64,
        _: bool,
    ) -> FlexTensor {
        let (x, all) = (channels_last(x), [mean, rstd, gamma, beta].map(contiguous));
        with_float!(x, T => from_channels_last(norm::<T>(&all, slope).forward(values(&x)), x.shape().dims()))
    }

    fn normalise_sums(
        x: FlexTensor,
        dy: FlexTensor,
        mean: FlexTensor,
        rstd: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        slope: f64,
    ) -> FlexTensor {
        let (c, all) = (x.shape()[1], [mean, rstd, gamma, beta].map(contiguous));
        let [x, dy] = [x, dy].map(channels_last);
        with_float!(x, T => tensor(norm::<T>(&all, slope).sums(values(&x), values(&dy)), [2, c]))
    }

    fn normalise_adjoint(
        x: FlexTensor,
        dy: FlexTensor,
        mean: FlexTensor,
        rstd: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        sums: FlexTensor,
        slope: f64,
        share: f64,
    ) -> FlexTensor {
        let (all, sums) = ([mean, rstd, gamma, beta].map(contiguous), contiguous(sums));
        let [x, dy] = [x, dy].map(channels_last);
        with_float!(x, T => over::<T>(dy, |dy| norm(&all, slope).adjoint(values(&x), dy, values(&sums), share)))
    }
}

fn norm<T: Real>(all: &[FlexTensor; 4], slope: f64) -> Norm<'_, T> {
    let [mean, rstd, gamma, beta] = all.each_ref().map(values);
    Norm { mean, rstd, gamma, beta, slope: T::from_f64(slope) }
}

#[derive(Debug)]
struct Normalise;

/// `x`, mean, inverse deviation, scale and shift; the rectifier's slope; the weight of the batch's sums.
type State<B> = ([FloatTensor<B>; 5], f64, f64);

impl<B: NormBackend> Backward<B, 3> for Normalise {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma_node, beta_node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let ([x, mean, rstd, gamma, beta], slope, share) = ops.state;
        let [x1, mean1, rstd1, gamma1, beta1] =
            [&x, &mean, &rstd, &gamma, &beta].map(|tensor: &FloatTensor<B>| tensor.clone());
        let sums = B::normalise_sums(x1, dy.clone(), mean1, rstd1, gamma1, beta1, slope);
        if let Some(node) = gamma_node {
            grads.register::<B>(node.id, row::<B>(&sums, 1));
        }
        if let Some(node) = beta_node {
            grads.register::<B>(node.id, row::<B>(&sums, 0));
        }
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::normalise_adjoint(x, dy, mean, rstd, gamma, beta, sums, slope, share));
        }
    }
}

impl<B: NormBackend, C: CheckpointStrategy> NormBackend for Autodiff<B, C> {
    fn normalise(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        slope: f64,
        of_batch: bool,
    ) -> FloatTensor<Self> {
        let share = if of_batch { 1.0 / count(&x.primitive().shape()) } else { 0.0 };
        let state = [&x, &mean, &rstd, &gamma, &beta].map(|tensor| tensor.primitive().clone());
        let [px, pm, pr, pg, pb] = state.clone();
        let y = B::normalise(px, pm, pr, pg, pb, slope, of_batch);
        match Normalise.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((state, slope, share), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}
