//! Least Squares Generative Adversarial Networks, Mao et al. 2016, arXiv:1611.04076, equation 2.
//!
//! ```text
//! min_D  ½ E (D(x) − b)² + ½ E (D(G(z)) − a)²
//! min_G  ½ E (D(G(z)) − c)²
//! ```

use burn::tensor::Tensor;

use super::adversarial::{AdversarialLoss, LossSettings, Needs};

/// The targets of the logits.
#[derive(Debug)]
pub struct LeastSquares {
    /// For fakes, in the discriminator's loss.
    a: f64,
    /// For real images.
    b: f64,
    /// For fakes, in the generator's loss.
    c: f64,
}

impl AdversarialLoss for LeastSquares {
    fn new(settings: &LossSettings) -> Self {
        Self { a: settings.a, b: settings.b, c: settings.c }
    }

    fn discriminator(&self, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        half_squared_error(real, self.b) + half_squared_error(fake, self.a)
    }

    fn generator(&self, fake: Tensor<1>, _: Option<Tensor<1>>) -> Tensor<1> {
        half_squared_error(fake, self.c)
    }

    fn needs(&self) -> Needs {
        Needs { signed_logits: true, ..Needs::default() }
    }
}

fn half_squared_error(logits: Tensor<1>, target: f64) -> Tensor<1> {
    let error = logits - target;
    (error.clone() * error).mean() * 0.5
}
