//! The networks of an autoencoder and what is drawn and measured with them.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::architectures::mlp::MlpDiscriminator;
use gannet_nn::{Discriminator, Encoder, Generator};
use gannet_objectives::reconstruction::{bernoulli_nll, gaussian_nll, kl_divergence};
use gannet_ops::random::Streams;
use gannet_recipe::{Autoencode, LikelihoodKind, Recipe};

use crate::objective::AdversarialObjective;
use crate::tasks::learner::{AveragedLearner, Learner, LrSchedule};

/// Trains an encoder and a decoder, with discriminators where the recipe asks for them.
pub struct AutoencodeTask<E, G> {
    pub(super) encoder: AveragedLearner<E>,
    pub(super) decoder: AveragedLearner<G>,
    pub(super) discriminator: Option<Learner<E>>,
    pub(super) code_discriminator: Option<Learner<MlpDiscriminator>>,
    pub(super) objective: AdversarialObjective,
    pub(super) settings: Autoencode,
    pub(super) latent: usize,
    pub(super) held_out: Vec<Batch>,
    pub(super) preview: Vec<Batch>,
    pub(super) lr: LrSchedule,
    pub(super) streams: Streams,
    pub(super) device: Device,
}

/// The networks of the task, with the discriminators that the recipe asks for.
pub struct Networks<E, G> {
    /// From images to codes.
    pub encoder: E,
    /// From codes to images.
    pub decoder: G,
    /// Tells real images from the decoder's.
    pub discriminator: Option<E>,
    /// Tells codes from N(0, 1).
    pub code_discriminator: Option<MlpDiscriminator>,
}

impl<E: Discriminator + Encoder, G: Generator> AutoencodeTask<E, G> {
    /// The task before its first step. Images of `held_out` are not trained on, those of `preview` are displayed.
    pub fn new(
        networks: Networks<E, G>,
        settings: &Autoencode,
        recipe: &Recipe,
        [held_out, preview]: [Vec<Batch>; 2],
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        let discriminator = |network| Learner::new("discriminator", network, optim, optim.discriminator_lr);
        let code_discriminator = |network| Learner::new("of_codes", network, optim, optim.discriminator_lr);
        Self {
            latent: networks.decoder.latent_size(),
            encoder: AveragedLearner::new(["encoder", "encoder-ema"], networks.encoder, recipe),
            decoder: AveragedLearner::new(["generator", "ema"], networks.decoder, recipe),
            discriminator: networks.discriminator.map(discriminator),
            code_discriminator: networks.code_discriminator.map(code_discriminator),
            objective: AdversarialObjective::new(recipe),
            settings: settings.clone(),
            held_out,
            preview,
            lr: LrSchedule::new(recipe),
            streams: Streams::new(recipe.seed),
            device: device.clone(),
        }
    }

    pub(super) fn normals<const D: usize>(&self, stream: &str, batch: u64, shape: [usize; D]) -> Tensor<D> {
        let values = self.streams.at(stream, batch).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// The reconstruction loss in nats for one image.
    pub(super) fn reconstruction_loss(&self, reconstruction: Tensor<4>, real: Tensor<4>) -> Tensor<1> {
        match self.settings.likelihood {
            LikelihoodKind::Gaussian => gaussian_nll(reconstruction, real) / self.settings.deviation.powi(2),
            LikelihoodKind::Bernoulli => bernoulli_nll(reconstruction, real),
        }
    }

    /// Whether a loss compares an image with its reconstruction.
    pub(super) fn reconstructs(&self) -> bool {
        self.settings.reconstruction > 0.0 || self.settings.features > 0.0
    }
}

/// Codes `[n, z]` by the reparameterization trick with `noise [n, z]`, from means and logarithms of variances
/// `codes [n, 2 z]`, and their KL divergence from N(0, 1).
pub(super) fn reparameterize(codes: Tensor<2>, noise: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
    let z = noise.dims()[1];
    let (mean, log_variance) = (codes.clone().narrow(1, 0, z), codes.narrow(1, z, z));
    let code = mean.clone() + (log_variance.clone() * 0.5).exp() * noise;
    (code, kl_divergence(mean, log_variance))
}
