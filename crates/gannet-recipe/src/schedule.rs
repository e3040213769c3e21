//! How settings change over the steps of a run.

use std::f64::consts::PI;

use crate::choices::ScheduleKind;
use crate::schema::{Cosine, Train};

impl ScheduleKind {
    /// The factor of the learning rates in `step`, counted from 1, of `steps`.
    pub fn factor(self, step: u64, steps: usize) -> f64 {
        let done = ((step - 1) as f64 / steps as f64).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - done,
            Self::Cosine => (1.0 + (done * PI).cos()) / 2.0,
        }
    }
}

impl Train {
    /// Standard deviation of the instance noise in `step`, counted from 1.
    pub fn noise(&self, step: u64) -> f64 {
        let steps = if self.noise_steps == 0 { self.steps } else { self.noise_steps };
        self.instance_noise * (1.0 - (step - 1) as f64 / steps as f64).max(0.0)
    }

    /// How many of `generated` images the generator learns from in `step`: all in the first, [`Train::top_k`] of them
    /// from half of the steps on, and in between the same share of the previous step's in each step.
    pub fn kept(&self, generated: usize, step: u64) -> usize {
        let done = (2.0 * (step - 1) as f64 / self.steps as f64).min(1.0);
        ((self.top_k.powf(done) * generated as f64).round() as usize).clamp(1, generated)
    }

    /// Micro-batches that a step reads.
    pub fn batches(&self) -> usize {
        self.accumulate * self.discriminator_steps
    }
}

impl Cosine {
    /// A value that goes from `start` to `end`, in `step`, counted from 1, of `steps`.
    fn between(&self, start: f64, end: f64, step: u64, steps: usize) -> f64 {
        if self.share == 0.0 {
            return start;
        }
        let done = ((step - 1) as f64 / (self.share * steps as f64)).min(1.0);
        end + (start - end) * (1.0 + (done * PI).cos()) / 2.0
    }

    /// The factor of the learning rates.
    pub fn lr(&self, step: u64, steps: usize) -> f64 {
        self.between(1.0, self.lr, step, steps)
    }

    /// The factor of the gradient penalties.
    pub fn penalty(&self, step: u64, steps: usize) -> f64 {
        self.between(1.0, self.penalty, step, steps)
    }

    /// Adam's decay of the mean squared gradient, `start` in the first step.
    pub fn beta2(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, if self.beta2 == 0.0 { start } else { self.beta2 }, step, steps)
    }

    /// The probability of ada's transformations, `start` in the first step.
    pub fn augment(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, self.augment, step, steps)
    }

    /// The decay of the averaged generator, `start` in the first step.
    pub fn ema(&self, start: f64, step: u64, steps: usize) -> f64 {
        self.between(start, if self.ema == 0.0 { start } else { self.ema }, step, steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_go_from_one_towards_zero() {
        for (kind, middle) in [(ScheduleKind::Constant, 1.0), (ScheduleKind::Linear, 0.5), (ScheduleKind::Cosine, 0.5)]
        {
            assert_eq!(kind.factor(1, 100), 1.0);
            assert!((kind.factor(51, 100) - middle).abs() < 1e-12);
            assert!(kind.factor(100, 100) > 0.0, "the last step moves, too");
        }
    }

    #[test]
    fn noise_and_top_k_go_to_their_ends_and_stay() {
        let train = Train { steps: 100, instance_noise: 0.4, noise_steps: 10, top_k: 0.25, ..Train::default() };
        assert_eq!([1, 6, 11, 50].map(|step| train.noise(step)), [0.4, 0.2, 0.0, 0.0]);
        assert_eq!([1, 26, 51, 100].map(|step| train.kept(64, step)), [64, 32, 16, 16]);
        assert_eq!(train.kept(1, 100), 1);
    }

    #[test]
    fn cosines_reach_their_end_after_their_share_of_the_steps() {
        let cosine = Cosine { share: 0.5, lr: 0.1, beta2: 0.99, ..Cosine::default() };
        assert_eq!(cosine.lr(1, 100), 1.0);
        assert!((cosine.lr(26, 100) - 0.55).abs() < 1e-12);
        assert!([51, 100].iter().all(|step| (cosine.lr(*step, 100) - 0.1).abs() < 1e-12));
        assert_eq!((cosine.ema(0.999, 100, 100), Cosine::default().lr(50, 100)), (0.999, 1.0));
    }
}
