//! A classifier of labeled images, trained by cross-entropy. Its features later serve the metrics.

use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::ImageGrid;
use gannet_data::Batch;
use gannet_nn::{Classifier, Mode, parameter_count};
use gannet_objectives::classification::{cross_entropy, error_rate};
use gannet_optim::Adam;
use gannet_recipe::Recipe;
use gannet_weights::{WeightsError, collect, load};

use super::batch::{images, mean};
use super::learner::{LrSchedule, adam_config};
use super::task::Task;
use crate::events::Scalars;
use crate::step_report::StepReport;

/// Trains a classifier.
pub struct ClassifyTask<C> {
    network: C,
    adam: Adam,
    held_out: Vec<Batch>,
    lr: LrSchedule,
    device: Device,
}

impl<C: Classifier> ClassifyTask<C> {
    /// The task before its first step. The `held_out` batches are not trained on and measure the error.
    pub fn new(network: C, held_out: Vec<Batch>, recipe: &Recipe, device: &Device) -> Self {
        let adam = Adam::new(adam_config(&recipe.optim, recipe.optim.discriminator_lr));
        Self { network, adam, held_out, lr: LrSchedule::new(recipe), device: device.clone() }
    }
}

/// Images of `[-1, 1]` as the `[0, 1]` that classifiers take.
fn to_unit_range(images: Tensor<4>) -> Tensor<4> {
    images * 0.5 + 0.5
}

impl<C: Classifier> Task for ClassifyTask<C> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.adam.set_lr_factor(self.lr.planned(step));
        let mut report = StepReport::new(batches.len());
        for batch in &batches {
            let (_, logits) = self.network.classify(to_unit_range(images(batch, &self.device)), Mode::Train);
            let loss = cross_entropy(logits.clone(), &batch.labels);
            report.mean("error/train", &error_rate(logits, &batch.labels));
            report.mean("loss/classifier", &loss);
            report.backward("classifier", &self.network, loss);
        }
        self.network = self.adam.step(self.network.clone(), report.take_gradients("classifier"));
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![("classifier".to_owned(), parameter_count(&self.network))]
    }

    fn state(&self) -> TrainingState {
        let tensors = vec![("classifier".to_owned(), collect(&self.network)), ("adam".to_owned(), self.adam.state())];
        TrainingState { tensors, counters: vec![("classifier".to_owned(), self.adam.steps())] }
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.adam.restore(state.counter("classifier"), state.take("adam")?, &self.device.clone().inner());
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.network = load(self.network.clone(), state.take("classifier")?)?;
        Ok(())
    }

    fn activations(&self) -> usize {
        self.network.activations()
    }

    fn preview(&self) -> Option<ImageGrid> {
        None
    }

    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let device = self.device.clone().inner();
        let mut network = self.network.valid();
        let errors = self.held_out.iter().map(|batch| {
            let (_, logits) = network.classify(to_unit_range(images(batch, &device)), Mode::Eval);
            f64::from(error_rate(logits, &batch.labels).into_scalar::<f32>())
        });
        Some(("checkpoint_score/error".to_owned(), mean(errors)?))
    }
}
