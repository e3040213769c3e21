//! Wasserstein GAN, Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, equation 3 and algorithm 1.
//!
//! ```text
//! min_D  E D(G(z)) − E D(x)         over functions of bounded slope
//! min_G  −E D(G(z))
//! ```
//!
//! With a discriminator (their critic) of slope at most 1 the discriminator's loss is minus the earth mover's distance.
//! Something must bound the slope: clipped weights, as in the paper, or a penalty on the gradient.

use burn::tensor::Tensor;

use super::adversarial::{AdversarialLoss, LossSettings, Needs};

#[derive(Debug)]
pub struct Wasserstein;

impl AdversarialLoss for Wasserstein {
    fn new(_: &LossSettings) -> Self {
        Self
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        fake.mean() - real.mean()
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        fake.mean().neg()
    }

    fn needs(&self) -> Needs {
        Needs { bounded_slope: true, ..Needs::default() }
    }
}
