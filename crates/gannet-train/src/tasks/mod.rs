//! What can be trained; each task is one file whose step reads as its paper's algorithm.

mod adain;
mod adversarial;
pub(crate) mod augment;
mod autoencode;
mod build;
mod classify;
mod contrast;
mod cycle;
mod game;
mod learner;
mod pool;
mod problem;
mod report;
mod stylise;
mod translate;

pub use adain::AdainTask;
pub use adversarial::{AdversarialTask, Pair};
pub use autoencode::{AutoencodeTask, Networks, reconstructed};
pub use build::{
    batch_spec, build, code_values, compact, dcgan, gated, image_spec, johnson, loss, mlp, pair, points, r3gan, resnet,
    rrdb, sngan, srresnet, unet,
};
pub use classify::ClassifyTask;
pub use contrast::ContrastTask;
pub use cycle::CycleTask;
pub(crate) use game::{Game, Moment, Origin};
pub use problem::{Posed, Problem, sides};
pub(crate) use report::Report;
pub use stylise::StyliseTask;
pub use translate::{TranslateTask, columns, translated};

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_weights::{NamedTensor, WeightsError};

use crate::doctor::{Look, Patients};
use crate::grid::ImageGrid;

/// Named values that a step reports, such as `loss/generator`.
pub type Scalars = Vec<(String, f64)>;

/// All that a task needs to go on, as named groups of tensors and counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskState {
    /// Tensors by the name of the file that holds them.
    pub tensors: Vec<(String, Vec<NamedTensor>)>,
    /// Steps made by each optimiser.
    pub counters: Vec<(String, u64)>,
}

impl TaskState {
    /// Takes out the tensors called `name`.
    pub(crate) fn take(&mut self, name: &str) -> Result<Vec<NamedTensor>, WeightsError> {
        let index = self.tensors.iter().position(|(file, _)| file == name);
        let index = index.ok_or_else(|| WeightsError::Fit(format!("the checkpoint has no {name}")))?;
        Ok(self.tensors.swap_remove(index).1)
    }

    /// The counter called `name`; 0 where it is absent.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    }
}

/// Something that learns from batches.
pub trait Task: Send {
    /// One logical step over the micro-batches of `batches`; `step` counts from 1.
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars;

    /// Each network's name and its number of learned values.
    fn parameters(&self) -> Vec<(String, usize)>;

    /// The state that [`Task::restore`] takes up.
    fn state(&self) -> TaskState;

    /// Goes on from `state`.
    ///
    /// # Errors
    /// The tensors are another network's.
    fn restore(&mut self, state: TaskState) -> Result<(), WeightsError>;

    /// Starts from the networks of another run's `state`, with fresh optimisers.
    ///
    /// # Errors
    /// The tensors are another network's.
    fn restore_networks(&mut self, state: TaskState) -> Result<(), WeightsError>;

    /// Values that a step holds for one image of a micro-batch, for the estimate of memory.
    fn activations(&self) -> usize;

    /// What the discriminator's scores are, in words, where there is one.
    fn score_meaning(&self) -> Option<&'static str> {
        None
    }

    /// Images from fixed latents, where the task makes images.
    fn preview(&self) -> Option<ImageGrid>;

    /// Images `[count, c, h, w]` in `[-1, 1]` to be judged, from number `first` on, where the task makes images; those of a
    /// number are always made of the same latent if they are asked for in the same parts.
    fn draw(&self, _first: usize, _count: usize) -> Option<Tensor<4>> {
        None
    }

    /// What the doctor looks at after `step`, where there is a generator.
    fn look(&self, _patients: &Patients, _step: u64) -> Option<Look> {
        None
    }

    /// Learns `factor` times as fast as the recipe says from now on.
    fn slow_down(&mut self, _factor: f64) {}

    /// The share of the starting learning rate in `step`.
    fn learning(&self, _step: u64) -> f64 {
        1.0
    }

    /// How far the task is from perfect, measured at checkpoints on what is not trained on, with the
    /// measure's name; lower is better, and the best checkpoint is kept.
    fn judge(&mut self) -> Option<(String, f64)>;
}

/// `images [n, c, h, w]` in `[-1, 1]` side by side in about a square.
pub fn grid(images: Tensor<4>) -> ImageGrid {
    let [n, c, h, w] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    ImageGrid::from_images(&values, n, c, h, w, (n as f64).sqrt().ceil() as usize)
}

/// A batch's images `[n, c, s, s]` on a device.
pub fn images(batch: &Batch, device: &Device) -> Tensor<4> {
    let data = TensorData::new(batch.images.clone(), [batch.n, batch.channels, batch.size, batch.size]);
    Tensor::from_data(data, device)
}
