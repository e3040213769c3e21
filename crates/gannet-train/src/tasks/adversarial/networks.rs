//! The two networks, their optimizers, and the latents of a batch.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_apply::latents::LatentSpace;
use gannet_data::Batch;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_ops::random::Streams;
use gannet_optim::{Adam, Ema};
use gannet_recipe::{ConditionKind, Recipe};

use crate::checkpoint_score::PixelScore;
use crate::objective::{AdversarialObjective, Conditioning, LATENT_NOISE};
use crate::tasks::learner::adam_config;

/// Trains `G` against `D`.
pub struct AdversarialTask<G, D> {
    pub(super) generator: G,
    pub(super) discriminator: D,
    pub(super) ema: Ema<G>,
    pub(super) g_adam: Adam,
    pub(super) d_adam: Adam,
    pub(super) recipe: Recipe,
    /// The learning-rate factor that rollbacks after divergence have set.
    pub(super) slowdown: f64,
    pub(super) objective: AdversarialObjective,
    pub(super) space: LatentSpace,
    pub(super) streams: Streams,
    pub(super) score: Option<PixelScore>,
    pub(super) device: Device,
}

/// The latents `[n, z]` of a micro-batch and their labels and codes.
pub(super) type ConditionedLatents = (Tensor<2>, Conditioning);

impl<G: Generator, D: Discriminator> AdversarialTask<G, D> {
    /// The task before its first step; both networks on `device`, which is for training.
    pub fn new(generator: G, discriminator: D, recipe: &Recipe, device: &Device) -> Self {
        let adam = |lr| Adam::new(adam_config(&recipe.optim, lr));
        let without_noise = LatentSpace::new(0, &recipe.condition).size();
        let space = LatentSpace::new(generator.latent_size() - without_noise, &recipe.condition);
        Self {
            ema: Ema::new(&generator, recipe.ema.decay),
            generator,
            discriminator,
            g_adam: adam(recipe.optim.generator_lr),
            d_adam: adam(recipe.optim.discriminator_lr),
            slowdown: 1.0,
            objective: AdversarialObjective::new(recipe),
            space,
            streams: Streams::new(recipe.seed),
            score: None,
            device: device.clone(),
            recipe: recipe.clone(),
        }
    }

    /// The generator that is trained.
    pub fn generator(&self) -> &G {
        &self.generator
    }

    /// The latents of micro-batch `number`. Where the data have classes, they are those of the batch's real images.
    pub(super) fn latents(&self, number: u64, batch: &Batch) -> ConditionedLatents {
        let labels = match self.recipe.condition.kind {
            ConditionKind::None | ConditionKind::Info => {
                self.space.draw_classes(self.streams, "latent", number, batch.n)
            }
            _ => batch.labels.clone(),
        };
        let latents = self.space.of_classes(self.streams, "latent", number, &labels, &self.device);
        let codes = self.space.codes;
        let codes = (codes > 0).then(|| latents.clone().narrow(1, self.space.noise, codes));
        (latents, Conditioning { labels, codes, perturbed: None })
    }

    /// `conditioning` with images of perturbed latents, where latent consistency compares them. They come from a clone of
    /// the generator, whose running statistics are dropped.
    pub(super) fn with_perturbed(
        &self,
        latents: &Tensor<2>,
        conditioning: &Conditioning,
        (stream, batch): (&str, u64),
    ) -> Conditioning {
        let perturbed = self.objective.needs_perturbed_latents().then(|| {
            let [n, size] = latents.dims();
            let normals = (0..n * size).zip(self.streams.at(stream, batch).normals(n * size));
            let perturbation = normals
                .map(|(at, normal)| if at % size < self.space.noise { normal * LATENT_NOISE as f32 } else { 0.0 });
            let perturbation = TensorData::new(perturbation.collect::<Vec<f32>>(), [n, size]);
            let perturbation = Tensor::from_data(perturbation, &self.device);
            self.generator.clone().forward(latents.clone() + perturbation, Mode::Train)
        });
        Conditioning { perturbed, ..conditioning.clone() }
    }

    /// Images of the averaged generator for `latents`, which are made on the device without gradients.
    pub(super) fn averaged(&self, latents: impl FnOnce(&Device) -> Tensor<2>) -> Tensor<4> {
        self.ema.network().generate(latents(&self.device.clone().inner()))
    }
}
