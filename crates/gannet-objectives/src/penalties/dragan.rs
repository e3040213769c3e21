//! On Convergence and Stability of GANs, Kodali et al. 2017, arXiv:1705.07215, section 2.4: DRAGAN.
//!
//! ```text
//! λ · E (‖∇D(x + δ)‖ − 1)²        δ from N(0, c)
//! ```
//!
//! Sharp gradients of the discriminator around real images go with mode collapse. The noise δ has half the standard
//! deviation of the batch's pixels.

use burn::tensor::Tensor;

use super::gradient_penalty::GradientPenalty;
use super::points::Points;
use super::wgan_gp::squared_distance_from_one;

pub struct Dragan;

impl GradientPenalty for Dragan {
    fn points(&self) -> Points {
        Points::Around
    }

    fn target_norm(&self) -> f64 {
        1.0
    }

    fn penalize(&self, squared_norms: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
        squared_distance_from_one(squared_norms, lambda)
    }
}
