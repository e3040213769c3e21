//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, section 3.
//!
//! ```text
//! max_D  E log D(x) + E log(1 − D(G(z)))        D = σ(logit)
//! max_G  E log D(G(z))
//! ```
//!
//! Its fixed point is that of minimax, but the generator's gradient −(1 − σ(logit)) is largest where the discriminator is
//! certain of the fake.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;

use super::adversarial::{AdversarialLoss, LossSettings, Needs, PROBABILITY};
use super::cross_entropy::binary_cross_entropy;

#[derive(Debug)]
pub struct NonSaturating;

impl AdversarialLoss for NonSaturating {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        binary_cross_entropy(real) + binary_cross_entropy(fake.neg())
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        binary_cross_entropy(fake)
    }

    fn needs(&self) -> Needs {
        Needs { signed_logits: true, label_smoothing: true, ..Needs::default() }
    }

    fn score(&self, logits: Tensor<1>) -> Tensor<1> {
        sigmoid(logits)
    }

    fn score_meaning(&self) -> &'static str {
        PROBABILITY
    }
}
