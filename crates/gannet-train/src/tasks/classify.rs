//! A classifier of labelled images by cross-entropy; the judge that later measures generators.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::extractors::lenet::LeNet;
use gannet_nn::parameter_count;
use gannet_weights::{WeightsError, collect, load};

use super::{Report, Scalars, Task, TaskState, images};
use crate::adam::{Adam, AdamConfig};
use crate::grid::ImageGrid;
use crate::recipe::Recipe;

/// Trains LeNet-5 to tell classes apart.
pub struct ClassifyTask {
    network: LeNet,
    adam: Adam,
    held_out: Vec<Batch>,
    device: Device,
}

impl ClassifyTask {
    /// A task that has made no step; `held_out` batches are not trained on and measure the error.
    pub fn new(network: LeNet, held_out: Vec<Batch>, recipe: &Recipe, device: &Device) -> Self {
        let adam = Adam::new(AdamConfig::new(&recipe.optim, recipe.optim.discriminator_lr));
        Self { network, adam, held_out, device: device.clone() }
    }
}

/// Images of `[-1, 1]` as the `[0, 1]` that classifiers take.
fn unit(images: Tensor<4>) -> Tensor<4> {
    images * 0.5 + 0.5
}

/// Mean cross-entropy of `logits [n, classes]` against the labels, and the share of wrong answers.
fn cross_entropy(logits: Tensor<2>, labels: &[usize]) -> (Tensor<1>, Tensor<1>) {
    let [n, classes] = logits.dims();
    let mut one_hot = vec![0.0_f32; n * classes];
    labels.iter().enumerate().for_each(|(row, label)| one_hot[row * classes + label] = 1.0);
    let one_hot = Tensor::<2>::from_data(TensorData::new(one_hot, [n, classes]), &logits.device());
    let right = logits.clone().argmax(1).equal(one_hot.clone().argmax(1)).float().mean();
    let loss = (log_softmax(logits, 1) * one_hot).sum() * (-1.0 / n as f64);
    (loss, -right + 1.0)
}

impl Task for ClassifyTask {
    fn step(&mut self, batches: Vec<Batch>, _: u64) -> Scalars {
        let mut report = Report::new(batches.len());
        for batch in &batches {
            let (_, logits) = self.network.forward(unit(images(batch, &self.device)));
            let (loss, wrong) = cross_entropy(logits, &batch.labels);
            report.mean("error/train", &wrong);
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
        LeNet::ACTIVATIONS
    }

    fn preview(&self) -> Option<ImageGrid> {
        None
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        let device = self.device.clone().inner();
        let network = burn::module::Module::valid(&self.network);
        let wrong = self.held_out.iter().map(|batch| {
            let (_, logits) = network.forward(unit(images(batch, &device)));
            f64::from(cross_entropy(logits, &batch.labels).1.into_scalar::<f32>())
        });
        let errors: Vec<f64> = wrong.collect();
        (!errors.is_empty()).then(|| ("judge/error".to_owned(), errors.iter().sum::<f64>() / errors.len() as f64))
    }
}
