//! Which Training Methods for GANs do actually Converge?, Mescheder, Geiger and Nowozin 2018, arXiv:1801.04406, equations
//! 9 and 10.
//!
//! ```text
//! R1 = γ/2 · E ‖∇D(x)‖²  at real images          R2 = γ/2 · E ‖∇D(G(z))‖²  at generated images
//! ```
//!
//! Where the generator has the distribution of the data, the discriminator should have no gradient, so that training can
//! converge there. Here are the factors of the norm; `GradientPenalties::tangent` in `mod.rs`
//! computes the gradient ∇D(x) and applies them.

use burn::tensor::Tensor;

use super::gradient_penalty::GradientPenalty;
use super::points::Points;

pub struct R1;

impl GradientPenalty for R1 {
    fn points(&self) -> Points {
        Points::Real
    }

    fn target_norm(&self) -> f64 {
        0.0
    }

    fn penalize(&self, squared_norms: Tensor<1>, gamma: f64) -> (Tensor<1>, Tensor<1>) {
        half_squared_norm(squared_norms, gamma)
    }
}

pub struct R2;

impl GradientPenalty for R2 {
    fn points(&self) -> Points {
        Points::Fake
    }

    fn target_norm(&self) -> f64 {
        0.0
    }

    fn penalize(&self, squared_norms: Tensor<1>, gamma: f64) -> (Tensor<1>, Tensor<1>) {
        half_squared_norm(squared_norms, gamma)
    }
}

/// `γ/2 · ‖v‖²`, whose c is γ.
pub fn half_squared_norm(squared_norms: Tensor<1>, gamma: f64) -> (Tensor<1>, Tensor<1>) {
    (squared_norms.clone() * (gamma / 2.0), squared_norms.full_like(gamma))
}
