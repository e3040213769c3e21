//! DCGAN's generator.

use burn::module::Module;
use burn::tensor::Device;
use gannet_ops::dual::{Dual, tanh};
use gannet_ops::random::Stream;

use super::config::{BASE, DcganConfig};
use crate::layers::{BatchNorm, ConvConfig, ConvTranspose2d, GeneratorNormKind, RELU, pixel_norm, relu};
use crate::mode::Mode;
use crate::network::Generator;

/// The network from latents to images.
#[derive(Module, Debug)]
pub struct DcganGenerator {
    project: ConvTranspose2d,
    project_norm: Option<BatchNorm>,
    up: Vec<ConvTranspose2d>,
    up_norm: Vec<BatchNorm>,
    to_image: ConvTranspose2d,
    #[module(skip)]
    config: DcganConfig,
}

impl DcganGenerator {
    pub(super) fn new(config: &DcganConfig, stream: &mut Stream, device: &Device) -> Self {
        let (top, weight) = (config.levels(), config.generator_weight);
        let batch = config.generator_norm == GeneratorNormKind::Batch;
        let norm = |features, stream: &mut Stream| batch.then(|| BatchNorm::new(features, stream, device));
        let biased = |conv: ConvConfig| if batch { conv } else { conv.with_bias() }.with_weight(weight);
        let project = ConvConfig::new(config.latent, config.features(top), BASE);
        let project = biased(project).init_transposed(stream, device);
        let project_norm = norm(config.features(top), stream);
        let mut up = Vec::new();
        let mut up_norm = Vec::new();
        for level in (1..top).rev() {
            let conv = ConvConfig::new(config.features(level + 1), config.features(level), config.kernel(level));
            up.push(biased(conv.with_window(2, 1)).init_transposed(stream, device));
            up_norm.extend(norm(config.features(level), stream));
        }
        let to_image = ConvConfig::new(config.width, config.channels, 4).with_window(2, 1).with_bias();
        let to_image = to_image.with_weight(weight).init_transposed(stream, device);
        Self { project, project_norm, up, up_norm, to_image, config: *config }
    }
}

impl Generator for DcganGenerator {
    fn synthesize(&mut self, w: Dual<2>, _: Option<&mut Stream>, mode: Mode) -> Dual<4> {
        let [n, z] = w.dims();
        let mut norms = self.project_norm.iter_mut().chain(&mut self.up_norm);
        let mut x = w.reshape([n, z, 1, 1]);
        for conv in std::iter::once(&self.project).chain(&self.up) {
            let y = conv.forward(x);
            x = match (norms.next(), self.config.generator_norm) {
                (Some(norm), _) => norm.forward_leaky(y, mode, RELU),
                (None, GeneratorNormKind::Pixel) => pixel_norm(relu(y)),
                (None, _) => relu(y),
            };
        }
        tanh(self.to_image.forward(x))
    }

    fn power_iterate(&mut self) {
        let convs = self.up.iter_mut().chain([&mut self.project, &mut self.to_image]);
        convs.for_each(ConvTranspose2d::power_iterate);
    }

    fn latent_size(&self) -> usize {
        self.config.latent
    }

    fn image_shape(&self) -> [usize; 3] {
        [self.config.channels, self.config.size, self.config.size]
    }

    fn activations(&self) -> usize {
        self.config.activations()
    }
}
