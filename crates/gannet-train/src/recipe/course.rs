//! How settings go from the first step to the last.

use super::choices::ScheduleKind;
use super::schema::{Cosine, Train};

impl ScheduleKind {
    /// What the learning rates are multiplied by in `step`, counted from 1, of `steps`.
    pub fn factor(self, step: u64, steps: usize) -> f64 {
        let gone = ((step - 1) as f64 / steps as f64).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - gone,
            Self::Cosine => (1.0 + (gone * std::f64::consts::PI).cos()) / 2.0,
        }
    }
}

impl Train {
    /// The deviation of the instance noise in `step`, counted from 1.
    pub fn noise(&self, step: u64) -> f64 {
        let steps = if self.noise_steps == 0 { self.steps } else { self.noise_steps };
        self.instance_noise * (1.0 - (step - 1) as f64 / steps as f64).max(0.0)
    }

    /// How many of `judged` fakes the generator learns from in `step`: all at first, [`Train::top_k`] of them from half
    /// of the steps on, and each time the same share of those before.
    pub fn kept(&self, judged: usize, step: u64) -> usize {
        let gone = (2.0 * (step - 1) as f64 / self.steps as f64).min(1.0);
        ((self.top_k.powf(gone) * judged as f64).round() as usize).clamp(1, judged)
    }

    /// Micro-batches that a step reads.
    pub fn batches(&self) -> usize {
        self.accumulate * self.discriminator_steps
    }
}

impl Cosine {
    /// Where a value is in `step`, counted from 1, of `steps` on its way from `start` to `end`.
    fn between(&self, start: f64, end: f64, step: u64, steps: usize) -> f64 {
        if self.share == 0.0 {
            return start;
        }
        let gone = ((step - 1) as f64 / (self.share * steps as f64)).min(1.0);
        end + (start - end) * (1.0 + (gone * std::f64::consts::PI).cos()) / 2.0
    }

    /// What learning rates are multiplied by.
    pub fn lr(&self, step: u64, steps: usize) -> f64 {
        self.between(1.0, self.lr, step, steps)
    }

    /// What the weights of penalties on gradients are multiplied by.
    pub fn penalty(&self, step: u64, steps: usize) -> f64 {
        self.between(1.0, self.penalty, step, steps)
    }

    /// Adam's decay of the mean squared gradient, `start` at first.
    pub fn beta2(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, if self.beta2 == 0.0 { start } else { self.beta2 }, step, steps)
    }

    /// The probability of transformations, `start` at first.
    pub fn augment(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, self.augment, step, steps)
    }

    /// The decay of the averaged generator, `start` at first.
    pub fn ema(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, if self.ema == 0.0 { start } else { self.ema }, step, steps)
    }
}
