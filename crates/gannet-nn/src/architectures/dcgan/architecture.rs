//! DCGAN in the registry.

use burn::tensor::Device;
use gannet_ops::random::Stream;
use gannet_weights::{Mismatch, TensorFile};

use super::config::DcganConfig;
use super::discriminator::DcganDiscriminator;
use super::files;
use super::generator::DcganGenerator;
use crate::registry::{
    Architecture, Network, NetworkSettings, Recognized, Role, Sizes, counted, require_generator_norm,
};

impl Architecture for DcganConfig {
    type Generator = DcganGenerator;
    type Encoder = DcganDiscriminator;

    fn packed(self, images: usize) -> Self {
        Self { channels: images * self.channels, ..self }
    }

    fn with_extra_channels(self, channels: usize) -> Self {
        Self { channels: self.channels + channels, ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> DcganGenerator {
        DcganGenerator::new(self, stream, device)
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> DcganDiscriminator {
        DcganDiscriminator::new(self, outputs, stream, device)
    }
}

impl Network for DcganConfig {
    const NAME: &'static str = "dcgan";
    const SUMMARY: &'static str = "Strided convolutions in both networks (Radford et al. 2015, arXiv:1511.06434).";
    const PAPER: &'static str = "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial \
                                 Networks, Radford, Metz and Chintala 2015, arXiv:1511.06434";
    const ROLE: Role = Role::Gan;
    const KEYS: &'static [&'static str] =
        &["latent", "width", "norm", "generator_norm", "weight", "generator_weight", "minibatch_std"];
    const PROJECT: &'static str = "PyTorch's DCGAN tutorial";

    fn sizes() -> Sizes {
        Sizes::Of(&Self::SIZES)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        Self {
            size: settings.size,
            channels: settings.channels,
            width: settings.width,
            widths: None,
            latent: settings.latent,
            norm: settings.norm,
            generator_norm: settings.generator_norm,
            weight: settings.weight,
            generator_weight: settings.generator_weight,
            minibatch_std: settings.minibatch_std,
            references: settings.references,
        }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        require_generator_norm(settings, Self::NAME, &Self::GENERATOR_NORMS)
    }

    fn recognize(file: &TensorFile) -> Result<Recognized<Self>, Mismatch> {
        files::recognize(file)
    }

    fn describe(&self) -> String {
        let Self { size, channels, width, .. } = self;
        let channels = counted(*channels, "channel");
        format!("DCGAN for {size}×{size} images of {channels}, width {width}")
    }
}
