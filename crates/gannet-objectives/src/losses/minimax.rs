//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
//!
//! ```text
//! min_G max_D  E log D(x) + E log(1 − D(G(z)))        D = σ(logit)
//! ```
//!
//! Where the discriminator is certain of a fake, the generator's gradient vanishes: it is −σ(logit), which goes to zero with
//! D(G(z)). Therefore the paper itself trains with the non-saturating form.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

use super::adversarial::{AdversarialLoss, LossSettings, Needs, PROBABILITY};
use super::cross_entropy::binary_cross_entropy;

#[derive(Debug)]
pub struct Minimax;

impl AdversarialLoss for Minimax {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        binary_cross_entropy(real) + binary_cross_entropy(fake.neg())
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        log_sigmoid(fake.neg()).mean()
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
