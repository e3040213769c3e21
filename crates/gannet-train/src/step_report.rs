//! The measurements and the gradients of one training step.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::Tensor;

use gannet_optim::{FlatTensors, parameters};

use crate::events::Scalars;

/// The longest sum that the framework computes in one thread. The order of a longer sum depends on the number of threads.
const SUMMED_IN_ORDER: usize = 1 << 20;

/// Losses, scores and gradients of a step, averaged over its micro-batches.
///
/// Values stay tensors until the end of the step, so that reading them does not make a GPU wait.
pub struct StepReport {
    share: f64,
    values: BTreeMap<String, Tensor<1>>,
    numbers: Scalars,
    gradients: BTreeMap<String, FlatTensors>,
}

impl StepReport {
    /// The report of a step of this many micro-batches.
    pub fn new(micro_batches: usize) -> Self {
        Self {
            share: 1.0 / micro_batches as f64,
            values: BTreeMap::new(),
            numbers: Vec::new(),
            gradients: BTreeMap::new(),
        }
    }

    /// Reports the mean of `values` as `name`. They may have an autodiff graph.
    pub fn mean(&mut self, name: &str, values: &Tensor<1>) {
        let values = values.clone();
        let values = if values.is_autodiff() { values.inner() } else { values };
        self.add(name, values.mean() * self.share);
    }

    /// Reports a number of the whole step.
    pub fn number(&mut self, name: &str, value: f64) {
        self.numbers.push((name.to_owned(), value));
    }

    /// Backpropagates `loss` and adds the gradients of `network` to those called `name`.
    pub fn backward<M: Module>(&mut self, name: &str, network: &M, loss: Tensor<1>) {
        let gradients = (loss * self.share).backward();
        self.add_gradients(name, parameters::gradients(network, &gradients));
    }

    /// Backpropagates one loss into two networks.
    pub fn backward_in_both<M: Module, N: Module>(&mut self, first: (&str, &M), second: (&str, &N), loss: Tensor<1>) {
        let gradients = (loss * self.share).backward();
        self.add_gradients(first.0, parameters::gradients(first.1, &gradients));
        self.add_gradients(second.0, parameters::gradients(second.1, &gradients));
    }

    fn add_gradients(&mut self, name: &str, new: FlatTensors) {
        let total = self.gradients.entry(name.to_owned()).or_default();
        for (path, gradient) in new {
            let sum = match total.remove(&path) {
                Some(old) => old + gradient,
                None => gradient,
            };
            total.insert(path, sum);
        }
    }

    /// Takes out the gradients called `name` and reports their common L2 norm as `grad/NAME`.
    pub fn take_gradients(&mut self, name: &str) -> FlatTensors {
        let gradients = self.gradients.remove(name).unwrap_or_default();
        let parts = gradients.values().flat_map(|gradient| gradient.clone().split(SUMMED_IN_ORDER, 0));
        let squares = parts.map(|part| (part.clone() * part).sum());
        if let Some(sum) = squares.reduce(|a, b| a + b) {
            self.add(&format!("grad/{name}"), sum.sqrt());
        }
        gradients
    }

    fn add(&mut self, name: &str, value: Tensor<1>) {
        let sum = match self.values.remove(name) {
            Some(old) => old + value,
            None => value,
        };
        self.values.insert(name.to_owned(), sum);
    }

    /// Adds the measurements of `other`, with `prefix` inserted behind the last `/` of each name.
    pub fn include(&mut self, other: Self, prefix: &str) {
        let renamed = |name: &str| match name.rsplit_once('/') {
            Some((_, last)) if last.starts_with(prefix) => name.to_owned(),
            Some((place, last)) => format!("{place}/{prefix}{last}"),
            None => format!("{prefix}{name}"),
        };
        self.values.extend(other.values.into_iter().map(|(name, value)| (renamed(&name), value)));
        self.numbers.extend(other.numbers.into_iter().map(|(name, value)| (renamed(&name), value)));
    }

    /// The measurements by name, in alphabetical order.
    pub fn finish(self) -> Scalars {
        let read = |(name, value): (String, Tensor<1>)| (name, f64::from(value.into_scalar::<f32>()));
        let mut all: Scalars = self.values.into_iter().map(read).chain(self.numbers).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}
