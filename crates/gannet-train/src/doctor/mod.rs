//! A running diagnosis: is the discriminator learning images by heart, does the generator stand still, are modes lost, has the run
//! diverged?
//!
//! Scores are compared only with one another (how often is a real image scored above a generated one?), so that one threshold
//! fits every loss. What is seen once may be chance: a finding must last for three looks before it is told, and is told once
//! until it is gone. Thresholds were set on the built-in digits and shapes and on the laboratory's ring and grid.

mod signals;

use std::collections::BTreeMap;
use std::fmt;

pub use signals::{Look, Seen, Signals, seen};

use gannet_data::Batch;

/// Looks in a row that must find the same.
const LASTS: usize = 3;
/// From so much on a discriminator is nearly always right.
const RIGHT: f64 = 0.99;
/// A generator that is less far from its average stands still.
const STILL: f64 = 0.02;
/// Below this share of the real images' variety, or at last of real images that have a generated one nearby, modes are lost; or
/// where so many have none but far away.
const VARIETY: f64 = 0.5;
const COVERED: f64 = 0.5;
const DESERTED: f64 = 0.1;
/// How much more often than a draw an image that was trained on is scored above one that was not, by heart.
const BY_HEART: f64 = 0.2;
/// Share of all steps after which a generator should have found what there is.
const FOUND_BY: f64 = 0.5;
/// Looks before variety is judged.
const WARM_UP: usize = 3;
/// Share of the starting learning rate below which nothing is expected to move.
const LEARNS: f64 = 0.25;
/// A gradient that is so many times as large as the largest before has exploded.
const EXPLODED: f64 = 100.0;
/// What is left of the largest after a step.
const FADES: f64 = 0.999;

/// What may be wrong with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The discriminator knows its images by heart.
    Overfits,
    /// The generator stands still before a discriminator that is always right.
    Stalled,
    /// The generator makes few of the images that there are.
    ModesLost,
    /// Numbers are no longer numbers, or a hundred times as large as the largest before.
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

/// A finding, why, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What is wrong.
    pub finding: Finding,
    /// What was measured.
    pub evidence: String,
    /// The knob to turn.
    pub remedy: &'static str,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. Try {}", self.finding, self.evidence, self.remedy)
    }
}

/// The images that a run is examined with.
#[derive(Debug, Clone)]
pub struct Patients {
    /// Of those trained on.
    pub real: Batch,
    /// Of those that are not, where there are some.
    pub held_out: Option<Batch>,
}

/// Keeps what it found.
#[derive(Debug, Clone, Default)]
pub struct Doctor {
    /// How often it looked.
    looks: usize,
    /// How often in a row each was found.
    lasting: [usize; 3],
    /// The largest of each gradient's norms, lately, and after how many steps.
    peaks: BTreeMap<String, (f64, u64)>,
}

/// Steps before a largest one means something.
const SETTLED: u64 = 50;

impl Doctor {
    /// Looks at a run after the share `gone` of all steps, with the share `learning` of its starting learning rate left.
    pub fn examine(&mut self, look: &Look, gone: f64, learning: f64) -> (Option<Signals>, Vec<Diagnosis>) {
        let signals = look.signals();
        let Some(found) = &signals else { return (None, Vec::new()) };
        self.looks += 1;
        let lost = modes_lost(found, gone).filter(|_| self.looks > WARM_UP);
        let all = [overfits(found), stalled(found, learning), lost];
        let told = all.into_iter().zip(&mut self.lasting).filter_map(|(diagnosis, lasting)| {
            *lasting = if diagnosis.is_some() { *lasting + 1 } else { 0 };
            diagnosis.filter(|_| *lasting == LASTS)
        });
        let told = told.collect();
        (signals, told)
    }

    /// Takes in a step's losses and gradient norms; a finding where one exploded or is no number.
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
            if *count >= SETTLED && *value > EXPLODED * *peak {
                return diverged(format!("{name} is {value:.3e}, where {peak:.3e} was the most"));
            }
            *peak = value.max(*peak * FADES);
            *count += 1;
        }
        None
    }
}

fn overfits(found: &Signals) -> Option<Diagnosis> {
    let (known, held_out) = (found.real_over_held_out?, found.held_out_over_fake?);
    (known > 0.5 + BY_HEART && found.real_over_fake - held_out > BY_HEART / 2.0).then(|| Diagnosis {
        finding: Finding::Overfits,
        evidence: format!(
            "it scores images it was trained on above held-out ones in {:.0} % of pairs (50 % is none by heart), and above \
             generated ones in {:.0} %, held-out ones in {:.0} %",
            100.0 * known,
            100.0 * found.real_over_fake,
            100.0 * held_out
        ),
        remedy: "augment.kind = \"diff\" or \"ada\", more images, or a stronger penalty.r1",
    })
}

fn stalled(found: &Signals, learning: f64) -> Option<Diagnosis> {
    let movement = found.movement?;
    (found.real_over_fake > RIGHT && movement < STILL && learning > LEARNS).then(|| Diagnosis {
        finding: Finding::Stalled,
        evidence: format!(
            "the discriminator is right in {:.1} % of pairs, and generated images are {:.2} % of the distance between two \
             real ones from their average",
            100.0 * found.real_over_fake,
            100.0 * movement
        ),
        remedy: "loss.kind = \"non-saturating\" or \"relativistic-pairing\", penalty.r1, or a smaller optim.discriminator_lr",
    })
}

fn modes_lost(found: &Signals, gone: f64) -> Option<Diagnosis> {
    let uncovered = (found.coverage < COVERED || found.deserted > DESERTED) && gone > FOUND_BY;
    (found.diversity < VARIETY || uncovered).then(|| Diagnosis {
        finding: Finding::ModesLost,
        evidence: format!(
            "generated images differ {:.0} % as much as real ones, {:.0} % of real ones have a generated one nearby, and {:.0} % \
             none but far away",
            100.0 * found.diversity,
            100.0 * found.coverage,
            100.0 * found.deserted
        ),
        remedy: "loss.kind = \"relativistic-pairing\" with penalty.r1 and penalty.r2, or train.pack = 2",
    })
}

#[cfg(test)]
mod tests;
