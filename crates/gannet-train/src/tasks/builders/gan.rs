//! Tasks of a generator of images from noise: generate and autoencode.

use burn::tensor::Device;
use gannet_nn::architectures::autoencoder::{self, Autoencoder};
use gannet_nn::architectures::conditional::Conditional;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::{Architecture, GanVisitor};
use gannet_objectives::losses::ReconstructionDistance;
use gannet_ops::random::Streams;
use gannet_recipe::{Autoencode, CodeKind, Recipe};

use super::held_out::{HELD_OUT, TaskImages};
use crate::error::TrainError;
use crate::tasks::adversarial::{AdversarialTask, GanTask};
use crate::tasks::autoencode::{AutoencodeTask, Networks};
use crate::tasks::task::Task;

/// Fresh networks of the recipe's architecture, to be trained against each other on `device`.
///
/// # Errors
/// The recipe's network is no GAN.
pub fn gan_task(recipe: &Recipe, device: &Device) -> Result<Box<dyn GanTask>, TrainError> {
    Ok(recipe.model.kind.visit_gan(&recipe.network_settings(), BuildGan { recipe, device })?)
}

struct BuildGan<'a> {
    recipe: &'a Recipe,
    device: &'a Device,
}

impl GanVisitor for BuildGan<'_> {
    type Output = Box<dyn GanTask>;

    fn visit<A: Architecture>(self, architecture: A) -> Self::Output {
        gan_task_of(architecture, self.recipe, self.device)
    }
}

/// Fresh networks of `architecture`, to be trained against each other: with a discriminator that is conditional, or an
/// autoencoder, where the recipe asks for it.
pub fn gan_task_of<A: Architecture>(architecture: A, recipe: &Recipe, device: &Device) -> Box<dyn GanTask> {
    let streams = Streams::new(recipe.seed);
    let (mut g, mut d) = (streams.at("generator", 0), streams.at("discriminator", 0));
    let generator = architecture.init_generator(&mut g, device);
    if let Some(conditioning) = recipe.discriminator_conditioning() {
        let (classes, weight) = (recipe.condition.count(), recipe.model.weight);
        let discriminator = Conditional::new(architecture, conditioning, classes, weight, &mut d, device);
        return Box::new(AdversarialTask::new(generator, discriminator, recipe, device));
    }
    let packed = architecture.packed(recipe.train.pack);
    let Some(distance) = recipe.loss.kind.needs().energy else {
        let discriminator = packed.init_discriminator(&mut d, device);
        return Box::new(AdversarialTask::new(generator, discriminator, recipe, device));
    };
    let encoder = packed.init_encoder(packed.latent(), &mut d, device);
    let decoder = packed.init_generator(&mut d, device);
    let discriminator = Autoencoder::new(encoder, decoder, reconstruction_distance(distance));
    Box::new(AdversarialTask::new(generator, discriminator, recipe, device))
}

/// The distance that the energy of a loss asks for.
fn reconstruction_distance(distance: ReconstructionDistance) -> autoencoder::ReconstructionDistance {
    match distance {
        ReconstructionDistance::Absolute => autoencoder::ReconstructionDistance::Absolute,
        ReconstructionDistance::Squared => autoencoder::ReconstructionDistance::Squared,
    }
}

/// An autoencoder: the architecture's discriminator, with more outputs, is the encoder, and its generator is the decoder.
pub fn autoencode(
    settings: &Autoencode,
    recipe: &Recipe,
    images: &TaskImages,
    device: &Device,
) -> Result<Box<dyn Task>, TrainError> {
    let build = BuildAutoencoder { settings, recipe, images, device };
    recipe.model.kind.visit_gan(&recipe.network_settings(), build)?
}

struct BuildAutoencoder<'a> {
    settings: &'a Autoencode,
    recipe: &'a Recipe,
    images: &'a TaskImages,
    device: &'a Device,
}

impl GanVisitor for BuildAutoencoder<'_> {
    type Output = Result<Box<dyn Task>, TrainError>;

    fn visit<A: Architecture>(self, architecture: A) -> Self::Output {
        let Self { settings, recipe, images, device } = self;
        let streams = Streams::new(recipe.seed);
        let [e, g, d, c] = ["encoder", "generator", "discriminator", "of codes"].map(|name| streams.at(name, 0));
        let networks = Networks {
            encoder: architecture.init_encoder(recipe.code_values(), &mut { e }, device),
            decoder: architecture.init_generator(&mut { g }, device),
            discriminator: (settings.adversarial > 0.0).then(|| architecture.init_discriminator(&mut { d }, device)),
            code_discriminator: (settings.kind == CodeKind::Adversarial).then(|| {
                let config = MlpConfig::new([architecture.latent(), 1, 1]);
                config.init_discriminator(&mut { c }, device)
            }),
        };
        let held_out = images.held_out(recipe, recipe.train.batch, HELD_OUT)?;
        let preview = images.preview(recipe)?;
        Ok(Box::new(AutoencodeTask::new(networks, settings, recipe, [held_out, preview], device)))
    }
}
