//! Rollback after divergence: the run goes back to a checkpoint and continues with half the learning rate.

use super::state::Trainer;
use crate::build_task::build_task;
use crate::data_feed::loader;
use crate::doctor::Doctor;
use crate::error::TrainError;
use crate::events::Event;

/// The counter of a checkpoint that holds the number of rollbacks.
pub(super) const ROLLBACKS: &str = "rollbacks";

/// The learning-rate factor after so many rollbacks.
pub(super) fn slowdown(rollbacks: u64) -> f64 {
    0.5_f64.powi(i32::try_from(rollbacks).unwrap_or(i32::MAX))
}

impl Trainer {
    /// Goes back to the last checkpoint before this step, or to one further back with each rollback, or to the start where
    /// there is none.
    pub(super) fn roll_back(&mut self) -> Result<(), TrainError> {
        let from = self.step;
        self.rollbacks += 1;
        let checkpoints = self.run.folder().checkpoints();
        let steps: Vec<u64> = checkpoints.steps().into_iter().filter(|step| *step < from).collect();
        let back = steps.len().saturating_sub(self.rollbacks as usize).min(steps.len().saturating_sub(1));
        self.task = build_task(&self.recipe, &self.source, &self.device)?;
        self.step = match steps.get(back) {
            Some(step) => {
                self.task.restore(checkpoints.load(*step)?.1)?;
                *step
            }
            None => 0,
        };
        self.run.checkpoints().set_aside_after(self.step)?;
        self.task.slow_down(slowdown(self.rollbacks));
        self.loader = loader(&self.recipe, &self.source, self.step * self.recipe.train.batches() as u64);
        self.doctor = Doctor::default();
        let (times, most) = (self.rollbacks, self.recipe.doctor.rollbacks as u64);
        self.emit(Event::RolledBack { from, to: self.step, times, most });
        Ok(())
    }
}
