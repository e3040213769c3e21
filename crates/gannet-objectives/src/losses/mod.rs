//! Adversarial losses on logits; each file is a paper.
//!
//! A loss says what the discriminator pays for its logits on real and on generated images, and what
//! the generator pays for the logits of its images. All return the mean over the batch as `[1]`.

mod least_squares;
mod minimax;
mod non_saturating;

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

pub use least_squares::Targets;

/// One of the adversarial losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// The original game, whose generator saturates; see [`minimax`](self).
    Minimax,
    /// Cross-entropy with the generator's sign turned, so that it does not saturate.
    NonSaturating,
    /// Squared distance to targets.
    LeastSquares(Targets),
}

impl Loss {
    /// The discriminator's loss on real images: `logits [n]` → `[1]`.
    pub fn on_real(&self, logits: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Minimax | Self::NonSaturating => surprise(logits),
            Self::LeastSquares(targets) => targets.on_real(logits),
        }
    }

    /// The discriminator's loss on generated images: `logits [n]` → `[1]`.
    pub fn on_fake(&self, logits: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Minimax | Self::NonSaturating => surprise(logits.neg()),
            Self::LeastSquares(targets) => targets.on_fake(logits),
        }
    }

    /// The generator's loss: logits of its images `[n]` → `[1]`.
    pub fn generator(&self, logits: Tensor<1>) -> Tensor<1> {
        match self {
            Self::Minimax => minimax::generator(logits),
            Self::NonSaturating => non_saturating::generator(logits),
            Self::LeastSquares(targets) => targets.generator(logits),
        }
    }

    /// What the loss makes of logits, as shown for D(x): a probability, or the raw score where
    /// the loss has no probability.
    pub fn score<const D: usize>(&self, logits: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Minimax | Self::NonSaturating => sigmoid(logits),
            Self::LeastSquares(_) => logits,
        }
    }
}

/// `−E log σ(logits)`: the cross-entropy of logits that should say "yes". `[n]` → `[1]`.
fn surprise(logits: Tensor<1>) -> Tensor<1> {
    log_sigmoid(logits).mean().neg()
}

#[cfg(test)]
mod tests;
