//! What every adversarial loss implements.

use std::fmt::Debug;

use burn::tensor::Tensor;

/// An adversarial loss, with the state that it keeps from step to step.
pub trait AdversarialLoss: Debug + Send {
    /// The loss before its first step.
    fn new(settings: &LossSettings) -> Self
    where
        Self: Sized;

    /// The discriminator's loss, the batch mean `[1]`, from the logits of real and of generated images, `[n]` each.
    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1>;

    /// The generator's loss, the batch mean `[1]`, from the logits of its images `[n]`. `real` holds the logits of as many
    /// real images where [`Needs::real_logits`] asks for them; other losses ignore it.
    ///
    /// # Panics
    /// Where the loss needs real logits and there are none.
    fn generator(&self, fake: Tensor<1>, real: Option<Tensor<1>>) -> Tensor<1>;

    /// What a training run must provide, and which options it may use.
    fn needs(&self) -> Needs;

    /// Updates the state by the mean real and fake logit of a step. Returns the loss's own measure of convergence, where it
    /// has one.
    fn observe(&mut self, _real: f64, _fake: f64) -> Option<f64> {
        None
    }

    /// Whether there is state, so that [`Self::observe`] must be called after each step.
    fn remembers(&self) -> bool {
        !self.state().is_empty()
    }

    /// The state, for a checkpoint.
    fn state(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Sets the state to one that [`Self::state`] returned; a state of another length is ignored.
    fn restore(&mut self, _state: &[f32]) {}

    /// The discriminator's score as reported, from logits `[n]`: a probability where the loss defines one, else the logits.
    fn score(&self, logits: Tensor<1>) -> Tensor<1> {
        logits
    }

    /// What [`Self::score`] is, in words.
    fn score_meaning(&self) -> &'static str {
        "the raw score"
    }
}

/// [`AdversarialLoss::score_meaning`] of losses whose score is the sigmoid of the logit.
pub const PROBABILITY: &str = "the probability that an image is real";
/// [`AdversarialLoss::score_meaning`] of losses whose logit is a negative energy.
pub const NEGATIVE_ENERGY: &str = "the raw score, minus an image's energy";

/// The parameters of all losses; each loss reads its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossSettings {
    /// Target of the discriminator for fakes; least-squares.
    pub a: f64,
    /// Target of the discriminator for real images; least-squares.
    pub b: f64,
    /// Target of the generator for its images; least-squares.
    pub c: f64,
    /// Energy up to which the discriminator raises that of fakes; ebgan.
    pub margin: f64,
    /// Ratio of the fakes' energy to that of real images that is aimed at; began.
    pub gamma: f64,
    /// Step size of the balancing weight k; began.
    pub k_rate: f64,
}

impl Default for LossSettings {
    /// The 0-1 coding of LSGAN's equation 9, EBGAN's margin of 1, BEGAN's γ of 0.5 and step size of 0.001.
    fn default() -> Self {
        Self { a: 0.0, b: 1.0, c: 1.0, margin: 1.0, gamma: 0.5, k_rate: 1e-3 }
    }
}

/// What a loss requires of a training run, and which options are defined for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// The generator's loss takes the logits of real images, too.
    pub real_logits: bool,
    /// The loss is a distance only for a discriminator of bounded slope, by a penalty, clipping or spectral norm.
    pub bounded_slope: bool,
    /// The discriminator is an autoencoder, and its logit is minus its reconstruction error by this distance.
    pub energy: Option<ReconstructionDistance>,
    /// A logit's sign says real or fake, and zero means undecided; adaptive augmentation depends on it.
    pub signed_logits: bool,
    /// The discriminator's loss is a cross-entropy, whose target for real images may be below 1.
    pub label_smoothing: bool,
}

/// The distance of an image from its reconstruction that defines an energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReconstructionDistance {
    /// Mean of the absolute differences.
    Absolute,
    /// Mean of the squared differences.
    Squared,
}
