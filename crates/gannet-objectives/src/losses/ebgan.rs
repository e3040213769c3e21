//! Energy-based Generative Adversarial Network, Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, equations 1, 2 and 4. The
//! discriminator is an autoencoder, the energy of an image its squared reconstruction error, and the logit minus the energy.
//!
//! ```text
//! min_D  E energy(x) + E max(0, m − energy(G(z)))
//! min_G  E energy(G(z)) + weight · pull_away
//!
//! pull_away = 1 / (n (n − 1)) · Σ_{i≠j} cos²(fᵢ, fⱼ)       f the autoencoder's codes of the batch's fakes
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::adversarial::{AdversarialLoss, LossSettings, NEGATIVE_ENERGY, Needs, ReconstructionDistance};

/// Added to squared norms, so that a code of zeros is not divided by zero.
const EPSILON: f64 = 1e-12;

#[derive(Debug)]
pub struct EnergyBased {
    margin: f64,
}

impl AdversarialLoss for EnergyBased {
    fn new(settings: &LossSettings) -> Self {
        Self { margin: settings.margin }
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        relu(fake + self.margin).mean() - real.mean()
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        fake.mean().neg()
    }

    fn needs(&self) -> Needs {
        Needs { energy: Some(ReconstructionDistance::Squared), ..Needs::default() }
    }

    fn score_meaning(&self) -> &'static str {
        NEGATIVE_ENERGY
    }
}

/// The pulling-away term `[1]`, in `[0, 1]`: the mean squared cosine between the features `[n, f, h, w]` of different images
/// of a batch.
pub fn pull_away(features: Tensor<4>) -> Tensor<1> {
    let [n, c, h, w] = features.dims();
    let features = features.reshape([n, c * h * w]);
    let squares = (features.clone() * features.clone()).sum_dim(1);
    let directions = features / (squares + EPSILON).sqrt();
    let cosines = directions.clone().matmul(directions.transpose());
    let all = (cosines.clone() * cosines).sum();
    // The n cosines on the diagonal are 1.
    (all - n as f64) / (n * (n - 1).max(1)) as f64
}
