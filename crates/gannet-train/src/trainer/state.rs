//! A run that is ready to train.

use std::collections::HashSet;
use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{Loader, Source};
use gannet_recipe::{Recipe, TaskKind};

use crate::data_feed::{classifier_held_out, held_out_images};
use crate::doctor::{DiagnosticBatch, Doctor};
use crate::error::TrainError;
use crate::evaluation::Evaluation;
use crate::events::{Event, Sink};
use crate::network_memory;
use crate::run_writer::RunWriter;
use crate::sinks::Sinks;
use crate::tasks::{self, Task};

/// A run that is ready to train.
pub struct Trainer {
    pub(super) recipe: Recipe,
    pub(super) run: RunWriter,
    pub(super) task: Box<dyn Task>,
    pub(super) loader: Loader,
    pub(super) source: Arc<dyn Source>,
    pub(super) sinks: Sinks,
    pub(super) evaluation: Option<Evaluation>,
    pub(super) device: Device,
    /// Steps done.
    pub(super) step: u64,
    /// Training time of earlier starts, in seconds.
    pub(super) earlier_seconds: f64,
    pub(super) doctor: Doctor,
    pub(super) diagnostic_batch: Option<DiagnosticBatch>,
    /// Rollbacks after divergence.
    pub(super) rollbacks: u64,
    pub(super) warnings: Vec<String>,
    /// Errors of sinks that were reported.
    pub(super) sink_errors: HashSet<String>,
}

impl Trainer {
    /// Adds a listener besides the sinks that write the run's files.
    pub fn listen(&mut self, sink: impl Sink + 'static) {
        self.sinks.add(sink);
    }

    /// The recipe as it is trained.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    pub(super) fn warn(&mut self, text: String) {
        self.emit(Event::Warning { step: self.step, text });
    }

    /// Sends an event to every sink. An error of a sink is reported once: it costs a picture, not the run.
    pub(super) fn emit(&mut self, event: Event) {
        let Err(error) = self.sinks.on(&event) else { return };
        let text = error.to_string();
        if self.sink_errors.insert(text.clone()) {
            // The sinks that work can still show it.
            let _ = self.sinks.on(&Event::Warning { step: self.step, text });
        }
    }
}

/// The recipe's task with fresh networks, on the training version of `device`.
pub(super) fn build_task(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    network_memory::check(recipe, device)?;
    let held_out = match recipe.task.kind() {
        TaskKind::Generate => None,
        TaskKind::Classify => Some(classifier_held_out(recipe, source)?),
        _ => held_out_images(recipe)?,
    };
    tasks::build(recipe, source, held_out, &device.clone().autodiff())
}
