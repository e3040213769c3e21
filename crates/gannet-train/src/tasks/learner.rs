//! A network and the optimiser that moves it, its average, and how fast it learns when.

use burn::module::Module;
use burn::tensor::Device;
use gannet_nn::parameter_count;
use gannet_weights::{WeightsError, collect, load};

use super::{Report, TaskState};
use crate::adam::{Adam, AdamConfig};
use crate::ema::Ema;
use crate::recipe::{Optim, Recipe, ScheduleKind};

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

/// A network whose average is used and judged.
pub struct Averaged<M> {
    pub learner: Learner<M>,
    ema: Ema<M>,
    /// The average's name in checkpoints.
    key: String,
}

impl<M: Module> Averaged<M> {
    /// A network that has not moved yet, and its average, called `key` in checkpoints.
    pub fn new([name, key]: [&str; 2], network: M, recipe: &Recipe) -> Self {
        let ema = Ema::new(&network, recipe.ema.decay);
        Self {
            ema,
            learner: Learner::new(name, network, &recipe.optim, recipe.optim.generator_lr),
            key: key.to_owned(),
        }
    }

    /// The averaged network.
    pub fn average(&self) -> &M {
        self.ema.network()
    }

    /// Moves the network by the gradients that were added up, and its average after it.
    pub fn learn(&mut self, report: &mut Report) {
        self.learner.learn(report);
        self.ema.update(&self.learner.network);
    }

    /// Adds both and the optimiser to a checkpoint.
    pub fn save(&self, state: &mut TaskState) {
        self.learner.save(state);
        state.tensors.push((self.key.clone(), collect(self.ema.network())));
        state.counters.push((self.key.clone(), self.ema.updates()));
    }

    /// Takes both from a checkpoint.
    pub fn restore_network(&mut self, state: &mut TaskState) -> Result<(), WeightsError> {
        self.learner.restore_network(state)?;
        let average = load(self.ema.network().clone(), state.take(&self.key)?)?;
        self.ema.restore(average, state.counter(&self.key));
        Ok(())
    }
}

/// How fast all networks of a task learn.
pub struct Pace {
    schedule: ScheduleKind,
    steps: usize,
    /// How many times as fast as the recipe says, after divergence.
    slower: f64,
}

impl Pace {
    /// The recipe's.
    pub fn new(recipe: &Recipe) -> Self {
        Self { schedule: recipe.optim.schedule, steps: recipe.train.steps, slower: 1.0 }
    }

    /// What learning rates are multiplied by in `step`.
    pub fn factor(&self, step: u64) -> f64 {
        self.slower * self.planned(step)
    }

    /// The same as the recipe has it.
    pub fn planned(&self, step: u64) -> f64 {
        self.schedule.factor(step, self.steps)
    }

    /// Learns `factor` times as fast from now on.
    pub fn slow_down(&mut self, factor: f64) {
        self.slower = factor;
    }
}
