//! A run that is ready to train.

use std::collections::HashSet;
use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::{Loader, Source};
use gannet_recipe::Recipe;

use crate::doctor::{DiagnosticBatch, Doctor};
use crate::evaluation::Evaluation;
use crate::events::{Event, Sink};
use crate::run_writer::RunWriter;
use crate::sinks::Sinks;
use crate::tasks::Task;

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
    /// Whether the run began with the weights of another one.
    pub(super) pretrained: bool,
    /// Seconds that the whole run is known to take, from before it was created.
    pub(super) known_seconds: Option<f64>,
    pub(super) warnings: Vec<String>,
    /// The published weights that a new run starts from, in words.
    pub(super) beginning: Option<String>,
    /// Errors of sinks that were reported.
    pub(super) sink_errors: HashSet<String>,
}

impl Trainer {
    /// Adds a listener besides the sinks that write the run's files.
    pub fn listen(&mut self, sink: impl Sink + 'static) {
        self.sinks.add(sink);
    }

    /// Says how many seconds the whole run is known to take, so that this is not measured again.
    pub fn expect_seconds(&mut self, seconds: f64) {
        self.known_seconds = Some(seconds);
    }

    /// The recipe as it is trained.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The published weights that a new run starts from, in words.
    pub fn beginning(&self) -> Option<&str> {
        self.beginning.as_deref()
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
