//! The hyperbolic tangent and leaky rectified linear units (Maas, Hannun and Ng 2013, "Rectifier Nonlinearities Improve
//! Neural Network Acoustic Models", ICML), in one pass over memory forward and one backward.
//!
//! Burn composes a leaky rectifier of a comparison, a product and a masked choice, and keeps the mask for the backward
//! pass. Here the backward pass needs the result only.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::channelwise::{self, map_over, zip_over};
use crate::composed::{leaky_slope, per_channel};
use crate::flex::{FlexTensor, alike, channels_last, contiguous, over, values, with_float};
use crate::float::Float;
use crate::norm::backend::NormBackend;

/// Leaky ReLU of each element: `x` where positive, `slope · x` elsewhere. `slope` lies in `[0, 1)`; 0 gives ReLU.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::leaky(x.into_dispatch(), slope))
}

/// Leaky ReLU of `x [n, c, h, w]` plus `bias [c]`, in one pass. A `slope` of 1 adds the bias alone.
pub fn bias_leaky_relu(x: Tensor<4>, bias: Tensor<1>, slope: f64) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::biased(x.into_dispatch(), bias.into_dispatch(), slope))
}

/// The tangent of [`leaky_relu`]: `tangent` where its result `y` is positive, `slope · tangent` elsewhere.
///
/// `y` and `tangent` have one shape. The gradient flows to `tangent`, not to `y`.
pub fn leaky_tangent<const D: usize>(y: Tensor<D>, tangent: Tensor<D>, slope: f64) -> Tensor<D> {
    let (y, tangent) = (y.into_dispatch(), tangent.into_dispatch());
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::leaky_adjoint(y, tangent, slope))
}

/// The hyperbolic tangent of each element; in f32 its relative error is below 3e-7.
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::tanh(x.into_dispatch()))
}

/// Activations and their adjoints as a backend extension; the default bodies are composed of Burn's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ActivationBackend: Backend {
    /// See [`leaky_relu`].
    fn leaky(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        Self::leaky_adjoint(x.clone(), x, slope)
    }

    /// See [`bias_leaky_relu`].
    fn biased(x: FloatTensor<Self>, bias: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        Self::leaky(Self::float_add(x, per_channel::<Self>(bias)), slope)
    }

    /// See [`tanh`].
    fn tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_tanh(x)
    }

    /// The gradient `dy · (1 − y²)` of the hyperbolic tangent whose result is `y`.
    fn tanh_adjoint(y: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self> {
        let slope = Self::float_add_scalar(Self::float_neg(Self::float_mul(y.clone(), y)), 1.0.into());
        Self::float_mul(dy, slope)
    }

    /// The gradient of the leaky rectifier whose result is `y`: `dy` where `y` is positive, `slope · dy` elsewhere.
    fn leaky_adjoint(y: FloatTensor<Self>, dy: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        Self::float_mul(dy, leaky_slope::<Self>(y, slope))
    }
}

#[cfg(feature = "vulkan")]
impl ActivationBackend for burn::backend::Cube {}

impl ActivationBackend for Flex {
    fn biased(x: FlexTensor, bias: FlexTensor, slope: f64) -> FlexTensor {
        let (x, bias) = (channels_last(x), contiguous(bias));
        with_float!(x, T => {
            let (bias, slope) = (values::<T>(&bias), T::from_f64(slope));
            over::<T>(x, |x| map_over(x, [bias], |x, [bias]| (x + bias) * channelwise::leaky_slope(x + bias, slope)))
        })
    }

    fn tanh(x: FlexTensor) -> FlexTensor {
        let [x] = alike([x]);
        with_float!(x, T => over::<T>(x, |x| map_over(x, [&[T::ZERO]], |x, [_]| Float::tanh(x))))
    }

    fn tanh_adjoint(y: FlexTensor, dy: FlexTensor) -> FlexTensor {
        let [y, dy] = alike([y, dy]);
        with_float!(y, T => {
            let one = T::from_f64(1.0);
            over::<T>(dy, |dy| zip_over(values(&y), dy, [], 1, |y: T, dy, []| dy * (one - y * y)))
        })
    }

    fn leaky_adjoint(y: FlexTensor, dy: FlexTensor, slope: f64) -> FlexTensor {
        let [y, dy] = alike([y, dy]);
        with_float!(y, T => {
            let slope = T::from_f64(slope);
            over::<T>(dy, |dy| zip_over(values(&y), dy, [], 1, |y, dy, []| dy * channelwise::leaky_slope(y, slope)))
        })
    }
}

/// Backward pass of the leaky rectifier and of its adjoint: the adjoint multiplies by constants, so it is its own
/// adjoint.
#[derive(Debug)]
struct Leaky;

impl<B: ActivationBackend> Backward<B, 1> for Leaky {
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (y, slope) = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::leaky_adjoint(y, dy, slope));
        }
    }
}

#[derive(Debug)]
struct Tanh;

impl<B: ActivationBackend> Backward<B, 1> for Tanh {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        if let Some(node) = node {
            grads.register::<B>(node.id, B::tanh_adjoint(ops.state, dy));
        }
    }
}

#[derive(Debug)]
struct Biased;

impl<B: ActivationBackend + NormBackend> Backward<B, 2> for Biased {
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, bias_node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (y, slope) = ops.state;
        let dx = if slope == 1.0 { dy } else { B::leaky_adjoint(y, dy, slope) };
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::channel_sum(dx.clone()));
        }
        if let Some(node) = x_node {
            grads.register::<B>(node.id, dx);
        }
    }
}

impl<B: ActivationBackend + NormBackend, C: CheckpointStrategy> ActivationBackend for Autodiff<B, C> {
    fn biased(x: FloatTensor<Self>, bias: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        // `into_parts` gives up this reference to `x`, so that the result may reuse its memory if nothing else holds it.
        let (x, node) = x.into_parts();
        let y = B::biased(x, bias.primitive().clone(), slope);
        match Biased.prepare::<C>([node, bias.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((y.clone(), slope), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::tanh(x);
        match Tanh.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(y.clone(), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn leaky_adjoint(y: FloatTensor<Self>, dy: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let y = y.primitive().clone();
        let dx = B::leaky_adjoint(y.clone(), dy.primitive().clone(), slope);
        match Leaky.prepare::<C>([dy.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((y, slope), dx),
            OpsKind::UnTracked(prep) => prep.finish(dx),
        }
    }

    fn leaky(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let y = B::leaky(x.primitive().clone(), slope);
        match Leaky.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((y.clone(), slope), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    #[test]
    fn the_hyperbolic_tangent_is_exact_and_has_its_gradient() {
        let device = Device::flex().autodiff();
        let xs: Vec<f32> =
            (-4000..=4000).map(|i| i as f32 * 0.003).chain([1e-20, -1e-4, 90.0, f32::MAX, -1e30]).collect();
        let x = Tensor::<1>::from_floats(xs.as_slice(), &device).require_grad();
        let y = tanh(x.clone());
        let gradient = x.grad(&y.clone().sum().backward()).expect("x has a gradient").into_data();
        for ((x, y), slope) in xs.iter().zip(y.into_data().iter::<f32>()).zip(gradient.iter::<f32>()) {
            let exact = f64::from(*x).tanh();
            assert!((f64::from(y) - exact).abs() <= 3e-7 * exact.abs(), "tanh {x} is {exact}, not {y}");
            assert!((f64::from(slope) - (1.0 - exact * exact)).abs() <= 6e-7, "the slope at {x} is {slope}");
        }
        assert!(tanh(Tensor::<1>::from_floats([f32::NAN], &device)).into_scalar::<f32>().is_nan());
    }

    #[test]
    fn values_and_gradients_are_those_of_the_definition() {
        let device = Device::flex().autodiff();
        let x = Tensor::<1>::from_data(TensorData::from([-2.0_f32, -0.5, 0.5, 3.0]), &device).require_grad();
        for slope in [0.0, 0.2] {
            let y = leaky_relu(x.clone(), slope);
            let weights = Tensor::from_data(TensorData::from([1.0_f32, 2.0, 3.0, 4.0]), &device);
            let gradient = x.grad(&(y.clone() * weights).sum().backward()).expect("x has a gradient");
            let s = slope as f32;
            assert_eq!(y.into_data(), TensorData::from([-2.0 * s, -0.5 * s, 0.5, 3.0]));
            assert_eq!(gradient.into_data(), TensorData::from([s, 2.0 * s, 3.0, 4.0]));
        }
    }
}
