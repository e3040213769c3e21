//! Least Squares Generative Adversarial Networks, Mao et al. 2017, arXiv:1611.04076, equation 2.
//!
//! ```text
//! min_D  ½ E (D(x) − b)² + ½ E (D(G(z)) − a)²
//! min_G  ½ E (D(G(z)) − c)²
//! ```

use burn::tensor::Tensor;

/// The scores that the two players aim at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targets {
    /// What the discriminator gives to fakes.
    pub a: f64,
    /// What the discriminator gives to real images.
    pub b: f64,
    /// What the generator wants for its images.
    pub c: f64,
}

impl Default for Targets {
    /// The 0-1 coding of the paper's equation 9.
    fn default() -> Self {
        Self { a: 0.0, b: 1.0, c: 1.0 }
    }
}

impl Targets {
    pub(super) fn on_real(&self, logits: Tensor<1>) -> Tensor<1> {
        half_square(logits, self.b)
    }

    pub(super) fn on_fake(&self, logits: Tensor<1>) -> Tensor<1> {
        half_square(logits, self.a)
    }

    pub(super) fn generator(&self, logits: Tensor<1>) -> Tensor<1> {
        half_square(logits, self.c)
    }
}

fn half_square(logits: Tensor<1>, target: f64) -> Tensor<1> {
    let distance = logits - target;
    (distance.clone() * distance).mean() * 0.5
}
