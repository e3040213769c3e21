//! Instance norm without scale and shift, fused with the leaky ReLU that follows: Ulyanov et al. 2016, "Instance
//! Normalization: The Missing Ingredient for Fast Stylization", arXiv:1607.08022.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Shape, Tensor};

use super::backend::NormBackend;
use super::kernel::{self, Norm};
use crate::flex::{FlexTensor, channels_last, from_channels_last, values, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;

/// Instance norm followed by leaky ReLU: `leaky((x − mean) / √(var + epsilon))`, with the mean and the biased variance of
/// each channel of each image of `x [n, c, h, w]`.
///
/// `slope` is that of the leaky ReLU, 1 for none. The gradient flows through the statistics.
pub fn instance_norm(x: Tensor<4>, epsilon: f64, slope: f64) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as InstanceNormBackend>::instance_norm(x.into_dispatch(), epsilon, slope))
}

/// Instance norm and its adjoint as a backend extension; the default bodies are batch norms of one image `[1, n·c, h, w]`.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait InstanceNormBackend: NormBackend {
    /// See [`instance_norm`].
    fn instance_norm(x: FloatTensor<Self>, epsilon: f64, slope: f64) -> FloatTensor<Self> {
        let shape = x.shape();
        let x = as_one::<Self>(x);
        let [mean, rstd, gamma, beta] = statistics::<Self>(&x, epsilon);
        Self::float_reshape(Self::normalize(x, mean, rstd, gamma, beta, slope, true), shape)
    }

    /// The gradient in `x` from the gradient `dy` in the result; both are `[n, c, h, w]`.
    fn instance_norm_adjoint(
        x: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
    ) -> FloatTensor<Self> {
        let shape = x.shape();
        let [_, _, h, w] = shape.dims();
        let (x, dy) = (as_one::<Self>(x), as_one::<Self>(dy));
        let all = statistics::<Self>(&x, epsilon);
        let [mean, rstd, gamma, beta] = all.clone();
        let sums = Self::normalize_sums(x.clone(), dy.clone(), mean, rstd, gamma, beta, slope);
        let [mean, rstd, gamma, beta] = all;
        let share = 1.0 / (h * w) as f64;
        Self::float_reshape(Self::normalize_adjoint(x, dy, mean, rstd, gamma, beta, sums, slope, share), shape)
    }
}

/// `[n, c, h, w]` → `[1, n·c, h, w]`.
fn as_one<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let [n, c, h, w] = x.shape().dims();
    B::float_reshape(x, Shape::new([1, n * c, h, w]))
}

/// `[mean, rstd, gamma, beta]` of batch norm, with a scale of 1 and a shift of 0.
fn statistics<B: NormBackend>(x: &FloatTensor<B>, epsilon: f64) -> [FloatTensor<B>; 4] {
    let c = x.shape()[1];
    let moments = B::moments(x.clone());
    let row = |at: usize| {
        let row = B::float_slice(moments.clone(), &[(at..at + 1).into(), (0..c).into()]);
        B::float_reshape(row, Shape::new([c]))
    };
    let rstd = B::float_recip(B::float_sqrt(B::float_add_scalar(row(1), epsilon.into())));
    let zeros = B::float_mul_scalar(row(0), 0.0.into());
    [row(0), rstd, B::float_add_scalar(zeros.clone(), 1.0.into()), zeros]
}

#[cfg(feature = "vulkan")]
impl InstanceNormBackend for burn::backend::Cube {}

impl InstanceNormBackend for Flex {
    fn instance_norm(x: FlexTensor, epsilon: f64, slope: f64) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let x = channels_last(x);
        with_float!(x, T => {
            let mut y = Buffer::<T>::new(n * c * h * w);
            let images = values::<T>(&x).chunks_exact(c * h * w).zip(y.chunks_exact_mut(c * h * w));
            images.for_each(|(x, y)| with_image_norm(c, x, epsilon, slope, |norm| y.copy_from_slice(&norm.forward(x))));
            from_channels_last(y, [n, c, h, w])
        })
    }

    fn instance_norm_adjoint(x: FlexTensor, dy: FlexTensor, epsilon: f64, slope: f64) -> FlexTensor {
        let [n, c, h, w] = x.shape().dims();
        let [x, dy] = [x, dy].map(channels_last);
        with_float!(x, T => {
            let mut dx = Buffer::<T>::from(values::<T>(&dy));
            let images = values::<T>(&x).chunks_exact(c * h * w).zip(dx.chunks_exact_mut(c * h * w));
            images.for_each(|(x, dx)| {
                with_image_norm(c, x, epsilon, slope, |norm| {
                    let sums = norm.sums(x, dx);
                    norm.adjoint(x, dx, &sums, 1.0 / (h * w) as f64);
                });
            });
            from_channels_last(dx, [n, c, h, w])
        })
    }
}

/// Calls `f` with the norm of one image `x [h·w, c]` by its own statistics.
fn with_image_norm<T: Float>(c: usize, x: &[T], epsilon: f64, slope: f64, f: impl FnOnce(Norm<'_, T>)) {
    let moments = kernel::moments(c, x);
    let (mean, variance) = moments.split_at(c);
    let rstd: Vec<T> = variance.iter().map(|var| T::from_f64((var.to_f64() + epsilon).sqrt().recip())).collect();
    let (ones, zeros) = (vec![T::from_f64(1.0); c], vec![T::ZERO; c]);
    f(Norm { mean, rstd: &rstd, gamma: &ones, beta: &zeros, slope: T::from_f64(slope) });
}

#[derive(Debug)]
struct InstanceNorm;

impl<B: InstanceNormBackend> Backward<B, 1> for InstanceNorm {
    type State = (FloatTensor<B>, f64, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            let (x, epsilon, slope) = ops.state;
            grads.register::<B>(node.id, B::instance_norm_adjoint(x, dy, epsilon, slope));
        }
    }
}

impl<B: InstanceNormBackend, C: CheckpointStrategy> InstanceNormBackend for Autodiff<B, C> {
    fn instance_norm(x: FloatTensor<Self>, epsilon: f64, slope: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::instance_norm(x.clone(), epsilon, slope);
        match InstanceNorm.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, epsilon, slope), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}
