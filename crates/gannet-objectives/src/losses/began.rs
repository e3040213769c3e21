//! BEGAN: Boundary Equilibrium Generative Adversarial Networks, Berthelot, Schumm and Metz 2017, arXiv:1703.10717, section
//! 3.3. The logit is the negative energy.
//!
//! ```text
//! min_D  E energy(x) − k · E energy(G(z))
//! min_G  E energy(G(z))
//! k ← k + rate · (γ · E energy(x) − E energy(G(z)))        within [0, 1]
//! ```
//!
//! k holds the two energies at the ratio γ: small for fine images, large for diverse ones.

use burn::tensor::Tensor;

/// What holds the balance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equilibrium {
    /// The ratio of the fakes' energy to the real images'.
    pub gamma: f64,
    /// How fast k moves.
    pub rate: f64,
    /// How much the fakes' energy counts for the discriminator, in `[0, 1]`.
    pub k: f32,
}

impl Equilibrium {
    /// Before the first step.
    pub fn new(gamma: f64, rate: f64) -> Self {
        Self { gamma, rate, k: 0.0 }
    }

    pub(super) fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        fake.mean() * f64::from(self.k) - real.mean()
    }

    /// Moves k by the mean logits of a step; the paper's measure of convergence, `energy(x) + |γ energy(x) −
    /// energy(G(z))|`.
    pub(super) fn observe(&mut self, real: f64, fake: f64) -> f64 {
        let balance = fake - self.gamma * real;
        self.k = (f64::from(self.k) + self.rate * balance).clamp(0.0, 1.0) as f32;
        balance.abs() - real
    }
}
