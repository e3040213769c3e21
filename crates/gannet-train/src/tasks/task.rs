//! What every task of training can do.

use burn::tensor::Tensor;
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::ImageGrid;
use gannet_data::Batch;
use gannet_weights::WeightsError;

use crate::doctor::{DiagnosticBatch, Observation};
use crate::events::Scalars;

/// A task that is trained step by step.
pub trait Task: Send {
    /// One step over the micro-batches of `batches`; `step` counts from 1.
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars;

    /// Each network's name and its number of parameters.
    fn parameters(&self) -> Vec<(String, usize)>;

    /// The state that [`Task::restore`] restores.
    fn state(&self) -> TrainingState;

    /// Continues from `state`.
    ///
    /// # Errors
    /// The tensors are another network's.
    fn restore(&mut self, state: TrainingState) -> Result<(), WeightsError>;

    /// Starts from the networks of another run's `state`, with fresh optimizers.
    ///
    /// # Errors
    /// The tensors are another network's.
    fn restore_networks(&mut self, state: TrainingState) -> Result<(), WeightsError>;

    /// Number of values that a step holds for one image of a micro-batch, for the estimate of memory.
    fn activations(&self) -> usize;

    /// What the discriminator's scores mean, in words, where there is a discriminator.
    fn score_meaning(&self) -> Option<&'static str> {
        None
    }

    /// Images from fixed latents or inputs, where the task generates images.
    fn preview(&self) -> Option<ImageGrid>;

    /// `count` images `[count, c, h, w]` in `[-1, 1]` to evaluate, from number `first` on, where the task generates images
    /// from noise. Equal calls use equal latents.
    fn sample(&self, _first: usize, _count: usize) -> Option<Tensor<4>> {
        None
    }

    /// What the doctor diagnoses after `step`, where there is a generator.
    fn observe(&self, _batch: &DiagnosticBatch, _step: u64) -> Option<Observation> {
        None
    }

    /// Multiplies the recipe's learning rates by `factor` from now on.
    fn slow_down(&mut self, _factor: f64) {}

    /// The learning rate in `step` as a share of the starting one, as the recipe plans it.
    fn planned_lr(&self, _step: u64) -> f64 {
        1.0
    }

    /// The score of a checkpoint on images that are not trained on, and the name of its measure. Lower is better; the
    /// checkpoint with the lowest score is kept.
    fn checkpoint_score(&mut self) -> Option<(String, f64)>;
}
