//! Regularizing Generative Adversarial Networks under Limited Data, Tseng et al. 2021, arXiv:2104.03310, equation 4.
//!
//! ```text
//! λ · (E (D(x) − α_F)² + E (D(G(z)) − α_R)²)
//! ```
//!
//! α_R and α_F are moving averages of D(x) and D(G(z)): each kind's logits are held near the other's.

use burn::tensor::Tensor;

/// The share of an average that is kept in each step.
const DECAY: f64 = 0.99;

/// The penalty with its two averages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeCam {
    /// λ.
    pub weight: f64,
    /// The averages of D(x) and D(G(z)); nothing before the first step.
    pub averages: Option<[f32; 2]>,
}

impl LeCam {
    /// Before the first step.
    pub fn new(weight: f64) -> Self {
        Self { weight, averages: None }
    }

    /// The penalty `[1]` of the logits `[n]` of real and of generated images; before the first step their own means
    /// count as the averages.
    pub fn price(&self, real: &Tensor<1>, fake: &Tensor<1>) -> Tensor<1> {
        let mean = |x: &Tensor<1>| x.clone().detach().mean();
        let [of_real, of_fake] = match self.averages {
            Some(averages) => averages.map(|average| real.zeros_like().narrow(0, 0, 1) + average),
            None => [mean(real), mean(fake)],
        };
        let squared = |x: &Tensor<1>, from: Tensor<1>| {
            let off = x.clone() - from;
            (off.clone() * off).mean()
        };
        (squared(real, of_fake) + squared(fake, of_real)) * self.weight
    }

    /// Moves the averages by the mean logits of a step.
    pub fn observe(&mut self, real: f64, fake: f64) {
        let moved = |average: f32, new: f64| (f64::from(average) * DECAY + new * (1.0 - DECAY)) as f32;
        self.averages = Some(match self.averages {
            Some([of_real, of_fake]) => [moved(of_real, real), moved(of_fake, fake)],
            None => [real as f32, fake as f32],
        });
    }
}
