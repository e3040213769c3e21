//! The update of Adam in one pass over memory: Kingma and Ba 2014, arXiv:1412.6980, algorithm 1.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::flex::{FlexTensor, Real, contiguous, tensor, values, with_float};
use crate::kernel::memory::Buffer;
use crate::simd::vectorised;

/// Values that a thread works at once.
const CHUNK: usize = 1 << 13;

/// Settings of a step, with both corrections for the moments' start at zero worked in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Decay of the mean gradient.
    pub beta1: f64,
    /// Decay of the mean squared gradient.
    pub beta2: f64,
    /// Added to the root.
    pub epsilon: f64,
    /// Learning rate over 1 − beta1ᵗ.
    pub rate: f64,
    /// 1 over √(1 − beta2ᵗ).
    pub root: f64,
}

impl AdamStep {
    /// Step number `t`, the first being 1, with learning rate `lr`.
    pub fn new(lr: f64, beta1: f64, beta2: f64, epsilon: f64, t: u64) -> Self {
        let t = t as f64;
        let root = (1.0 - beta2.powf(t)).sqrt().recip();
        Self { beta1, beta2, epsilon, rate: lr / (1.0 - beta1.powf(t)), root }
    }
}

/// New value and moments of a flat parameter: `[value, m, v]`.
pub fn adam(value: Tensor<1>, gradient: Tensor<1>, [m, v]: [Tensor<1>; 2], step: AdamStep) -> [Tensor<1>; 3] {
    let [n] = value.dims();
    let [value, gradient, m, v] = [value, gradient, m, v].map(Tensor::into_dispatch);
    let packed: Tensor<2> = Tensor::from_dispatch(<Dispatch as AdamBackend>::adam(value, gradient, m, v, step));
    [0, 1, 2].map(|row| packed.clone().narrow(0, row, 1).reshape([n]))
}

/// The update; the default body is made of the framework's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"))]
pub trait AdamBackend: Backend {
    /// `[n]` each → `[3, n]`: value, mean gradient and mean squared gradient.
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        step: AdamStep,
    ) -> FloatTensor<Self> {
        let mixed = |old, new, beta: f64| {
            let (old, new) =
                (Self::float_mul_scalar(old, beta.into()), Self::float_mul_scalar(new, (1.0 - beta).into()));
            Self::float_add(old, new)
        };
        let m = mixed(m, gradient.clone(), step.beta1);
        let v = mixed(v, Self::float_mul(gradient.clone(), gradient), step.beta2);
        let root = Self::float_mul_scalar(Self::float_sqrt(v.clone()), step.root.into());
        let root = Self::float_add_scalar(root, step.epsilon.into());
        let change = Self::float_mul_scalar(Self::float_div(m.clone(), root), step.rate.into());
        let row = |x: FloatTensor<Self>| {
            let n = x.shape().num_elements();
            Self::float_reshape(x, [1, n].into())
        };
        Self::float_cat(vec![row(Self::float_sub(value, change)), row(m), row(v)], 0)
    }
}

#[cfg(feature = "vulkan")]
impl AdamBackend for burn::backend::Cube {}

impl AdamBackend for Flex {
    fn adam(value: FlexTensor, gradient: FlexTensor, m: FlexTensor, v: FlexTensor, step: AdamStep) -> FlexTensor {
        let n = value.shape().num_elements();
        let all = [value, gradient, m, v].map(contiguous);
        with_float!(all[0], T => tensor(update::<T>(all.each_ref().map(values), step), [3, n]))
    }
}

fn update<T: Real>([value, gradient, m, v]: [&[T]; 4], step: AdamStep) -> Buffer<T> {
    let n = value.len();
    let [b1, b2, a1, a2] = [step.beta1, step.beta2, 1.0 - step.beta1, 1.0 - step.beta2].map(T::from_f64);
    let [epsilon, rate, root] = [step.epsilon, step.rate, step.root].map(T::from_f64);
    let mut out = Buffer::new(3 * n);
    let (new_value, moments) = out.split_at_mut(n);
    let (new_m, new_v) = moments.split_at_mut(n);
    let new = new_value.par_chunks_mut(CHUNK).zip(new_m.par_chunks_mut(CHUNK)).zip(new_v.par_chunks_mut(CHUNK));
    let old = value.par_chunks(CHUNK).zip(gradient.par_chunks(CHUNK)).zip(m.par_chunks(CHUNK)).zip(v.par_chunks(CHUNK));
    new.zip(old).for_each(|(((new_value, new_m), new_v), (((value, gradient), m), v))| {
        vectorised(#[inline(always)] || {
            let n = value.len();
            let (new_value, new_m, new_v) = (&mut new_value[..n], &mut new_m[..n], &mut new_v[..n]);
            let (gradient, m, v) = (&gradient[..n], &m[..n], &v[..n]);
            for i in 0..n {
                let g = gradient[i];
                let (m, v) = (b1 * m[i] + a1 * g, b2 * v[i] + a2 * g * g);
                new_value[i] = value[i] - rate * m / (v.sqrt() * root + epsilon);
                (new_m[i], new_v[i]) = (m, v);
            }
        });
    });
    out
}
