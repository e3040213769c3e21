//! The fully connected networks in the registry.

use burn::tensor::Device;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, TensorFile};

use super::config::MlpConfig;
use super::files;
use super::networks::{MlpDiscriminator, MlpGenerator};
use crate::registry::{Architecture, Network, NetworkSettings, Recognized, Role, Sizes, counted};

impl Architecture for MlpConfig {
    type Generator = MlpGenerator;
    type Encoder = MlpDiscriminator;

    fn packed(self, images: usize) -> Self {
        let [channels, h, w] = self.shape;
        Self { shape: [images * channels, h, w], ..self }
    }

    fn with_extra_channels(self, more: usize) -> Self {
        let [channels, h, w] = self.shape;
        Self { shape: [channels + more, h, w], ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> MlpGenerator {
        MlpGenerator::new(self, stream, device)
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> MlpDiscriminator {
        MlpDiscriminator::new(self, outputs, stream, device)
    }
}

impl Network for MlpConfig {
    const NAME: &'static str = "mlp";
    const SUMMARY: &'static str = "Fully connected networks (Goodfellow et al. 2014, arXiv:1406.2661).";
    const PAPER: &'static str = "Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661";
    const ROLE: Role = Role::Gan;
    const KEYS: &'static [&'static str] = &["latent", "hidden", "weight", "generator_weight", "minibatch_std"];
    const PROJECT: &'static str = "PyTorch's sequences of linear layers, and the VAE of its examples";

    fn sizes() -> Sizes {
        Sizes::Any
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self {
            hidden: settings.hidden,
            latent: settings.latent,
            weight: settings.weight,
            generator_weight: settings.generator_weight,
            minibatch_std: settings.minibatch_std,
            ..Self::new([settings.channels, settings.size, settings.size])
        }
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        files::recognize(file)
    }

    fn describe(&self) -> String {
        let Self { shape: [channels, height, width], hidden, depth, .. } = self;
        let [channels, depth] = [counted(*channels, "channel"), counted(*depth, "hidden layer")];
        format!("fully connected networks for {height}×{width} images of {channels}, {depth} of {hidden}")
    }
}
