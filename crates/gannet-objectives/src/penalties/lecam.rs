//! Regularizing Generative Adversarial Networks under Limited Data, Tseng et al. 2021, arXiv:2104.03310, equation 4.
//!
//! ```text
//! λ · (E (D(x) − α_F)² + E (D(G(z)) − α_R)²)
//! ```
//!
//! α_R and α_F are moving averages of D(x) and D(G(z)): the logits of each kind are kept near the average of the other.

use burn::tensor::Tensor;

/// Decay of the moving averages.
const DECAY: f64 = 0.99;

/// The LeCam penalty on logits, with its two moving averages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeCam {
    /// λ.
    pub weight: f64,
    /// The averages of D(x) and D(G(z)); none before the first step.
    pub averages: Option<[f32; 2]>,
}

impl LeCam {
    /// The penalty before the first step.
    pub fn new(weight: f64) -> Self {
        Self { weight, averages: None }
    }

    /// The penalty `[1]` on the logits `[n]` of real and of generated images. Before the first step the means of these
    /// logits, detached, serve as averages.
    pub fn penalty(&self, real: &Tensor<1>, fake: &Tensor<1>) -> Tensor<1> {
        let mean = |x: &Tensor<1>| x.clone().detach().mean();
        let [of_real, of_fake] = match self.averages {
            Some(averages) => averages.map(|average| real.zeros_like().narrow(0, 0, 1) + average),
            None => [mean(real), mean(fake)],
        };
        let squared_distance = |x: &Tensor<1>, average: Tensor<1>| {
            let error = x.clone() - average;
            (error.clone() * error).mean()
        };
        (squared_distance(real, of_fake) + squared_distance(fake, of_real)) * self.weight
    }

    /// Updates the averages by the mean real and fake logit of a step.
    pub fn observe(&mut self, real: f64, fake: f64) {
        let decayed = |average: f32, new: f64| (f64::from(average) * DECAY + new * (1.0 - DECAY)) as f32;
        self.averages = Some(match self.averages {
            Some([of_real, of_fake]) => [decayed(of_real, real), decayed(of_fake, fake)],
            None => [real as f32, fake as f32],
        });
    }
}
