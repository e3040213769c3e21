//! Improving Generalization and Stability of Generative Adversarial Networks, Thanh-Tung, Tran and Venkatesh 2019,
//! arXiv:1902.03984, section 5: 0-GP.
//!
//! ```text
//! λ · E ‖∇D(x̂)‖²        x̂ on the line from a real image to a generated one
//! ```

use burn::tensor::Tensor;

use super::gradient_penalty::GradientPenalty;
use super::points::Points;
use super::r1::half_squared_norm;

pub struct ZeroGp;

impl GradientPenalty for ZeroGp {
    fn points(&self) -> Points {
        Points::Between
    }

    fn target_norm(&self) -> f64 {
        0.0
    }

    fn penalize(&self, squared_norms: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
        half_squared_norm(squared_norms, 2.0 * lambda)
    }
}
