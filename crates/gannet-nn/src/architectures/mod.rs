//! Whole networks; each file is a paper.

pub mod adain;
pub mod autoencoder;
pub mod conditional;
pub mod cut;
pub mod cyclegan;
pub mod dcgan;
pub mod deepfill;
pub mod esrgan;
pub mod johnson;
pub mod mlp;
pub mod pix2pix;
pub mod r3gan;
pub mod real_esrgan;
pub mod sngan;
pub mod srgan;

use burn::tensor::Device;
use gannet_ops::random::Stream;

use crate::{Discriminator, Generator};
use autoencoder::Encoder;

/// What builds a generator and what judges its images.
pub trait Architecture: Copy {
    /// From latents to images.
    type Generator: Generator + 'static;
    /// From images to logits or codes.
    type Encoder: Discriminator + Encoder + 'static;

    /// The same for so many images as one of as many times the channels: PacGAN, Lin et al. 2017, arXiv:1712.04086.
    fn packed(self, images: usize) -> Self;

    /// The same for images with so many more channels, which a discriminator may see beside the image's own.
    fn beside(self, channels: usize) -> Self;

    /// Length of a latent.
    fn latent(&self) -> usize;

    /// The generator with fresh weights from `stream`.
    fn init_generator(&self, stream: &mut Stream, device: &Device) -> Self::Generator;

    /// What judges, with so many outputs for an image; a discriminator has one.
    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> Self::Encoder;

    /// The discriminator with fresh weights from `stream`.
    fn init_discriminator(&self, stream: &mut Stream, device: &Device) -> Self::Encoder {
        self.init_encoder(1, stream, device)
    }
}
