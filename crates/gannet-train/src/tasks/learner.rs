//! A network and the optimiser that moves it.

use burn::module::Module;
use burn::tensor::Device;
use gannet_nn::parameter_count;
use gannet_weights::{WeightsError, collect, load};

use super::{Report, TaskState};
use crate::adam::{Adam, AdamConfig};
use crate::recipe::Optim;

/// One of the networks of a task, by its name in checkpoints and reports.
pub struct Learner<M> {
    name: String,
    pub network: M,
    adam: Adam,
}

impl<M: Module> Learner<M> {
    /// A network that has not moved yet.
    pub fn new(name: &str, network: M, optim: &Optim, lr: f64) -> Self {
        Self { name: name.to_owned(), network, adam: Adam::new(AdamConfig::new(optim, lr)) }
    }

    /// Multiplies the learning rate of the steps to come.
    pub fn schedule(&mut self, factor: f64) {
        self.adam.schedule(factor);
    }

    /// Adds the gradients of `objective` to those that the next [`Learner::learn`] goes by.
    pub fn backward(&self, objective: burn::tensor::Tensor<1>, report: &mut Report) {
        report.backward(&self.name, &self.network, objective);
    }

    /// Moves the network by the gradients that were added up.
    pub fn learn(&mut self, report: &mut Report) {
        self.network = self.adam.step(self.network.clone(), report.take_gradients(&self.name));
    }

    /// The name and the network.
    pub fn named(&self) -> (&str, &M) {
        (&self.name, &self.network)
    }

    /// The network's name and its number of learned values.
    pub fn parameters(&self) -> (String, usize) {
        (self.name.clone(), parameter_count(&self.network))
    }

    fn of_adam(&self) -> String {
        format!("{}-adam", self.name)
    }

    /// Adds network and optimiser to a checkpoint.
    pub fn save(&self, state: &mut TaskState) {
        state.tensors.push((self.name.clone(), collect(&self.network)));
        state.tensors.push((self.of_adam(), self.adam.state()));
        state.counters.push((self.name.clone(), self.adam.steps()));
    }

    /// Takes the optimiser of a checkpoint, whose tensors are to lie on `device`.
    pub fn restore_adam(&mut self, state: &mut TaskState, device: &Device) -> Result<(), WeightsError> {
        self.adam.restore(state.counter(&self.name), state.take(&self.of_adam())?, device);
        Ok(())
    }

    /// Takes the network of a checkpoint.
    pub fn restore_network(&mut self, state: &mut TaskState) -> Result<(), WeightsError> {
        self.network = load(self.network.clone(), state.take(&self.name)?)?;
        Ok(())
    }
}
