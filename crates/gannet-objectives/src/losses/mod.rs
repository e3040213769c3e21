//! Adversarial losses on logits; each file is a paper.
//!
//! A loss says what the discriminator pays for its logits on real and on generated images, and what
//! the generator pays for the logits of its images. All return the mean over the batch as `[1]`.

mod began;
mod clustering;
mod ebgan;
mod f_gan;
mod feature_matching;
mod hinge;
mod least_squares;
mod minimax;
mod naming;
mod non_saturating;
mod relativistic;
mod smoothing;
mod top_k;
mod wasserstein;

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

pub use began::Equilibrium;
pub use clustering::mutual_information;
pub use ebgan::pull_away;
pub use f_gan::Divergence;
pub use feature_matching::feature_matching;
pub use least_squares::Targets;
pub use naming::{code_distance, cross_entropy, misnamed};
pub use smoothing::smoothing;
pub use top_k::top_k;

/// One of the adversarial losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// The original game, whose generator saturates.
    Minimax,
    /// Cross-entropy with the generator's sign turned, so that it does not saturate.
    NonSaturating,
    /// Squared distance to targets.
    LeastSquares(Targets),
    /// A margin for the discriminator, the raw score for the generator.
    Hinge,
    /// The earth mover's distance, with something that bounds the discriminator's slope.
    Wasserstein,
    /// Cross-entropy of the difference between a real image and a fake.
    RelativisticPairing,
    /// Cross-entropy of the difference from the average of the other kind.
    RelativisticAverage,
    /// A lower bound of a divergence.
    Divergence(Divergence),
    /// The energy that an autoencoder gives to images, with this margin for the fakes'.
    EnergyBased(f64),
    /// The same with a balance in place of the margin.
    BoundaryEquilibrium(Equilibrium),
}

impl Loss {
    /// What the discriminator pays: logits of real and of generated images, `[n]` each → `[1]`.
    pub fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Minimax | Self::NonSaturating => surprise(real) + surprise(fake.neg()),
            Self::LeastSquares(targets) => targets.on_real(real) + targets.on_fake(fake),
            Self::Hinge => hinge::below_margin(real) + hinge::below_margin(fake.neg()),
            Self::Wasserstein => wasserstein::mean(fake) - wasserstein::mean(real),
            Self::RelativisticPairing => relativistic::pairing(real, fake),
            Self::RelativisticAverage => relativistic::average(real, fake),
            Self::Divergence(divergence) => divergence.conjugate(fake) - divergence.witness(real),
            Self::EnergyBased(margin) => ebgan::below_margin(fake, *margin) - wasserstein::mean(real),
            Self::BoundaryEquilibrium(equilibrium) => equilibrium.discriminator(real, fake),
        }
    }

    /// What the generator pays for the logits of its images `[n]`; those of real images, of the same number, are asked
    /// for where [`Loss::compares`] says so.
    pub fn generator(&self, fake: Tensor<1>, real: impl FnOnce() -> Tensor<1>) -> Tensor<1> {
        match self {
            Self::Minimax => minimax::generator(fake),
            Self::NonSaturating => non_saturating::generator(fake),
            Self::LeastSquares(targets) => targets.generator(fake),
            Self::Hinge | Self::Wasserstein | Self::EnergyBased(_) | Self::BoundaryEquilibrium(_) => {
                wasserstein::mean(fake).neg()
            }
            Self::RelativisticPairing => relativistic::pairing(fake, real()),
            Self::RelativisticAverage => relativistic::average(fake, real()),
            Self::Divergence(divergence) => divergence.witness(fake).neg(),
        }
    }

    /// Whether the generator's loss compares its images with real ones.
    pub fn compares(&self) -> bool {
        matches!(self, Self::RelativisticPairing | Self::RelativisticAverage)
    }

    /// Moves what a loss keeps from step to step by the mean logits of a step; its measure of convergence, where it has
    /// one.
    pub fn observe(&mut self, real: f64, fake: f64) -> Option<f64> {
        match self {
            Self::BoundaryEquilibrium(equilibrium) => Some(equilibrium.observe(real, fake)),
            _ => None,
        }
    }

    /// Whether D's score is the probability that an image is real; the raw logit otherwise.
    pub fn is_probability(&self) -> bool {
        matches!(self, Self::Minimax | Self::NonSaturating | Self::Divergence(Divergence::JensenShannon))
    }

    /// What [`Loss::score`] is, in words.
    pub fn meaning(&self) -> &'static str {
        match self {
            _ if self.is_probability() => "the probability that an image is real",
            Self::EnergyBased(_) | Self::BoundaryEquilibrium(_) => "the raw score, minus an image's energy",
            _ => "the raw score",
        }
    }

    /// What the loss makes of logits, as shown for D(x): a probability, or the raw score where
    /// the loss has no probability.
    pub fn score<const D: usize>(&self, logits: Tensor<D>) -> Tensor<D> {
        if self.is_probability() { sigmoid(logits) } else { logits }
    }
}

/// `−E log σ(logits)`: the cross-entropy of logits that should say "yes". `[n]` → `[1]`.
fn surprise(logits: Tensor<1>) -> Tensor<1> {
    log_sigmoid(logits).mean().neg()
}

#[cfg(test)]
mod tests;
