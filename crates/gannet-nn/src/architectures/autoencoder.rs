//! Energy-based Generative Adversarial Network, Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, and BEGAN: Boundary
//! Equilibrium Generative Adversarial Networks, Berthelot, Schumm and Metz 2017, arXiv:1703.10717: the discriminator is an
//! autoencoder, and the energy of an image is its reconstruction error.
//!
//! ```text
//! energy(x) = mean |x − dec(enc(x))|ᵖ      p = 2 for EBGAN, 1 for BEGAN
//! ```
//!
//! The logit is the negative energy, so that a larger logit means a more realistic image. The features are the code.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_ops::dual::Dual;

use crate::mode::Mode;
pub use crate::network::Encoder;
use crate::network::{Discriminator, DiscriminatorOutput, Generator};

/// The distance of an image to its reconstruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReconstructionDistance {
    /// The mean of absolute differences.
    Absolute,
    /// The mean of squared differences.
    Squared,
}

/// A discriminator of an encoder and a decoder.
#[derive(Module, Debug)]
pub struct Autoencoder<E: Module, G: Module> {
    encoder: E,
    decoder: G,
    #[module(skip)]
    distance: ReconstructionDistance,
}

impl<E: Discriminator, G: Generator> Autoencoder<E, G> {
    /// A discriminator from an encoder and a decoder; the codes have the length of the decoder's latents.
    pub fn new(encoder: E, decoder: G, distance: ReconstructionDistance) -> Self {
        Self { encoder, decoder, distance }
    }
}

impl<E: Discriminator + Encoder, G: Generator> Discriminator for Autoencoder<E, G> {
    fn forward(&mut self, images: Dual<4>, _: &[usize], mode: Mode) -> DiscriminatorOutput {
        let (code, _) = self.encoder.encode(images.clone(), mode);
        let [n, z] = code.dims();
        let error = images - self.decoder.forward_dual(code.clone(), mode);
        let error = match self.distance {
            ReconstructionDistance::Absolute => error.abs(),
            ReconstructionDistance::Squared => error.square(),
        };
        let logits = error.mean(&[1, 2, 3]).reshape([n]) * -1.0;
        DiscriminatorOutput { logits, features: code.reshape([n, z, 1, 1]) }
    }

    fn power_iterate(&mut self) {
        self.encoder.power_iterate();
        self.decoder.power_iterate();
    }

    fn set_reference_batch(&mut self, images: &Tensor<4>) {
        self.encoder.set_reference_batch(images);
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.decoder.latent_size(), 1, 1]
    }

    fn activations(&self) -> usize {
        self.encoder.activations() + self.decoder.activations()
    }
}
