//! f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization, Nowozin, Cseke and Tomioka 2016,
//! arXiv:1606.00709, equation 6 with the output activations and conjugates of tables 2 and 6.
//!
//! ```text
//! max_D  E T(x) − E f*(T(G(z)))         T = g_f(logit)
//! ```
//!
//! is a lower bound of the divergence `E_q f(p/q)` of the data p from the generator's q. The generator maximizes
//! `E T(G(z))`, the form of the paper's section 3.2, which does not saturate.

use std::fmt::Debug;
use std::marker::PhantomData;

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, sigmoid};

use super::adversarial::{AdversarialLoss, LossSettings, Needs, PROBABILITY};

/// A divergence `E_q f(p/q)` by the two functions of its bound.
pub trait Divergence: Debug + Send {
    /// Whether σ(logit) is the probability that an image is real.
    const PROBABILITY: bool = false;

    /// The output activation `T = g_f(logit)`.
    fn activation(logits: Tensor<1>) -> Tensor<1>;

    /// `f*(g_f(logit))`, simplified.
    fn conjugate(logits: Tensor<1>) -> Tensor<1>;
}

/// The bound of a divergence as a loss.
#[derive(Debug)]
pub struct FGan<D>(PhantomData<D>);

impl<D: Divergence> AdversarialLoss for FGan<D> {
    fn new(_: &LossSettings) -> Self {
        Self(PhantomData)
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        D::conjugate(fake).mean() - D::activation(real).mean()
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        D::activation(fake).mean().neg()
    }

    fn needs(&self) -> Needs {
        Needs { signed_logits: true, ..Needs::default() }
    }

    fn score(&self, logits: Tensor<1>) -> Tensor<1> {
        if D::PROBABILITY { sigmoid(logits) } else { logits }
    }

    fn score_meaning(&self) -> &'static str {
        if D::PROBABILITY { PROBABILITY } else { "the raw score" }
    }
}

/// `f(u) = u log u`: penalizes missing modes.
#[derive(Debug)]
pub struct KullbackLeibler;

impl Divergence for KullbackLeibler {
    fn activation(logits: Tensor<1>) -> Tensor<1> {
        logits
    }

    fn conjugate(logits: Tensor<1>) -> Tensor<1> {
        (logits - 1.0).exp()
    }
}

/// `f(u) = −log u`: penalizes samples where there is no data.
#[derive(Debug)]
pub struct ReverseKullbackLeibler;

impl Divergence for ReverseKullbackLeibler {
    fn activation(logits: Tensor<1>) -> Tensor<1> {
        logits.neg().exp().neg()
    }

    fn conjugate(logits: Tensor<1>) -> Tensor<1> {
        logits - 1.0
    }
}

/// Pearson's χ², `f(u) = (u − 1)²`.
#[derive(Debug)]
pub struct Pearson;

impl Divergence for Pearson {
    fn activation(logits: Tensor<1>) -> Tensor<1> {
        logits
    }

    fn conjugate(logits: Tensor<1>) -> Tensor<1> {
        logits.clone() * logits.clone() * 0.25 + logits
    }
}

/// The squared Hellinger distance, `f(u) = (√u − 1)²`.
#[derive(Debug)]
pub struct Hellinger;

impl Divergence for Hellinger {
    fn activation(logits: Tensor<1>) -> Tensor<1> {
        logits.neg().exp().neg() + 1.0
    }

    fn conjugate(logits: Tensor<1>) -> Tensor<1> {
        logits.exp() - 1.0
    }
}

/// Jensen–Shannon, `f(u) = u log u − (u + 1) log((1 + u) / 2)`: twice the usual divergence, which is a mean of two.
#[derive(Debug)]
pub struct JensenShannon;

impl Divergence for JensenShannon {
    const PROBABILITY: bool = true;

    fn activation(logits: Tensor<1>) -> Tensor<1> {
        log_sigmoid(logits) + std::f64::consts::LN_2
    }

    fn conjugate(logits: Tensor<1>) -> Tensor<1> {
        log_sigmoid(logits.neg()).neg() - std::f64::consts::LN_2
    }
}
