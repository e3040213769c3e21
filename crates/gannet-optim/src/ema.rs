//! The exponential moving average of a generator's weights (Yazıcı et al. 2018, "The Unusual
//! Effectiveness of Averaging in GAN Training", arXiv:1806.04498).
//!
//! Running statistics are averaged with the weights that produced them. The average starts at the first step with decay
//! `min(decay, t / (t + 9))`, so that it forgets the random initialization quickly.

use burn::module::Module;
use gannet_ops::adam::moving_average;

use crate::parameters;

/// An averaged copy of a network, without gradients.
#[derive(Debug, Clone)]
pub struct Ema<M> {
    network: M,
    decay: f64,
    updates: u64,
}

impl<M: Module> Ema<M> {
    /// An average that starts as a copy of `network`; `decay` lies in `[0, 1)`.
    pub fn new(network: &M, decay: f64) -> Self {
        Self { network: network.valid(), decay, updates: 0 }
    }

    /// The averaged network.
    pub fn network(&self) -> &M {
        &self.network
    }

    /// Number of updates so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Sets the decay of the following updates.
    pub fn set_decay(&mut self, decay: f64) {
        self.decay = decay;
    }

    /// Restores an average after `updates` updates.
    pub fn restore(&mut self, network: M, updates: u64) {
        (self.network, self.updates) = (network, updates);
    }

    /// Moves the average towards `network`.
    pub fn update(&mut self, network: &M) {
        self.updates += 1;
        let updates = self.updates as f64;
        let decay = self.decay.min(updates / (updates + 9.0));
        let mut live = parameters::values(network);
        self.network = parameters::map(self.network.clone(), |path, average| {
            let live = live.remove(path)?;
            Some(moving_average(average, live, decay))
        });
    }
}
