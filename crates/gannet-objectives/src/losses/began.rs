//! BEGAN: Boundary Equilibrium Generative Adversarial Networks, Berthelot, Schumm and Metz 2017, arXiv:1703.10717, section
//! 3.3. The discriminator is an autoencoder, the energy of an image its absolute reconstruction error, and the logit minus
//! the energy.
//!
//! ```text
//! min_D  E energy(x) − k · E energy(G(z))
//! min_G  E energy(G(z))
//! k ← k + rate · (γ · E energy(x) − E energy(G(z)))        within [0, 1]
//! ```
//!
//! k keeps the ratio of the two energies at γ. A small γ favors image quality, a large one diversity.

use burn::tensor::Tensor;

use super::adversarial::{AdversarialLoss, LossSettings, NEGATIVE_ENERGY, Needs, ReconstructionDistance};

#[derive(Debug)]
pub struct BoundaryEquilibrium {
    /// Ratio of the fakes' energy to that of real images.
    gamma: f64,
    /// Step size of k.
    rate: f64,
    /// Weight of the fakes' energy in the discriminator's loss, in `[0, 1]`.
    k: f32,
}

impl AdversarialLoss for BoundaryEquilibrium {
    fn new(settings: &LossSettings) -> Self {
        Self { gamma: settings.gamma, rate: settings.k_rate, k: 0.0 }
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        fake.mean() * f64::from(self.k) - real.mean()
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        fake.mean().neg()
    }

    fn needs(&self) -> Needs {
        Needs { energy: Some(ReconstructionDistance::Absolute), ..Needs::default() }
    }

    /// Moves k. Returns the paper's measure of convergence, `energy(x) + |γ energy(x) − energy(G(z))|`.
    fn observe(&mut self, real: f64, fake: f64) -> Option<f64> {
        let balance = fake - self.gamma * real;
        self.k = (f64::from(self.k) + self.rate * balance).clamp(0.0, 1.0) as f32;
        Some(balance.abs() - real)
    }

    fn state(&self) -> Vec<f32> {
        vec![self.k]
    }

    fn restore(&mut self, state: &[f32]) {
        if let [k] = state {
            self.k = *k;
        }
    }

    fn score_meaning(&self) -> &'static str {
        NEGATIVE_ENERGY
    }
}
