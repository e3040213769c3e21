//! Updates of parameters in one pass over memory: Adam (Kingma and Ba 2014, "Adam: A Method for Stochastic Optimization",
//! arXiv:1412.6980, algorithm 1), and the exponential moving average of weights.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::channelwise::{BLOCK, FEWEST, zip};
use crate::flex::{FlexTensor, contiguous, tensor, values, values_mut, with_float};
use crate::float::Float;
use crate::kernel::memory::Buffer;
use crate::simd::vectorized;

/// Coefficients of one Adam step, with both bias corrections folded in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Decay of the first moment, the mean gradient.
    pub beta1: f64,
    /// Decay of the second moment, the mean squared gradient.
    pub beta2: f64,
    /// Added to the root of the corrected second moment.
    pub epsilon: f64,
    /// Learning rate divided by 1 − beta1ᵗ.
    pub rate: f64,
    /// 1 / √(1 − beta2ᵗ).
    pub root: f64,
}

impl AdamStep {
    /// The coefficients of step number `t`, which starts at 1, with learning rate `lr`.
    pub fn new(lr: f64, beta1: f64, beta2: f64, epsilon: f64, t: u64) -> Self {
        let t = t as f64;
        let root = (1.0 - beta2.powf(t)).sqrt().recip();
        Self { beta1, beta2, epsilon, rate: lr / (1.0 - beta1.powf(t)), root }
    }
}

/// One Adam step on a flat parameter: the new `[value, m, v]`, where `m` and `v` are the first and second moments.
///
/// All tensors are `[n]`. The moments are updated in place if nothing else holds them.
pub fn adam(value: Tensor<1>, gradient: Tensor<1>, [m, v]: [Tensor<1>; 2], step: AdamStep) -> [Tensor<1>; 3] {
    let [value, gradient, m, v] = [value, gradient, m, v].map(Tensor::into_dispatch);
    let (value, m, v) = <Dispatch as AdamBackend>::adam(value, gradient, m, v, step);
    [value, m, v].map(Tensor::from_dispatch)
}

/// One step of an exponential moving average: `average · decay + live · (1 − decay)`; both are `[n]`.
pub fn moving_average(average: Tensor<1>, live: Tensor<1>, decay: f64) -> Tensor<1> {
    let (average, live) = (average.into_dispatch(), live.into_dispatch());
    Tensor::from_dispatch(<Dispatch as AdamBackend>::moving_average(average, live, decay))
}

/// The updates as a backend extension; the default bodies are composed of Burn's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"))]
pub trait AdamBackend: Backend {
    /// See [`adam()`]: the new value, first moment and second moment.
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let m = Self::moving_average(m, gradient.clone(), step.beta1);
        let v = Self::moving_average(v, Self::float_mul(gradient.clone(), gradient), step.beta2);
        let root = Self::float_mul_scalar(Self::float_sqrt(v.clone()), step.root.into());
        let root = Self::float_add_scalar(root, step.epsilon.into());
        let change = Self::float_mul_scalar(Self::float_div(m.clone(), root), step.rate.into());
        (Self::float_sub(value, change), m, v)
    }

    /// See [`moving_average`].
    fn moving_average(average: FloatTensor<Self>, live: FloatTensor<Self>, decay: f64) -> FloatTensor<Self> {
        let old = Self::float_mul_scalar(average, decay.into());
        Self::float_add(old, Self::float_mul_scalar(live, (1.0 - decay).into()))
    }
}

#[cfg(feature = "vulkan")]
impl AdamBackend for burn::backend::Cube {}

impl AdamBackend for Flex {
    fn adam(
        value: FlexTensor,
        gradient: FlexTensor,
        m: FlexTensor,
        v: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [value, gradient, mut m, mut v] = [value, gradient, m, v].map(contiguous);
        let value = with_float!(value, T => {
            let moments = [values_mut::<T>(&mut m), values_mut(&mut v)];
            tensor(update::<T>(values(&value), values(&gradient), moments, step), value.shape())
        });
        (value, m, v)
    }

    fn moving_average(average: FlexTensor, live: FlexTensor, decay: f64) -> FlexTensor {
        let (average, live) = (contiguous(average), contiguous(live));
        with_float!(average, T => {
            let (old, new) = (T::from_f64(decay), T::from_f64(1.0 - decay));
            let mixed = zip(values(&average), values(&live), [], 1, |a: T, b, []| a * old + b * new);
            tensor(mixed, average.shape())
        })
    }
}

/// Updates the moments in place and returns the new values.
fn update<T: Float>(value: &[T], gradient: &[T], [m, v]: [&mut [T]; 2], step: AdamStep) -> Buffer<T> {
    let [b1, b2, a1, a2] = [step.beta1, step.beta2, 1.0 - step.beta1, 1.0 - step.beta2].map(T::from_f64);
    let [epsilon, rate, root] = [step.epsilon, step.rate, step.root].map(T::from_f64);
    let mut out = Buffer::new(value.len());
    let written = out.par_chunks_mut(BLOCK).zip(m.par_chunks_mut(BLOCK)).zip(v.par_chunks_mut(BLOCK));
    let read = value.par_chunks(BLOCK).zip(gradient.par_chunks(BLOCK));
    written.zip(read).with_min_len(FEWEST).for_each(|(((out, m), v), (value, gradient))| {
        vectorized(
            #[inline(always)]
            || {
                let n = value.len();
                let (out, m, v, gradient) = (&mut out[..n], &mut m[..n], &mut v[..n], &gradient[..n]);
                for i in 0..n {
                    let g = gradient[i];
                    m[i] = b1 * m[i] + a1 * g;
                    v[i] = b2 * v[i] + a2 * g * g;
                    out[i] = value[i] - rate * m[i] / (v[i].sqrt() * root + epsilon);
                }
            },
        );
    });
    out
}
