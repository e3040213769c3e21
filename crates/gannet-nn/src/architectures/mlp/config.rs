//! The settings of the fully connected networks.

use crate::layers::WeightKind;

/// The configuration of the two networks of the original GAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MlpConfig {
    pub(super) shape: [usize; 3],
    pub(super) hidden: usize,
    pub(super) latent: usize,
    pub(super) depth: usize,
    pub(super) bounded: bool,
    pub(super) weight: WeightKind,
    pub(super) generator_weight: WeightKind,
    pub(super) minibatch_std: bool,
    pub(super) rectified: bool,
}

impl MlpConfig {
    /// For images of shape `[c, h, w]`, with two hidden layers of 256 units and latents of length 64.
    pub fn new(shape: [usize; 3]) -> Self {
        Self {
            shape,
            hidden: 256,
            latent: 64,
            depth: 2,
            bounded: true,
            weight: WeightKind::Plain,
            generator_weight: WeightKind::Plain,
            minibatch_std: false,
            rectified: false,
        }
    }

    /// For data of another shape `[c, h, w]`, such as points on the plane `[2, 1, 1]`.
    pub fn with_shape(self, shape: [usize; 3]) -> Self {
        Self { shape, ..self }
    }

    /// With hidden layers of this many units.
    pub fn with_hidden(self, hidden: usize) -> Self {
        Self { hidden, ..self }
    }

    /// With latents of this length.
    pub fn with_latent(self, latent: usize) -> Self {
        Self { latent, ..self }
    }

    /// With this many hidden layers, at least 1.
    pub fn with_depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// With unbounded outputs of the generator, without tanh.
    pub fn unbounded(self) -> Self {
        Self { bounded: false, ..self }
    }

    /// With this form of the discriminator's weights.
    pub fn with_weight(self, weight: WeightKind) -> Self {
        Self { weight, ..self }
    }

    /// With this form of the generator's weights.
    pub fn with_generator_weight(self, generator_weight: WeightKind) -> Self {
        Self { generator_weight, ..self }
    }

    /// With ReLU in place of LeakyReLU in the discriminator or encoder.
    pub fn rectified(self) -> Self {
        Self { rectified: true, ..self }
    }

    /// With the standard deviation over the batch as one more of the discriminator's features.
    pub fn with_minibatch_std(self, minibatch_std: bool) -> Self {
        Self { minibatch_std, ..self }
    }
}
