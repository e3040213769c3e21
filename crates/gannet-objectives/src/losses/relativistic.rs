//! The relativistic discriminator: a key element missing from standard GAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
//!
//! The discriminator estimates how much more realistic a real image is than a fake, not whether it is real. Therefore the
//! generator's loss depends on the logits of real images, too.
//!
//! ```text
//! pairing   min_D  −E log σ(D(x) − D(G(z)))                                             (RpGAN, equation 8)
//! average   min_D  −E log σ(D(x) − E D(G(z))) − E log σ(E D(x) − D(G(z)))               (RaGAN, equations 12 and 13)
//! ```
//!
//! The generator's loss is the discriminator's with real and fake exchanged. Pairing is the loss of The GAN is dead; long live
//! the GAN! A Modern GAN Baseline, Huang et al. 2024, arXiv:2501.05441: with it no discriminator can put all fakes beyond one
//! decision boundary, which helps against mode dropping.

use burn::tensor::Tensor;

use super::adversarial::{AdversarialLoss, LossSettings, Needs};
use super::cross_entropy::binary_cross_entropy;

const NO_REAL: &str = "a relativistic loss needs the logits of real images";

/// RpGAN: each real logit is compared with the fake logit in the same place of the batch.
#[derive(Debug)]
pub struct Pairing;

impl AdversarialLoss for Pairing {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        binary_cross_entropy(real - fake)
    }

    fn generator(&self, fake: Tensor<1>, real: Option<Tensor<1>>) -> Tensor<1> {
        binary_cross_entropy(fake - real.expect(NO_REAL))
    }

    fn needs(&self) -> Needs {
        Needs { real_logits: true, ..Needs::default() }
    }
}

/// RaGAN: each logit is compared with the mean logit of the other kind.
#[derive(Debug)]
pub struct Average;

impl AdversarialLoss for Average {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        average(real, fake)
    }

    fn generator(&self, fake: Tensor<1>, real: Option<Tensor<1>>) -> Tensor<1> {
        average(fake, real.expect(NO_REAL))
    }

    fn needs(&self) -> Needs {
        Needs { real_logits: true, ..Needs::default() }
    }
}

/// The cross-entropy of `more` being above the mean of `less`, and the mean of `more` above `less`.
fn average(more: Tensor<1>, less: Tensor<1>) -> Tensor<1> {
    let (mean_of_more, mean_of_less) = (more.clone().mean(), less.clone().mean());
    binary_cross_entropy(more - mean_of_less) + binary_cross_entropy(mean_of_more - less)
}
