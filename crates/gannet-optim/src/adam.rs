//! Adam: A Method for Stochastic Optimization, Kingma and Ba 2014, arXiv:1412.6980, algorithm 1.
//!
//! ```text
//! m = β₁ m + (1 − β₁) g         v = β₂ v + (1 − β₂) g²
//! θ = θ − lr / (1 − β₁ᵗ) · m / (√(v / (1 − β₂ᵗ)) + ε)
//! ```
//!
//! With a weight decay λ, `θ` is multiplied by `1 − lr λ` first, and the moments know nothing of it: AdamW, Decoupled Weight Decay
//! Regularization, Loshchilov and Hutter 2017, arXiv:1711.05101, algorithm 2.
//!
//! The framework's optimizer keys its state by random identifiers and does not expose it. This one keys its state by the
//! parameter's path, so that a resumed run continues bit for bit.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_ops::adam::{AdamStep, adam};
use gannet_weights::NamedTensor;

use crate::parameters::{self, FlatTensors};

/// Settings of [`Adam`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamConfig {
    /// Learning rate.
    pub lr: f64,
    /// β₁, the decay of the mean gradient.
    pub beta1: f64,
    /// β₂, the decay of the mean squared gradient.
    pub beta2: f64,
    /// ε, added to the root of the mean squared gradient.
    pub epsilon: f64,
    /// λ, the share of a weight that each step takes off, times the learning rate; 0 for Adam.
    pub weight_decay: f64,
}

/// The optimizer of one network.
#[derive(Debug, Clone)]
pub struct Adam {
    config: AdamConfig,
    step: u64,
    /// What the configured learning rate is multiplied by.
    lr_factor: f64,
    /// The current β₂.
    beta2: f64,
    /// First and second moment of each parameter, flat, by its path.
    moments: BTreeMap<String, [Tensor<1>; 2]>,
}

impl Adam {
    /// An optimizer before its first step.
    pub fn new(config: AdamConfig) -> Self {
        Self { config, step: 0, lr_factor: 1.0, beta2: config.beta2, moments: BTreeMap::new() }
    }

    /// Multiplies the configured learning rate by `factor` in the following steps.
    pub fn set_lr_factor(&mut self, factor: f64) {
        self.lr_factor = factor;
    }

    /// Sets β₂ for the following steps. The bias correction assumes that it had this value from the first step on.
    pub fn set_beta2(&mut self, beta2: f64) {
        self.beta2 = beta2;
    }

    /// One step: updates each parameter of `network` that has a gradient.
    pub fn step<M: Module>(&mut self, network: M, mut gradients: FlatTensors) -> M {
        self.step += 1;
        parameters::map(network, |path, value| Some(self.updated(path, value, gradients.remove(path)?)))
    }

    fn updated(&mut self, path: &str, value: Tensor<1>, gradient: Tensor<1>) -> Tensor<1> {
        let (AdamConfig { lr, beta1, epsilon, weight_decay, .. }, beta2) = (self.config, self.beta2);
        let lr = lr * self.lr_factor;
        let value = if weight_decay > 0.0 { value * (1.0 - lr * weight_decay) } else { value };
        let [m, v] = self.moments.remove(path).unwrap_or_else(|| [gradient.zeros_like(), gradient.zeros_like()]);
        let [value, m, v] = adam(value, gradient, [m, v], AdamStep::new(lr, beta1, beta2, epsilon, self.step));
        self.moments.insert(path.to_owned(), [m, v]);
        value
    }

    /// Number of steps so far.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The moments as tensors named `PATH.m` and `PATH.v`.
    pub fn state(&self) -> Vec<NamedTensor> {
        let named = |name: String, moment: &Tensor<1>| NamedTensor {
            name,
            shape: moment.dims().to_vec(),
            values: moment.to_data().iter::<f32>().collect(),
        };
        let pairs = self.moments.iter();
        pairs.flat_map(|(path, [m, v])| [named(format!("{path}.m"), m), named(format!("{path}.v"), v)]).collect()
    }

    /// Restores what [`Adam::state`] and [`Adam::steps`] returned; `device` is the one without gradients.
    pub fn restore(&mut self, step: u64, state: Vec<NamedTensor>, device: &Device) {
        let tensor = |named: NamedTensor| Tensor::from_data(TensorData::new(named.values, named.shape), device);
        let mut tensors: FlatTensors = state.into_iter().map(|named| (named.name.clone(), tensor(named))).collect();
        let paths: Vec<String> = tensors.keys().filter_map(|name| name.strip_suffix(".m")).map(str::to_owned).collect();
        self.step = step;
        self.moments.clear();
        for path in paths {
            if let [Some(m), Some(v)] = [".m", ".v"].map(|kind| tensors.remove(&format!("{path}{kind}"))) {
                self.moments.insert(path, [m, v]);
            }
        }
    }
}
