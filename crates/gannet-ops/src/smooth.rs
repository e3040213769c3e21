//! Smooth activations and gates, in one pass over memory forward and one backward.
//!
//! ```text
//! SiLU  x · σ(x)               Elfwing et al. 2017, arXiv:1702.03118
//! Mish  x · tanh(ln(1 + eˣ))   Misra 2019, arXiv:1908.08681
//! GELU  x · Φ(x)               Hendrycks and Gimpel 2016, arXiv:1606.08415
//! gate  x · (σ(g) − offset)
//! ```
//!
//! Each activation is x · f(x), so its slope is f(x) + x · f'(x). Φ is the normal distribution function, by formula 7.1.26 of
//! Abramowitz and Stegun 1964, whose error is at most 1e-7.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use crate::channelwise::{map_over, zip_over};
use crate::flex::{FlexTensor, alike, over, values, with_float};
use crate::float::Float;

/// A smooth activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smooth {
    /// `x · σ(x)`, also called Swish.
    Silu,
    /// `x · tanh(ln(1 + eˣ))`.
    Mish,
    /// `x · Φ(x)` with the normal distribution function Φ.
    Gelu,
}

/// The activation of each element.
pub fn smooth<const D: usize>(x: Tensor<D>, kind: Smooth) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as SmoothBackend>::smooth(x.into_dispatch(), kind))
}

/// `x · (σ(gates) − offset)` of each element; `x` and `gates` have one shape.
pub fn sigmoid_gate<const D: usize>(x: Tensor<D>, gates: Tensor<D>, offset: f64) -> Tensor<D> {
    let (x, gates) = (x.into_dispatch(), gates.into_dispatch());
    Tensor::from_dispatch(<Dispatch as SmoothBackend>::sigmoid_gate(x, gates, offset))
}

/// Smooth activations, gates and their adjoints as a backend extension; the default bodies are composed of Burn's operations.
#[backend_extension(Flex, Cube: cfg(feature = "vulkan"), Autodiff)]
pub trait SmoothBackend: Backend {
    /// See [`smooth`].
    fn smooth(x: FloatTensor<Self>, kind: Smooth) -> FloatTensor<Self> {
        let [factor, _] = composed_factor::<Self>(x.clone(), kind);
        Self::float_mul(x, factor)
    }

    /// The gradient `dy · (f(x) + x · f'(x))` in `x`.
    fn smooth_adjoint(x: FloatTensor<Self>, dy: FloatTensor<Self>, kind: Smooth) -> FloatTensor<Self> {
        let [factor, slope] = composed_factor::<Self>(x.clone(), kind);
        Self::float_mul(dy, Self::float_add(factor, Self::float_mul(x, slope)))
    }

    /// See [`sigmoid_gate`]. It is its own adjoint in `x`.
    fn sigmoid_gate(x: FloatTensor<Self>, gates: FloatTensor<Self>, offset: f64) -> FloatTensor<Self> {
        Self::float_mul(x, Self::float_sub_scalar(Self::sigmoid(gates), offset.into()))
    }

    /// The gradient `dy · x · σ'(gates)` in `gates`.
    fn sigmoid_gate_adjoint(
        x: FloatTensor<Self>,
        gates: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let open = Self::sigmoid(gates);
        let shut = Self::float_add_scalar(Self::float_neg(open.clone()), 1.0.into());
        Self::float_mul(Self::float_mul(dy, x), Self::float_mul(open, shut))
    }
}

/// f(x) and f'(x) of the activation x · f(x).
fn composed_factor<B: Backend>(x: FloatTensor<B>, kind: Smooth) -> [FloatTensor<B>; 2] {
    let rest = |x: FloatTensor<B>| B::float_add_scalar(B::float_neg(x), 1.0.into());
    let squared = |x: FloatTensor<B>| B::float_mul(x.clone(), x);
    match kind {
        Smooth::Silu => {
            let open = B::sigmoid(x);
            [open.clone(), B::float_mul(open.clone(), rest(open))]
        }
        Smooth::Mish => {
            // Beyond 30 the softplus of x is x.
            let soft = B::float_log1p(B::float_exp(B::float_clamp_max(x.clone(), 30.0.into())));
            let tanh = B::float_tanh(soft);
            let slope = B::float_mul(rest(squared(tanh.clone())), B::sigmoid(x));
            [tanh, slope]
        }
        Smooth::Gelu => {
            let erf = B::float_erf(B::float_mul_scalar(x.clone(), FRAC_1_SQRT_2.into()));
            let share = B::float_mul_scalar(B::float_add_scalar(erf, 1.0.into()), 0.5.into());
            let density = B::float_exp(B::float_mul_scalar(squared(x), (-0.5).into()));
            [share, B::float_mul_scalar(density, (1.0 / (2.0 * PI).sqrt()).into())]
        }
    }
}

#[cfg(feature = "vulkan")]
impl SmoothBackend for burn::backend::Cube {}

impl SmoothBackend for Flex {
    fn smooth(x: FlexTensor, kind: Smooth) -> FlexTensor {
        fn run<T: Float>(x: FlexTensor, factor: impl Fn(T) -> [T; 2] + Sync) -> FlexTensor {
            over::<T>(x, |x| map_over(x, [&[T::ZERO]], |x, [_]| x * factor(x)[0]))
        }
        let [x] = alike([x]);
        with_float!(x, T => match kind {
            Smooth::Silu => run::<T>(x, silu_factor),
            Smooth::Mish => run::<T>(x, mish_factor),
            Smooth::Gelu => run::<T>(x, gelu_factor),
        })
    }

    fn smooth_adjoint(x: FlexTensor, dy: FlexTensor, kind: Smooth) -> FlexTensor {
        fn run<T: Float>(x: &FlexTensor, dy: FlexTensor, factor: impl Fn(T) -> [T; 2] + Sync) -> FlexTensor {
            let slope = |x: T| {
                let [factor, slope] = factor(x);
                factor + x * slope
            };
            over::<T>(dy, |dy| zip_over(values(x), dy, [], 1, |x: T, dy: T, []| dy * slope(x)))
        }
        let [x, dy] = alike([x, dy]);
        with_float!(x, T => match kind {
            Smooth::Silu => run::<T>(&x, dy, silu_factor),
            Smooth::Mish => run::<T>(&x, dy, mish_factor),
            Smooth::Gelu => run::<T>(&x, dy, gelu_factor),
        })
    }

    fn sigmoid_gate(x: FlexTensor, gates: FlexTensor, offset: f64) -> FlexTensor {
        let [x, gates] = alike([x, gates]);
        with_float!(x, T => {
            let offset = T::from_f64(offset);
            over::<T>(x, |x| zip_over(values(&gates), x, [], 1, |gate, x: T, []| x * (sigmoid(gate) - offset)))
        })
    }

    fn sigmoid_gate_adjoint(x: FlexTensor, gates: FlexTensor, dy: FlexTensor) -> FlexTensor {
        let [x, gates, dy] = alike([x, gates, dy]);
        with_float!(x, T => {
            let slope = |gate: T| sigmoid_factor(gate)[1];
            over::<T>(dy, |dy| {
                zip_over(values(&x), dy, [], 1, |x: T, dy: T, []| dy * x);
                zip_over(values(&gates), dy, [], 1, |gate, dy: T, []| dy * slope(gate));
            })
        })
    }
}

/// The absolute value and e to the power of its negative.
#[inline(always)]
fn decayed<T: Float>(x: T) -> [T; 2] {
    let size = if x < T::ZERO { -x } else { x };
    [size, size.exp_negative()]
}

/// The logistic function.
#[inline(always)]
fn sigmoid<T: Float>(x: T) -> T {
    sigmoid_factor(x)[0]
}

/// The logistic function and its slope.
#[inline(always)]
fn sigmoid_factor<T: Float>(x: T) -> [T; 2] {
    let one = T::from_f64(1.0);
    let [_, decay] = decayed(x);
    let above = one / (one + decay);
    let below = decay * above;
    [if x < T::ZERO { below } else { above }, below * above]
}

#[inline(always)]
fn silu_factor<T: Float>(x: T) -> [T; 2] {
    sigmoid_factor(x)
}

/// With e = e^−|x| the factor is a quotient of polynomials in e, without differences of near numbers.
#[inline(always)]
fn mish_factor<T: Float>(x: T) -> [T; 2] {
    let (one, two) = (T::from_f64(1.0), T::from_f64(2.0));
    let [_, e] = decayed(x);
    let (above, below) = (one + two * e, e * (e + two));
    let (top, rest) = if x < T::ZERO { (below, two) } else { (above, two * e * e) };
    let whole = top + rest;
    // 1 − (top / whole)² = rest · (2 top + rest) / whole².
    let slope = rest * (two * top + rest) / (whole * whole);
    [top / whole, slope * sigmoid(x)]
}

#[inline(always)]
fn gelu_factor<T: Float>(x: T) -> [T; 2] {
    let c = T::from_f64;
    let one = c(1.0);
    let size = if x < T::ZERO { -x } else { x };
    let bell = (c(0.5) * x * x).exp_negative();
    let t = one / (one + c(0.327_591_1 * FRAC_1_SQRT_2) * size);
    let series = c(1.421_413_741) + t * (c(-1.453_152_027) + t * c(1.061_405_429));
    let tail = c(0.5) * bell * t * (c(0.254_829_592) + t * (c(-0.284_496_736) + t * series));
    [if x < T::ZERO { tail } else { one - tail }, bell * c(1.0 / (2.0 * PI).sqrt())]
}

#[derive(Debug)]
struct Curve;

impl<B: SmoothBackend> Backward<B, 1> for Curve {
    type State = (FloatTensor<B>, Smooth);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (x, kind) = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::smooth_adjoint(x, dy, kind));
        }
    }
}

#[derive(Debug)]
struct Gate;

impl<B: SmoothBackend> Backward<B, 2> for Gate {
    type State = (FloatTensor<B>, FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gates_node] = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (x, gates, offset) = ops.state;
        if let Some(node) = gates_node {
            grads.register::<B>(node.id, B::sigmoid_gate_adjoint(x, gates.clone(), dy.clone()));
        }
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::sigmoid_gate(dy, gates, offset));
        }
    }
}

impl<B: SmoothBackend, C: CheckpointStrategy> SmoothBackend for Autodiff<B, C> {
    fn smooth(x: FloatTensor<Self>, kind: Smooth) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::smooth(x.clone(), kind);
        match Curve.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, kind), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn sigmoid_gate(x: FloatTensor<Self>, gates: FloatTensor<Self>, offset: f64) -> FloatTensor<Self> {
        let ((x, x_node), (gates, gates_node)) = (x.into_parts(), gates.into_parts());
        let y = B::sigmoid_gate(x.clone(), gates.clone(), offset);
        match Gate.prepare::<C>([x_node, gates_node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((x, gates, offset), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::activation::{gelu, sigmoid, silu, softplus};
    use burn::tensor::{DType, Device, TensorData};

    use super::*;
    use crate::random::Stream;

    fn random(name: &str, shape: [usize; 4], dtype: DType) -> Tensor<4> {
        let values = Stream::new(0, name, 0).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), (&Device::flex().autodiff(), dtype))
    }

    /// The largest difference of values and gradients between two functions of two tensors.
    fn off(
        dtype: DType,
        found: impl Fn([Tensor<4>; 2]) -> Tensor<4>,
        defined: impl Fn([Tensor<4>; 2]) -> Tensor<4>,
    ) -> f64 {
        let shape = [2, 3, 9, 7];
        let u = random("u", shape, dtype);
        let by = |f: &dyn Fn([Tensor<4>; 2]) -> Tensor<4>| {
            let leaves = ["x", "g"].map(|name| (random(name, shape, dtype) * 4.0).require_grad());
            // Channels last in memory, as images are.
            let inputs = leaves.clone().map(|x| x.permute([0, 2, 3, 1]).permute([0, 3, 1, 2]));
            let y = f(inputs);
            let gradients = (y.clone() * u.clone()).sum().backward();
            let slopes = leaves.map(|leaf| leaf.grad(&gradients).unwrap_or_else(|| leaf.inner().zeros_like()));
            [vec![y.inner()], slopes.to_vec()].concat()
        };
        let pairs = by(&found).into_iter().zip(by(&defined));
        pairs.map(|(a, b)| (a - b).abs().max().into_scalar::<f64>()).fold(0.0, f64::max)
    }

    #[test]
    fn values_and_gradients_are_those_of_the_definitions() {
        for (dtype, exact) in [(DType::F64, 1e-12), (DType::F32, 5e-6)] {
            assert!(off(dtype, |[x, _]| smooth(x, Smooth::Silu), |[x, _]| silu(x)) < exact);
            let mish = |[x, _]: [Tensor<4>; 2]| x.clone() * softplus(x, 1.0).tanh();
            assert!(off(dtype, |[x, _]| smooth(x, Smooth::Mish), mish) < exact);
            assert!(off(dtype, |[x, _]| smooth(x, Smooth::Gelu), |[x, _]| gelu(x)) < 5e-6);
            let gated = |[x, g]: [Tensor<4>; 2]| x * (sigmoid(g) - 0.5);
            assert!(off(dtype, |[x, g]| sigmoid_gate(x, g, 0.5), gated) < exact);
        }
    }

    #[test]
    fn far_from_zero_they_are_finite_and_right() {
        let x = Tensor::<1>::from_floats([-1e4, -90.0, 0.0, 90.0, 1e4], &Device::flex());
        for kind in [Smooth::Silu, Smooth::Mish, Smooth::Gelu] {
            let y: Vec<f32> = smooth(x.clone(), kind).into_data().iter::<f32>().collect();
            assert!(y[0].abs() < 1e-20 && y[1].abs() < 1e-20 && y[2] == 0.0, "{kind:?}: {y:?}");
            assert_eq!(y[3..], [90.0, 1e4], "{kind:?}");
        }
    }
}
