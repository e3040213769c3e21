//! The hinge loss: Geometric GAN, Lim and Ye 2017, arXiv:1705.02894, equations 9 and 10. Spectral Normalization for
//! Generative Adversarial Networks, Miyato et al. 2018, arXiv:1802.05957, uses it.
//!
//! ```text
//! min_D  E max(0, 1 − D(x)) + E max(0, 1 + D(G(z)))
//! min_G  −E D(G(z))
//! ```
//!
//! The discriminator has a gradient only for images whose logit is within the margin.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::adversarial::{AdversarialLoss, LossSettings, Needs};

#[derive(Debug)]
pub struct Hinge;

impl AdversarialLoss for Hinge {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        hinge(real) + hinge(fake.neg())
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        fake.mean().neg()
    }

    fn needs(&self) -> Needs {
        Needs { signed_logits: true, ..Needs::default() }
    }
}

/// `E max(0, 1 − logit)`.
fn hinge(logits: Tensor<1>) -> Tensor<1> {
    relu(logits.neg() + 1.0).mean()
}
