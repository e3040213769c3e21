//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, section 3.
//!
//! ```text
//! max_G  E log D(G(z))
//! ```
//!
//! The same fixed point as minimax, but the gradient −(1 − σ(logit)) is largest where D is sure of
//! the fake.

use burn::tensor::Tensor;

/// `−E log D(G(z))`.
pub(super) fn generator(logits: Tensor<1>) -> Tensor<1> {
    super::surprise(logits)
}
