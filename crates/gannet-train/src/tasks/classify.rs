//! A classifier of labelled images by cross-entropy; the judge that later measures generators.

use burn::tensor::{Device, Tensor};
use gannet_data::Batch;
use gannet_nn::{Classifier, Mode, parameter_count};
use gannet_objectives::losses::{cross_entropy, misnamed};
use gannet_weights::{WeightsError, collect, load};

use super::{Report, Scalars, Task, TaskState, images};
use crate::adam::{Adam, AdamConfig};
use crate::grid::ImageGrid;
use crate::recipe::{Recipe, ScheduleKind};

/// Trains a network to tell classes apart.
pub struct ClassifyTask<C> {
    network: C,
    adam: Adam,
    held_out: Vec<Batch>,
    schedule: ScheduleKind,
    steps: usize,
    device: Device,
}

impl<C: Classifier> ClassifyTask<C> {
    /// A task that has made no step; `held_out` batches are not trained on and measure the error.
    pub fn new(network: C, held_out: Vec<Batch>, recipe: &Recipe, device: &Device) -> Self {
        let adam = Adam::new(AdamConfig::new(&recipe.optim, recipe.optim.discriminator_lr));
        let (schedule, steps) = (recipe.optim.schedule, recipe.train.steps);
        Self { network, adam, held_out, schedule, steps, device: device.clone() }
    }
}

/// Images of `[-1, 1]` as the `[0, 1]` that classifiers take.
fn unit(images: Tensor<4>) -> Tensor<4> {
    images * 0.5 + 0.5
}

impl<C: Classifier> Task for ClassifyTask<C> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.adam.schedule(self.schedule.factor(step, self.steps));
        let mut report = Report::new(batches.len());
        for batch in &batches {
            let (_, logits) = self.network.classify(unit(images(batch, &self.device)), Mode::Train);
            let loss = cross_entropy(logits.clone(), &batch.labels);
            report.mean("error/train", &misnamed(logits, &batch.labels));
            report.mean("loss/classifier", &loss);
            report.backward("classifier", &self.network, loss);
        }
        self.network = self.adam.step(self.network.clone(), report.take_gradients("classifier"));
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![("classifier".to_owned(), parameter_count(&self.network))]
    }

    fn state(&self) -> TaskState {
        let tensors = vec![("classifier".to_owned(), collect(&self.network)), ("adam".to_owned(), self.adam.state())];
        TaskState { tensors, counters: vec![("classifier".to_owned(), self.adam.steps())] }
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.adam.restore(state.counter("classifier"), state.take("adam")?, &self.device.clone().inner());
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.network = load(self.network.clone(), state.take("classifier")?)?;
        Ok(())
    }

    fn activations(&self) -> usize {
        self.network.activations()
    }

    fn preview(&self) -> Option<ImageGrid> {
        None
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        let device = self.device.clone().inner();
        let mut network = self.network.valid();
        let wrong = self.held_out.iter().map(|batch| {
            let (_, logits) = network.classify(unit(images(batch, &device)), Mode::Eval);
            f64::from(misnamed(logits, &batch.labels).into_scalar::<f32>())
        });
        let errors: Vec<f64> = wrong.collect();
        (!errors.is_empty()).then(|| ("judge/error".to_owned(), errors.iter().sum::<f64>() / errors.len() as f64))
    }
}
