//! Leaky rectified linear units in one pass each way: Maas, Hannun and Ng 2013, "Rectifier Nonlinearities Improve Neural
//! Network Acoustic Models", ICML.
//!
//! The framework makes of one a comparison, a product and a masked choice, and keeps the mask.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::flex::{FlexTensor, Real, map};

/// Values that a thread works at once.
const CHUNK: usize = 1 << 14;

/// `x` where positive, `slope · x` elsewhere; `slope` in `[0, 1)`, 0 being the plain rectifier.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as ActivationBackend>::leaky(x.into_dispatch(), slope))
}

/// The unit and its adjoint; the default bodies are the framework's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait ActivationBackend: Backend {
    /// `x` where positive, `slope · x` elsewhere.
    fn leaky(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        Self::leaky_adjoint(x.clone(), x, slope)
    }

    /// `dy` where the unit gave `y` above zero, `slope · dy` elsewhere.
    fn leaky_adjoint(y: FloatTensor<Self>, dy: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let above = Self::float_clamp(Self::float_sign(y), 0.0.into(), 1.0.into());
        let factor = Self::float_add_scalar(Self::float_mul_scalar(above, (1.0 - slope).into()), slope.into());
        Self::float_mul(dy, factor)
    }
}

#[cfg(feature = "vulkan")]
impl ActivationBackend for burn::backend::Cube {}

impl ActivationBackend for Flex {
    fn leaky_adjoint(y: FlexTensor, dy: FlexTensor, slope: f64) -> FlexTensor {
        let shape = [y.shape().num_elements()];
        let dims = y.shape();
        let flat = map([y, dy], shape, |[y, dy]| select::<f32>(y, dy, slope), |[y, dy]| select::<f64>(y, dy, slope));
        flat.reshape(dims)
    }
}

fn select<T: Real>(y: &[T], dy: &[T], slope: f64) -> Vec<T> {
    let (one, slope) = (T::from_f64(1.0), T::from_f64(slope));
    let mut out = vec![T::ZERO; y.len()];
    out.par_chunks_mut(CHUNK).zip(y.par_chunks(CHUNK)).zip(dy.par_chunks(CHUNK)).for_each(|((out, y), dy)| {
        for ((out, y), dy) in out.iter_mut().zip(y).zip(dy) {
            // A factor is chosen without a branch, which signs as random as these would mislead.
            *out = *dy * if *y > T::ZERO { one } else { slope };
        }
    });
    out
}

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

impl<B: ActivationBackend, C: CheckpointStrategy> ActivationBackend for Autodiff<B, C> {
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
