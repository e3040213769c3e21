//! What is known of a run before its first step: sizes, and estimates of memory and time.

use gannet_data::Batch;
use gannet_ops::device::{compiles, describe};
use gannet_recipe::{TaskKind, thousands};

use super::state::Trainer;
use crate::build_task::build_task;
use crate::events::Started;
use crate::memory;
use crate::timed_steps::{one_step, step_seconds};

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
            seconds: self.expected_seconds(),
            first_picture: self.recipe.first_picture().map(|step| step as u64),
            score: self.task.score_meaning().unwrap_or_default().to_owned(),
            steps,
            start_step: self.step,
            device: describe(&self.device),
            usage: self.recipe.usage(folder.path()),
        }
    }

    /// The expected seconds of the remaining steps: those that are known, or from steps of a task of its own. None for short
    /// runs, which end as soon, unless they say when their first picture comes.
    fn expected_seconds(&self) -> Option<f64> {
        let (recipe, steps) = (&self.recipe, self.recipe.train.steps as u64 - self.step);
        if self.known_seconds.is_some() {
            return self.known_seconds;
        }
        let short = steps < FEWEST_STEPS && recipe.first_picture().is_none();
        if recipe.task.kind() == TaskKind::Classify || short {
            return None;
        }
        let mut task = build_task(recipe, &self.source, &self.device).ok()?;
        let (n, channels, size) = (recipe.train.batch, recipe.batch_spec().planes(), recipe.data.size);
        let images = vec![0.1; n * channels * size * size];
        let batch = Batch { images, labels: vec![0; n], n, channels, size };
        let first = one_step(task.as_mut(), &batch, recipe, 1);
        if first * steps as f64 > LONG_RUN && !compiles(&self.device) {
            return Some(first * steps as f64);
        }
        Some(step_seconds(task.as_mut(), &batch, recipe, 0.0) * steps as f64)
    }

    /// A line about a run that ends before a first recognizable picture.
    pub(super) fn too_short(&self, started: &Started) -> Option<String> {
        let (first, steps) = (started.first_picture?, started.steps);
        if steps >= first || self.pretrained {
            return None;
        }
        let images = thousands(self.recipe.train.steps * self.recipe.images_per_step());
        let minutes = started.seconds_to(first).map(|seconds| (seconds / 60.0).ceil());
        let takes = minutes.map(|minutes| format!(" (about {minutes} min on this machine)")).unwrap_or_default();
        let or = match minutes {
            Some(minutes) if started.start_step == 0 => format!(", or --minutes {} or more", minutes + 1.0),
            _ => String::new(),
        };
        Some(format!(
            "this run ends at step {steps} with {images} images, too few for a recognizable picture: give --set \
             train.steps={first} or more{takes}{or}"
        ))
    }
}
