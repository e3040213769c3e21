//! The steps of a gradient penalty by dual numbers, for penalties of discriminators and of generators.

use burn::tensor::Tensor;
use gannet_ops::dual::Dual;

/// `v = ∇ₓ Σ f(x)`, without a graph; zeros where f does not depend on x. `f` should have frozen parameters.
pub fn input_gradient<const D: usize>(f: impl FnOnce(Dual<D>) -> Dual<1>, x: Tensor<D>) -> Tensor<D> {
    let x = x.detach().require_grad();
    let gradients = f(Dual::constant(x.clone())).value.sum().backward();
    x.grad(&gradients).unwrap_or_else(|| x.inner().zeros_like())
}

/// `‖v‖²` of each sample of `v [n, …]`, as `[n]`.
pub fn squared_norms<const D: usize>(v: &Tensor<D>) -> Tensor<1> {
    let n = v.dims()[0];
    (v.clone() * v.clone()).flatten::<2>(1, D - 1).sum_dim(1).reshape([n])
}

/// `x [n, …]` with the tangent `c · v`, of a gradient without a graph and a factor `[n]` for each sample.
pub fn along<const D: usize>(x: Tensor<D>, v: Tensor<D>, factors: Tensor<1>) -> Dual<D> {
    let mut shape = [1; D];
    shape[0] = v.dims()[0];
    Dual::new(x, Tensor::from_inner(v * factors.reshape(shape)))
}

/// A surrogate loss `[1]`: the mean of the tangents of a network's outputs `[n]`. Its gradient with respect to the parameters
/// equals the gradient of the penalties; its value means nothing. `None` where the outputs have no tangent.
pub fn penalty_objective(outputs: &Dual<1>) -> Option<Tensor<1>> {
    outputs.tangent.clone().map(Tensor::mean)
}
