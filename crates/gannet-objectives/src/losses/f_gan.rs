//! f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization, Nowozin, Cseke and Tomioka 2016,
//! arXiv:1606.00709, equation 6 with the activations and conjugates of tables 2 and 6.
//!
//! ```text
//! max_D  E T(x) − E f*(T(G(z)))         T = g_f(logit)
//! ```
//!
//! is a lower bound of the divergence `E_q f(p/q)` between the data p and the generator's q. The generator maximises
//! `E T(G(z))`, the form of the paper's section 3.2 that does not saturate.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;

/// Which divergence of the data from the generator is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// Kullback–Leibler, `f(u) = u log u`: every mode must be covered.
    KullbackLeibler,
    /// Its reverse, `f(u) = −log u`: nothing may be drawn where there is no data.
    ReverseKullbackLeibler,
    /// Pearson's χ², `f(u) = (u − 1)²`.
    Pearson,
    /// The squared Hellinger distance, `f(u) = (√u − 1)²`.
    Hellinger,
    /// Jensen–Shannon, `f(u) = u log u − (u + 1) log((1 + u) / 2)`, twice the mean of two divergences.
    JensenShannon,
}

impl Divergence {
    /// `E T`.
    pub(super) fn witness(self, logits: Tensor<1>) -> Tensor<1> {
        match self {
            Self::KullbackLeibler | Self::Pearson => logits,
            Self::ReverseKullbackLeibler => logits.neg().exp().neg(),
            Self::Hellinger => logits.neg().exp().neg() + 1.0,
            Self::JensenShannon => log_sigmoid(logits) + std::f64::consts::LN_2,
        }
        .mean()
    }

    /// `E f*(T)`, simplified.
    pub(super) fn conjugate(self, logits: Tensor<1>) -> Tensor<1> {
        match self {
            Self::KullbackLeibler => (logits - 1.0).exp(),
            Self::ReverseKullbackLeibler => logits - 1.0,
            Self::Pearson => logits.clone() * logits.clone() * 0.25 + logits,
            Self::Hellinger => logits.exp() - 1.0,
            Self::JensenShannon => log_sigmoid(logits.neg()).neg() - std::f64::consts::LN_2,
        }
        .mean()
    }
}
