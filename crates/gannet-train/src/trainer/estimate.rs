//! What is known of a run before its first step: sizes, and estimates of memory and time.

use std::time::Instant;

use gannet_data::Batch;
use gannet_ops::device::{compiles, describe, on_worker};
use gannet_recipe::TaskKind;

use super::state::{Trainer, build_task};
use crate::events::Started;
use crate::memory;

/// Runs of fewer steps start without an estimate of their time.
const FEWEST_STEPS: u64 = 500;
/// Runs of more seconds are estimated from one step.
const LONG_RUN: f64 = 4.0 * 3600.0;

impl Trainer {
    /// The description of the run that its first event carries.
    pub(super) fn started(&self) -> Started {
        let data = &self.recipe.data;
        let steps = self.recipe.train.steps as u64;
        let folder = self.run.folder();
        Started {
            run: folder.name(),
            task: self.recipe.task.kind().to_string(),
            data: format!(
                "{}, {} images as {}×{}×{}",
                data.source,
                self.source.len(),
                data.channels,
                data.size,
                data.size
            ),
            recipe_toml: self.recipe.to_toml(),
            parameters: self.task.parameters(),
            memory: memory::estimate(&self.task.parameters(), self.task.activations(), self.recipe.train.batch),
            seconds: self.step_seconds().map(|seconds| seconds * (steps - self.step) as f64),
            score: self.task.score_meaning().unwrap_or_default().to_owned(),
            steps,
            start_step: self.step,
            device: describe(&self.device),
            usage: self.recipe.usage(folder.path()),
        }
    }

    /// The time of a step, measured on a task of its own; none for short runs, which end as soon.
    fn step_seconds(&self) -> Option<f64> {
        let (recipe, steps) = (&self.recipe, self.recipe.train.steps as u64 - self.step);
        if recipe.task.kind() == TaskKind::Classify || steps < FEWEST_STEPS {
            return None;
        }
        let mut task = build_task(recipe, &self.source, &self.device).ok()?;
        let (n, channels, size) = (recipe.train.batch, recipe.batch_spec().planes(), recipe.data.size);
        let mut time = |step: u64| {
            let images = vec![0.1; n * channels * size * size];
            let batch = Batch { images, labels: vec![0; n], n, channels, size };
            let start = Instant::now();
            on_worker(|| task.step(vec![batch; recipe.train.batches()], step));
            start.elapsed().as_secs_f64()
        };
        let first = time(1);
        if first * steps as f64 > LONG_RUN && !compiles(&self.device) {
            return Some(first);
        }
        // The first step allocates memory or compiles kernels, which later steps reuse. Penalties may be applied lazily.
        let every = recipe.penalty.every as u64;
        let with_penalty = time(every + 1);
        if every == 1 {
            return Some(with_penalty);
        }
        Some(with_penalty / every as f64 + time(2) * (1.0 - 1.0 / every as f64))
    }
}
