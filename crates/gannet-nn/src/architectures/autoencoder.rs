//! Energy-based Generative Adversarial Network, Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, and BEGAN: Boundary
//! Equilibrium Generative Adversarial Networks, Berthelot, Schumm and Metz 2017, arXiv:1703.10717: the discriminator is an
//! autoencoder, and what it cannot reconstruct has a high energy.
//!
//! ```text
//! energy(x) = mean |x − dec(enc(x))|ᵖ      p = 2 for EBGAN, 1 for BEGAN
//! ```
//!
//! The logit is the negative energy, so that more still means more real. The features are the code.

use burn::module::Module;
use gannet_ops::dual::Dual;

use crate::{Discriminator, Generator, Mode};

/// A network from images to codes.
pub trait Encoder: Module {
    /// `images [n, c, h, w]` → codes `[n, z]` and the features `[n, f, h', w']` that they are made of.
    fn encode(&mut self, images: Dual<4>, mode: Mode) -> (Dual<2>, Dual<4>);

    /// The same of codes that are one value: logits `[n]`.
    fn score(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        let n = images.dims()[0];
        let (logits, features) = self.encode(images, mode);
        (logits.reshape([n]), features)
    }
}

/// How far a reconstruction is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// The mean of absolute differences.
    Absolute,
    /// The mean of squared differences.
    Squared,
}

/// An encoder and a decoder that judge together.
#[derive(Module, Debug)]
pub struct Autoencoder<E: Module, G: Module> {
    encoder: E,
    decoder: G,
    #[module(skip)]
    distance: Distance,
}

impl<E: Discriminator, G: Generator> Autoencoder<E, G> {
    /// Of an encoder to codes as long as the decoder's latents.
    pub fn new(encoder: E, decoder: G, distance: Distance) -> Self {
        Self { encoder, decoder, distance }
    }
}

impl<E: Discriminator + Encoder, G: Generator> Discriminator for Autoencoder<E, G> {
    fn judge(&mut self, images: Dual<4>, mode: Mode) -> (Dual<1>, Dual<4>) {
        let (code, _) = self.encoder.encode(images.clone(), mode);
        let [n, z] = code.dims();
        let off = images - self.decoder.synthesise(code.clone(), mode);
        let off = match self.distance {
            Distance::Absolute => off.abs(),
            Distance::Squared => off.square(),
        };
        (off.mean(&[1, 2, 3]).reshape([n]) * -1.0, code.reshape([n, z, 1, 1]))
    }

    fn feature_shape(&self) -> [usize; 3] {
        [self.decoder.latent_size(), 1, 1]
    }

    fn iterate(&mut self) {
        self.encoder.iterate();
        self.decoder.iterate();
    }

    fn refer(&mut self, images: &burn::tensor::Tensor<4>) {
        self.encoder.refer(images);
    }

    fn activations(&self) -> usize {
        self.encoder.activations() + self.decoder.activations()
    }
}
