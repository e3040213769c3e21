//! Improving Generalization and Stability of Generative Adversarial Networks, Thanh-Tung, Tran and Venkatesh 2019,
//! arXiv:1902.03984, section 5: 0-GP.
//!
//! ```text
//! λ · E ‖∇D(x̂)‖²        x̂ on the line from a real image to a generated one
//! ```

use burn::tensor::Tensor;

/// `λ · ‖v‖²`, whose c is 2λ.
pub(super) fn priced(squares: Tensor<1>, lambda: f64) -> (Tensor<1>, Tensor<1>) {
    super::r1::priced(squares, 2.0 * lambda)
}
