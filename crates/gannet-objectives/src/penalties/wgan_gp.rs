//! Improved Training of Wasserstein GANs, Gulrajani et al. 2017, arXiv:1704.00028, equation 3.
//!
//! ```text
//! λ · E (‖∇D(x̂)‖ − 1)²        x̂ = ε x + (1 − ε) G(z), ε uniform in [0, 1]
//! ```
//!
//! The optimal critic has gradient norm 1 on the lines along which the optimal transport moves mass.

use burn::tensor::Tensor;

use super::gradient_penalty::GradientPenalty;
use super::points::Points;

/// Lower bound of a norm that is divided by, for gradients of zero.
const MIN_NORM: f64 = 1e-12;

pub struct WganGp;

impl GradientPenalty for WganGp {
    fn points(&self) -> Points {
        Points::Between
    }

    fn target_norm(&self) -> f64 {
        1.0
    }

    fn penalize(&self, squared_norms: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
        squared_distance_from_one(squared_norms, lambda)
    }
}

/// `λ (‖v‖ − 1)²`, whose c is `2λ (‖v‖ − 1) / ‖v‖`.
pub fn squared_distance_from_one(squared_norms: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
    let norms = squared_norms.sqrt();
    let excess = norms.clone() - 1.0;
    (excess.clone() * excess.clone() * lambda, excess * (2.0 * lambda) / norms.clamp_min(MIN_NORM))
}
