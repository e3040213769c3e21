//! The exponential moving average of a generator's weights (Yazıcı et al. 2018, "The Unusual
//! Effectiveness of Averaging in GAN Training", arXiv:1806.04498).
//!
//! Running statistics are averaged too: they belong to the weights that made them. The average
//! starts at once; while few steps are done its memory is as short as they are, so that it does not
//! carry the random initialisation along.

use burn::module::Module;

use crate::params;

/// An averaged copy of a network, without gradients.
#[derive(Debug, Clone)]
pub struct Ema<M> {
    network: M,
    decay: f64,
}

impl<M: Module> Ema<M> {
    /// An average that starts as `network` is; `decay` in `[0, 1)`.
    pub fn new(network: &M, decay: f64) -> Self {
        Self { network: network.valid(), decay }
    }

    /// The averaged network.
    pub fn network(&self) -> &M {
        &self.network
    }

    /// Replaces the averaged network, for a resumed run.
    pub fn restore(&mut self, network: M) {
        self.network = network;
    }

    /// Moves the average towards `network` after step number `step`, the first being 1.
    pub fn update(&mut self, network: &M, step: u64) {
        let decay = self.decay.min(step as f64 / (step as f64 + 9.0));
        let mut live = params::values(network);
        self.network = params::map(self.network.clone(), |path, average| {
            let live = live.remove(path)?;
            Some(average * decay + live * (1.0 - decay))
        });
    }
}
