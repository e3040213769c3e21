//! The doctor, a diagnosis during training: does the discriminator overfit, has the generator stalled, are modes lost, has
//! the run diverged?
//!
//! Scores are compared with one another only (how often is a real image scored above a generated one?), so that one threshold
//! fits every loss. A finding is reported once it has lasted for three observations, and once only until it is gone, since a
//! single observation may be chance. The thresholds were set on the built-in digits and shapes and on the laboratory's ring
//! and grid.

mod signals;

use std::collections::BTreeMap;
use std::fmt;

pub use signals::{Observation, Signals, Thumbnails, thumbnails};

use gannet_data::Batch;

/// Observations in a row that must agree before a finding is reported.
const CONFIRMATIONS: usize = 3;
/// Share of pairs from which on the discriminator counts as nearly always right.
const NEARLY_ALWAYS: f64 = 0.99;
/// A generator that is nearer than this to its moving average has stalled.
const STALLED_MOVEMENT: f64 = 0.02;
/// Modes are lost where the generated images are less diverse than this share of the real ones, …
const LEAST_DIVERSITY: f64 = 0.5;
/// … or, late in training, where they cover less than this share of the real images, …
const LEAST_COVERAGE: f64 = 0.5;
/// … or where more than this share of the real images has no generated one anywhere near.
const MOST_MISSED: f64 = 0.1;
/// How far above one half the share of pairs may be in which a training image is scored above a held-out one.
const MEMORIZED: f64 = 0.2;
/// Share of all steps after which coverage is expected.
const COVERAGE_EXPECTED: f64 = 0.5;
/// Observations before diversity is diagnosed.
const WARM_UP: usize = 3;
/// Share of the starting learning rate below which no movement is expected.
const MOVEMENT_EXPECTED: f64 = 0.25;
/// A gradient norm that is this many times the largest norm before has exploded.
const EXPLOSION: f64 = 100.0;
/// The decay of the largest norm in each step.
const PEAK_DECAY: f64 = 0.999;
/// Steps before the largest norm is meaningful.
const PEAK_WARM_UP: u64 = 50;

/// What may be wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The discriminator has memorized its training images.
    Overfits,
    /// The generator no longer changes, and the discriminator is always right.
    Stalled,
    /// The generated images lack modes of the real ones.
    ModesLost,
    /// A value is not finite, or a gradient has exploded.
    Diverged,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overfits => "discriminator overfits",
            Self::Stalled => "generator stalled",
            Self::ModesLost => "modes lost",
            Self::Diverged => "diverged",
        })
    }
}

/// A finding, its evidence and its remedy.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What is wrong.
    pub finding: Finding,
    /// What was measured.
    pub evidence: String,
    /// What to change.
    pub remedy: &'static str,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. Try {}", self.finding, self.evidence, self.remedy)
    }
}

/// The images on which a run is diagnosed.
#[derive(Debug, Clone)]
pub struct DiagnosticBatch {
    /// Training images.
    pub real: Batch,
    /// Held-out images, where there are some.
    pub held_out: Option<Batch>,
}

/// Diagnoses a run and remembers what it found.
#[derive(Debug, Clone, Default)]
pub struct Doctor {
    /// Number of observations.
    observations: usize,
    /// In how many observations in a row each finding was present.
    durations: [usize; 3],
    /// The decayed maximum of each gradient norm, and the number of steps behind it.
    peaks: BTreeMap<String, (f64, u64)>,
}

impl Doctor {
    /// Diagnoses a run after the share `progress` of all steps, at `lr` times its starting learning rate.
    pub fn diagnose(&mut self, observation: &Observation, progress: f64, lr: f64) -> (Option<Signals>, Vec<Diagnosis>) {
        let signals = observation.signals();
        let Some(measured) = &signals else { return (None, Vec::new()) };
        self.observations += 1;
        let lost = modes_lost(measured, progress).filter(|_| self.observations > WARM_UP);
        let all = [overfits(measured), stalled(measured, lr), lost];
        let confirmed = all.into_iter().zip(&mut self.durations).filter_map(|(diagnosis, duration)| {
            *duration = if diagnosis.is_some() { *duration + 1 } else { 0 };
            diagnosis.filter(|_| *duration == CONFIRMATIONS)
        });
        let confirmed = confirmed.collect();
        (signals, confirmed)
    }

    /// Checks the losses and gradient norms of a step: a finding where one is not finite or has exploded.
    pub fn watch(&mut self, scalars: &[(String, f64)]) -> Option<Diagnosis> {
        let diverged = |evidence: String| {
            let remedy = "smaller optim.generator_lr and optim.discriminator_lr, or penalty.r1";
            Some(Diagnosis { finding: Finding::Diverged, evidence, remedy })
        };
        if let Some((name, value)) = scalars.iter().find(|(_, value)| !value.is_finite()) {
            return diverged(format!("{name} is {value}"));
        }
        for (name, value) in scalars.iter().filter(|(name, _)| name.starts_with("grad/")) {
            let (peak, count) = self.peaks.entry(name.clone()).or_insert((*value, 0));
            if *count >= PEAK_WARM_UP && *value > EXPLOSION * *peak {
                return diverged(format!("{name} is {value:.3e}, and {peak:.3e} was the largest before"));
            }
            *peak = value.max(*peak * PEAK_DECAY);
            *count += 1;
        }
        None
    }
}

fn overfits(signals: &Signals) -> Option<Diagnosis> {
    let (memorized, held_out) = (signals.real_over_held_out?, signals.held_out_over_fake?);
    (memorized > 0.5 + MEMORIZED && signals.real_over_fake - held_out > MEMORIZED / 2.0).then(|| Diagnosis {
        finding: Finding::Overfits,
        evidence: format!(
            "it scores training images above held-out ones in {:.0} % of pairs (50 % means no memorization); it scores \
             training images above generated ones in {:.0} %, and held-out ones above generated ones in {:.0} %",
            100.0 * memorized,
            100.0 * signals.real_over_fake,
            100.0 * held_out
        ),
        remedy: "augment.kind = \"diff\" or \"ada\", more images, or a stronger penalty.r1",
    })
}

fn stalled(signals: &Signals, lr: f64) -> Option<Diagnosis> {
    let movement = signals.movement?;
    (signals.real_over_fake > NEARLY_ALWAYS && movement < STALLED_MOVEMENT && lr > MOVEMENT_EXPECTED).then(|| Diagnosis {
        finding: Finding::Stalled,
        evidence: format!(
            "the discriminator is right in {:.1} % of pairs, and the generator's images differ from those of its moving \
             average by {:.2} % of the distance between two real images",
            100.0 * signals.real_over_fake,
            100.0 * movement
        ),
        remedy: "loss.kind = \"non-saturating\" or \"relativistic-pairing\", penalty.r1, or a smaller optim.discriminator_lr",
    })
}

fn modes_lost(signals: &Signals, progress: f64) -> Option<Diagnosis> {
    let uncovered = (signals.coverage < LEAST_COVERAGE || signals.missed > MOST_MISSED) && progress > COVERAGE_EXPECTED;
    (signals.diversity < LEAST_DIVERSITY || uncovered).then(|| Diagnosis {
        finding: Finding::ModesLost,
        evidence: format!(
            "generated images differ from each other {:.0} % as much as real ones, {:.0} % of real images have a generated one \
             nearby, and {:.0} % have none anywhere near",
            100.0 * signals.diversity,
            100.0 * signals.coverage,
            100.0 * signals.missed
        ),
        remedy: "loss.kind = \"relativistic-pairing\" with penalty.r1 and penalty.r2, or train.pack = 2",
    })
}

#[cfg(test)]
mod tests;
