//! A network with its optimizer and its moving average, and the schedule of learning rates.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_nn::parameter_count;
use gannet_optim::{Adam, AdamConfig, Ema};
use gannet_recipe::{Optim, Recipe, ScheduleKind};
use gannet_weights::{WeightsError, collect, load};

use crate::step_report::StepReport;

/// A network with its optimizer, and its name in checkpoints and reports.
pub struct Learner<M> {
    name: String,
    /// The network.
    pub network: M,
    adam: Adam,
}

impl<M: Module> Learner<M> {
    /// A network before its first step.
    pub fn new(name: &str, network: M, optim: &Optim, lr: f64) -> Self {
        Self { name: name.to_owned(), network, adam: Adam::new(adam_config(optim, lr)) }
    }

    /// Multiplies the learning rate by `factor` in the following steps.
    pub fn set_lr_factor(&mut self, factor: f64) {
        self.adam.set_lr_factor(factor);
    }

    /// Backpropagates `loss` and accumulates the gradients for the next [`Learner::update`].
    pub fn backward(&self, loss: Tensor<1>, report: &mut StepReport) {
        report.backward(&self.name, &self.network, loss);
    }

    /// One optimizer step with the accumulated gradients.
    pub fn update(&mut self, report: &mut StepReport) {
        self.network = self.adam.step(self.network.clone(), report.take_gradients(&self.name));
    }

    /// The name and the network.
    pub fn named(&self) -> (&str, &M) {
        (&self.name, &self.network)
    }

    /// The network's name and its number of parameters.
    pub fn parameters(&self) -> (String, usize) {
        (self.name.clone(), parameter_count(&self.network))
    }

    fn of_adam(&self) -> String {
        format!("{}-adam", self.name)
    }

    /// Adds the network and the optimizer to a checkpoint.
    pub fn save(&self, state: &mut TrainingState) {
        state.tensors.push((self.name.clone(), collect(&self.network)));
        state.tensors.push((self.of_adam(), self.adam.state()));
        state.counters.push((self.name.clone(), self.adam.steps()));
    }

    /// Restores the optimizer from a checkpoint, on `device`.
    pub fn restore_adam(&mut self, state: &mut TrainingState, device: &Device) -> Result<(), WeightsError> {
        self.adam.restore(state.counter(&self.name), state.take(&self.of_adam())?, device);
        Ok(())
    }

    /// Restores the network from a checkpoint.
    pub fn restore_network(&mut self, state: &mut TrainingState) -> Result<(), WeightsError> {
        self.network = load(self.network.clone(), state.take(&self.name)?)?;
        Ok(())
    }
}

/// A network with its optimizer and the moving average that is sampled and evaluated.
pub struct AveragedLearner<M> {
    /// The network that is trained.
    pub learner: Learner<M>,
    ema: Ema<M>,
    /// The average's name in checkpoints.
    key: String,
}

impl<M: Module> AveragedLearner<M> {
    /// A network before its first step, and its average, called `key` in checkpoints.
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

    /// One optimizer step with the accumulated gradients, and one update of the average.
    pub fn update(&mut self, report: &mut StepReport) {
        self.learner.update(report);
        self.ema.update(&self.learner.network);
    }

    /// Adds the network, its optimizer and its average to a checkpoint.
    pub fn save(&self, state: &mut TrainingState) {
        self.learner.save(state);
        state.tensors.push((self.key.clone(), collect(self.ema.network())));
        state.counters.push((self.key.clone(), self.ema.updates()));
    }

    /// Restores the network and its average from a checkpoint.
    pub fn restore_network(&mut self, state: &mut TrainingState) -> Result<(), WeightsError> {
        self.learner.restore_network(state)?;
        let average = load(self.ema.network().clone(), state.take(&self.key)?)?;
        self.ema.restore(average, state.counter(&self.key));
        Ok(())
    }
}

/// The learning-rate schedule of all networks of a task.
pub struct LrSchedule {
    schedule: ScheduleKind,
    steps: usize,
    /// The factor that rollbacks after divergence have set.
    slowdown: f64,
}

impl LrSchedule {
    /// The recipe's schedule.
    pub fn new(recipe: &Recipe) -> Self {
        Self { schedule: recipe.optim.schedule, steps: recipe.train.steps, slowdown: 1.0 }
    }

    /// The factor of the learning rates in `step`, slowdown included.
    pub fn factor(&self, step: u64) -> f64 {
        self.slowdown * self.planned(step)
    }

    /// The factor of the learning rates in `step` as the recipe plans it.
    pub fn planned(&self, step: u64) -> f64 {
        self.schedule.factor(step, self.steps)
    }

    /// Multiplies all learning rates by `factor` from now on.
    pub fn set_slowdown(&mut self, factor: f64) {
        self.slowdown = factor;
    }
}

/// Adam's settings in a recipe, with this learning rate.
pub fn adam_config(optim: &Optim, lr: f64) -> AdamConfig {
    AdamConfig { lr, beta1: optim.beta1, beta2: optim.beta2, epsilon: optim.epsilon, weight_decay: optim.weight_decay }
}
