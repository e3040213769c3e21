//! SNGAN in the registry.

use burn::tensor::Device;
use gannet_choice::alternatives;
use gannet_ops::random::Stream;

use super::config::SnganConfig;
use super::discriminator::SnganDiscriminator;
use super::generator::SnganGenerator;
use crate::layers::GeneratorNormKind;
use crate::registry::{Architecture, Network, NetworkSettings, Role, Sizes, counted, require, require_generator_norm};

/// The norms that the generator can have.
const GENERATOR_NORMS: [GeneratorNormKind; 2] = [GeneratorNormKind::Batch, GeneratorNormKind::Conditional];

impl Architecture for SnganConfig {
    type Generator = SnganGenerator;
    type Encoder = SnganDiscriminator;

    fn packed(self, images: usize) -> Self {
        Self { channels: images * self.channels, ..self }
    }

    fn with_extra_channels(self, channels: usize) -> Self {
        Self { channels: self.channels + channels, ..self }
    }

    fn latent(&self) -> usize {
        self.latent
    }

    fn init_generator(&self, stream: &mut Stream, device: &Device) -> SnganGenerator {
        SnganGenerator::new(self, stream, device)
    }

    fn init_encoder(&self, outputs: usize, stream: &mut Stream, device: &Device) -> SnganDiscriminator {
        SnganDiscriminator::new(self, outputs, stream, device)
    }
}

impl Network for SnganConfig {
    const NAME: &'static str = "sngan";
    const SUMMARY: &'static str =
        "Residual networks, for spectral norm and self-attention (Miyato et al. 2018, arXiv:1802.05957).";
    const PAPER: &'static str = "Spectral Normalization for Generative Adversarial Networks, Miyato, Kataoka, Koyama and \
                                 Yoshida 2018, arXiv:1802.05957";
    const ROLE: Role = Role::Gan;
    const KEYS: &'static [&'static str] =
        &["latent", "width", "generator_norm", "weight", "generator_weight", "attention"];

    fn sizes() -> Sizes {
        Sizes::Of(&Self::SIZES)
    }

    fn from_settings(settings: &NetworkSettings) -> Self {
        let conditional = settings.generator_norm == GeneratorNormKind::Conditional;
        Self {
            size: settings.size,
            channels: settings.channels,
            width: settings.width,
            latent: settings.latent,
            classes: if conditional { settings.classes } else { 0 },
            attention: settings.attention,
            weight: settings.weight,
            generator_weight: settings.generator_weight,
        }
    }

    fn check(settings: &NetworkSettings) -> Result<(), String> {
        let NetworkSettings { attention, size, .. } = *settings;
        // Maps of 4 pixels are too small, and those of the image's size too large.
        let sides: Vec<usize> = (3..size.ilog2()).map(|level| 1 << level).collect();
        require(attention == 0 || sides.contains(&attention), || {
            let sides = alternatives(&sides);
            format!("model.kind sngan has no map of {attention} pixels: set model.attention to {sides}")
        })?;
        require_generator_norm(settings, Self::NAME, &GENERATOR_NORMS)
    }

    fn describe(&self) -> String {
        let Self { size, channels, width, .. } = self;
        let channels = counted(*channels, "channel");
        format!("SNGAN for {size}×{size} images of {channels}, width {width}")
    }
}
