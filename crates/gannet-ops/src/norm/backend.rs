//! The steps of batch norm as a backend extension, with their backward passes; the default bodies are composed of Burn's
//! operations.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::Shape;

use super::kernel::{self, Norm};
use crate::composed::{leaky_slope, per_channel};
use crate::flex::{FlexTensor, channels_last, contiguous, from_channels_last, over, tensor, values, with_float};
use crate::float::Float;

/// Steps over images `[n, c, h, w]`. Means, reciprocal standard deviations (`rstd`), scales (`gamma`) and shifts (`beta`)
/// are `[c]`.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait NormBackend: Backend {
    /// `Σ x` per channel, `[c]`.
    fn channel_sum(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let c = x.shape()[1];
        Self::float_reshape(Self::float_sum_dims(x, &[0, 2, 3]), Shape::new([c]))
    }

    /// Mean and biased variance per channel, `[2, c]`.
    fn moments(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (c, count) = (x.shape()[1], count(&x.shape()));
        let mean = Self::float_div_scalar(Self::channel_sum(x.clone()), count.into());
        let centered = Self::float_sub(x, per_channel::<Self>(mean.clone()));
        let squares = Self::channel_sum(Self::float_mul(centered.clone(), centered));
        let variance = Self::float_div_scalar(squares, count.into());
        Self::float_cat([mean, variance].map(|row| Self::float_reshape(row, Shape::new([1, c]))).to_vec(), 0)
    }

    /// `leaky(gamma · (x − mean) · rstd + beta)`; `of_batch` says whether `mean` and `rstd` are the statistics of `x`, so
    /// that the gradient flows through them.
    fn normalize(
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        slope: f64,
        of_batch: bool,
    ) -> FloatTensor<Self> {
        let _ = of_batch;
        let y = normalized::<Self>(x, mean, rstd, gamma, beta);
        Self::float_mul(y.clone(), leaky_slope::<Self>(y, slope))
    }

    /// `Σ g` and `Σ g · x̂` per channel, `[2, c]`, where g is the gradient before the rectifier.
    fn normalize_sums(
        x: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        let c = x.shape()[1];
        let y = normalized::<Self>(x.clone(), mean.clone(), rstd.clone(), gamma, beta);
        let g = Self::float_mul(dy, leaky_slope::<Self>(y, slope));
        let centered = Self::float_sub(x, per_channel::<Self>(mean));
        let dot = Self::float_mul(Self::channel_sum(Self::float_mul(g.clone(), centered)), rstd);
        let rows = [Self::channel_sum(g), dot].map(|row| Self::float_reshape(row, Shape::new([1, c])));
        Self::float_cat(rows.to_vec(), 0)
    }

    /// The gradient in `x`: `gamma · rstd · (g − share · (Σ g + x̂ · Σ g · x̂))`.
    ///
    /// `sums` come from [`Self::normalize_sums`]. `share` is 1 over the number of values per channel, or 0 if the
    /// statistics are constants.
    #[allow(clippy::too_many_arguments, reason = "the tensors of one formula")]
    fn normalize_adjoint(
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
        let y = normalized::<Self>(x.clone(), mean.clone(), rstd.clone(), gamma.clone(), beta);
        let g = Self::float_mul(dy, leaky_slope::<Self>(y, slope));
        let row = |at: usize| per_channel::<Self>(row::<Self>(&sums, at));
        let hat = Self::float_mul(Self::float_sub(x, per_channel::<Self>(mean)), per_channel::<Self>(rstd.clone()));
        let common = Self::float_mul_scalar(Self::float_add(Self::float_mul(hat, row(1)), row(0)), share.into());
        Self::float_mul(Self::float_sub(g, common), per_channel::<Self>(Self::float_mul(rstd, gamma)))
    }

    /// `Σ a · b` per channel, `[c]`.
    fn channel_dot(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::channel_sum(Self::float_mul(a, b))
    }

    /// `α · a + β · b + η · (x − mean) + δ`, with `α, β, η, δ` as the rows of `factors [4, c]`.
    fn channel_mix(
        a: FloatTensor<Self>,
        b: FloatTensor<Self>,
        x: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        factors: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let row = |at: usize| per_channel::<Self>(row::<Self>(&factors, at));
        let x = Self::float_mul(Self::float_sub(x, per_channel::<Self>(mean)), row(2));
        let (a, b) = (Self::float_mul(a, row(0)), Self::float_mul(b, row(1)));
        Self::float_add(Self::float_add(a, b), Self::float_add(x, row(3)))
    }

    /// The derivative of `gamma · (x − mean) · rstd` along `tangent`, where `mean` and `rstd` are the statistics of `x`.
    ///
    /// The derivative is a symmetric linear map, so this is the adjoint applied to `tangent`.
    fn normalize_tangent(
        x: FloatTensor<Self>,
        tangent: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let sums = plain_sums::<Self>(&x, &tangent, &mean, &rstd);
        plain_adjoint::<Self>(x, tangent, mean, rstd, gamma, sums)
    }
}

/// `Σ g` and `Σ g · x̂` per channel without a rectifier. Scale and shift then have no effect, so any tensors serve for them.
fn plain_sums<B: NormBackend>(
    x: &FloatTensor<B>,
    g: &FloatTensor<B>,
    mean: &FloatTensor<B>,
    rstd: &FloatTensor<B>,
) -> FloatTensor<B> {
    let [x, g, mean, rstd] = [x, g, mean, rstd].map(|tensor: &FloatTensor<B>| tensor.clone());
    B::normalize_sums(x, g, mean.clone(), rstd.clone(), rstd, mean, 1.0)
}

/// The gradient in `x` without a rectifier, through the statistics of `x`.
fn plain_adjoint<B: NormBackend>(
    x: FloatTensor<B>,
    g: FloatTensor<B>,
    mean: FloatTensor<B>,
    rstd: FloatTensor<B>,
    gamma: FloatTensor<B>,
    sums: FloatTensor<B>,
) -> FloatTensor<B> {
    let share = 1.0 / count(&x.shape());
    B::normalize_adjoint(x, g, mean.clone(), rstd, gamma, mean, sums, 1.0, share)
}

/// `gamma · (x − mean) · rstd + beta`.
fn normalized<B: Backend>(
    x: FloatTensor<B>,
    mean: FloatTensor<B>,
    rstd: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
) -> FloatTensor<B> {
    let centered = B::float_sub(x, per_channel::<B>(mean));
    let scaled = B::float_mul(centered, per_channel::<B>(B::float_mul(rstd, gamma)));
    B::float_add(scaled, per_channel::<B>(beta))
}

/// Row number `at` of `sums [rows, c]`, as `[c]`.
fn row<B: Backend>(sums: &FloatTensor<B>, at: usize) -> FloatTensor<B> {
    let c = sums.shape()[1];
    B::float_reshape(B::float_slice(sums.clone(), &[(at..at + 1).into(), (0..c).into()]), Shape::new([c]))
}

/// Values per channel.
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

    fn normalize(
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

    fn normalize_sums(
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

    fn normalize_adjoint(
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

    fn channel_dot(a: FlexTensor, b: FlexTensor) -> FlexTensor {
        let (c, [a, b]) = (a.shape()[1], [a, b].map(channels_last));
        with_float!(a, T => tensor(kernel::channel_dot::<T>(c, values(&a), values(&b)), [c]))
    }

    fn channel_mix(a: FlexTensor, b: FlexTensor, x: FlexTensor, mean: FlexTensor, factors: FlexTensor) -> FlexTensor {
        let ([a, b, x], [mean, factors]) = ([a, b, x].map(channels_last), [mean, factors].map(contiguous));
        with_float!(x, T => {
            let images = [values::<T>(&a), values(&b), values(&x)];
            from_channels_last(kernel::mix(images, values(&mean), values(&factors)), x.shape().dims())
        })
    }
}

/// The kernel's parameters from `[mean, rstd, gamma, beta]`.
fn norm<T: Float>(all: &[FlexTensor; 4], slope: f64) -> Norm<'_, T> {
    let [mean, rstd, gamma, beta] = all.each_ref().map(values);
    Norm { mean, rstd, gamma, beta, slope: T::from_f64(slope) }
}

#[derive(Debug)]
struct Normalize;

/// `[x, mean, rstd, gamma, beta]`, the rectifier's slope, and the `share` of [`NormBackend::normalize_adjoint`].
type State<B> = ([FloatTensor<B>; 5], f64, f64);

impl<B: NormBackend> Backward<B, 3> for Normalize {
    type State = State<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma_node, beta_node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let ([x, mean, rstd, gamma, beta], slope, share) = ops.state;
        let [x1, mean1, rstd1, gamma1, beta1] =
            [&x, &mean, &rstd, &gamma, &beta].map(|tensor: &FloatTensor<B>| tensor.clone());
        let sums = B::normalize_sums(x1, dy.clone(), mean1, rstd1, gamma1, beta1, slope);
        if let Some(node) = gamma_node {
            grads.register::<B>(node.id, row::<B>(&sums, 1));
        }
        if let Some(node) = beta_node {
            grads.register::<B>(node.id, row::<B>(&sums, 0));
        }
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::normalize_adjoint(x, dy, mean, rstd, gamma, beta, sums, slope, share));
        }
    }
}

/// Backward pass of [`NormBackend::normalize_tangent`].
///
/// Let t be the incoming tangent, m the mean of t and s the mean of x̂ · t. The outgoing tangent is gamma · u with
/// u = rstd · (t − m − x̂ · s). With g its gradient and B the mean of x̂ · g:
///
/// ```text
/// ∂t = gamma · rstd · (g − mean g − x̂ · B)
/// ∂x = −gamma · rstd² · (s · (g − mean g) + B · (t − m) + x̂ · (κ − 2 s B))      κ = mean(g t) − mean g · m − s B
/// ∂gamma = count · rstd · κ
/// ```
#[derive(Debug)]
struct Tangent;

impl<B: NormBackend> Backward<B, 3> for Tangent {
    type State = [FloatTensor<B>; 5];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, t_node, gamma_node] = ops.parents;
        let g = grads.consume::<B>(&ops.node);
        let [x, t, mean, rstd, gamma] = ops.state;
        let (c, count) = (x.shape()[1], count(&x.shape()));
        let of_g = plain_sums::<B>(&x, &g, &mean, &rstd);
        if x_node.is_some() || gamma_node.is_some() {
            let of_t = plain_sums::<B>(&x, &t, &mean, &rstd);
            let share = |sum: FloatTensor<B>| B::float_mul_scalar(sum, (1.0 / count).into());
            let [m, s] = [0, 1].map(|at| share(row::<B>(&of_t, at)));
            let [mean_g, b] = [0, 1].map(|at| share(row::<B>(&of_g, at)));
            let product = |a: &FloatTensor<B>, b: &FloatTensor<B>| B::float_mul(a.clone(), b.clone());
            let sb = product(&s, &b);
            let dot = share(B::channel_dot(g.clone(), t.clone()));
            let kappa = B::float_sub(B::float_sub(dot, product(&mean_g, &m)), sb.clone());
            if let Some(node) = gamma_node {
                grads.register::<B>(node.id, B::float_mul_scalar(product(&rstd, &kappa), count.into()));
            }
            if let Some(node) = x_node {
                let scale = product(&product(&rstd, &rstd), &gamma);
                let inner = B::float_sub(kappa, B::float_mul_scalar(sb, 2.0.into()));
                let shift = B::float_add(product(&s, &mean_g), product(&b, &m));
                let factors = [s, b, product(&inner, &rstd), B::float_neg(shift)];
                let factors = factors.map(|factor| {
                    B::float_reshape(B::float_neg(B::float_mul(factor, scale.clone())), Shape::new([1, c]))
                });
                let factors = B::float_cat(factors.to_vec(), 0);
                let dx = B::channel_mix(g.clone(), t, x.clone(), mean.clone(), factors);
                grads.register::<B>(node.id, dx);
            }
        }
        if let Some(node) = t_node {
            grads.register::<B>(node.id, plain_adjoint::<B>(x, g, mean, rstd, gamma, of_g));
        }
    }
}

impl<B: NormBackend, C: CheckpointStrategy> NormBackend for Autodiff<B, C> {
    fn normalize_tangent(
        x: FloatTensor<Self>,
        tangent: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        rstd: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let state = [&x, &tangent, &mean, &rstd, &gamma].map(|tensor| tensor.primitive().clone());
        let [px, pt, pm, pr, pg] = state.clone();
        let y = B::normalize_tangent(px, pt, pm, pr, pg);
        match Tangent.prepare::<C>([x.node(), tangent.node(), gamma.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn normalize(
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
        let y = B::normalize(px, pm, pr, pg, pb, slope, of_batch);
        match Normalize.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((state, slope, share), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}
