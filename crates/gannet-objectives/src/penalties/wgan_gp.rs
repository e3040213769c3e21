//! Improved Training of Wasserstein GANs, Gulrajani et al. 2017, arXiv:1704.00028, equation 3.
//!
//! ```text
//! λ · E (‖∇D(x̂)‖ − 1)²        x̂ = ε x + (1 − ε) G(z), ε uniform in [0, 1]
//! ```
//!
//! The best critic's gradient has norm one on the lines along which mass is to be moved.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;

/// Norms below this count as this much, for a direction that there is not.
const SMALLEST: f64 = 1e-12;

/// `λ (‖v‖ − 1)²`, whose c is `2λ (‖v‖ − 1) / ‖v‖`.
pub(super) fn priced(squares: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
    let norms = squares.sqrt();
    let beyond = norms.clone() - 1.0;
    (beyond.clone() * beyond.clone() * lambda, beyond * (2.0 * lambda) / norms.clamp_min(SMALLEST))
}

/// A random point between each real image and the generated one beside it.
pub(super) fn between(real: &Tensor<4>, fake: &Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, ..] = real.dims();
    let shares = (0..n).map(|_| stream.uniform()).collect();
    fake.clone() + (real.clone() - fake.clone()) * super::numbers(shares, [n, 1, 1, 1], real)
}
