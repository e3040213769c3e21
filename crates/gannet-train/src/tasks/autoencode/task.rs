//! The autoencoder as the trainer sees it: state, previews and the score of a checkpoint.

use burn::tensor::Tensor;
use gannet_apply::autoencoder::reconstruct;
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::latents::LatentSpace;
use gannet_data::Batch;
use gannet_nn::{Discriminator, Encoder, Generator, Mode};
use gannet_ops::dual::Dual;
use gannet_recipe::CodeKind;
use gannet_weights::WeightsError;

use super::networks::{AutoencodeTask, reparameterize};
use crate::events::Scalars;
use crate::tasks::batch::{images, mean};
use crate::tasks::learner::Learner;
use crate::tasks::task::Task;

impl<E: Discriminator + Encoder, G: Generator> Task for AutoencodeTask<E, G> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.train_step(&batches, step).finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let discriminators = self.discriminator.iter().map(Learner::parameters);
        let discriminators = discriminators.chain(self.code_discriminator.iter().map(Learner::parameters));
        let autoencoder = [self.encoder.learner.parameters(), self.decoder.learner.parameters()];
        autoencoder.into_iter().chain(discriminators).collect()
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.encoder.save(&mut state);
        self.decoder.save(&mut state);
        self.discriminator.iter().for_each(|learner| learner.save(&mut state));
        self.code_discriminator.iter().for_each(|learner| learner.save(&mut state));
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.encoder.learner.restore_adam(&mut state, &inner)?;
        self.decoder.learner.restore_adam(&mut state, &inner)?;
        self.discriminator.iter_mut().try_for_each(|learner| learner.restore_adam(&mut state, &inner))?;
        self.code_discriminator.iter_mut().try_for_each(|learner| learner.restore_adam(&mut state, &inner))?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.encoder.restore_network(&mut state)?;
        self.decoder.restore_network(&mut state)?;
        self.discriminator.iter_mut().try_for_each(|learner| learner.restore_network(&mut state))?;
        self.code_discriminator.iter_mut().try_for_each(|learner| learner.restore_network(&mut state))
    }

    fn activations(&self) -> usize {
        let discriminator = self.discriminator.as_ref().map_or(0, |learner| 4 * learner.network.activations());
        let passes = if self.discriminator.is_some() { 3 } else { 1 };
        let decoder = passes * self.decoder.learner.network.activations();
        self.encoder.learner.network.activations() + decoder + discriminator
    }

    fn score_meaning(&self) -> Option<&'static str> {
        self.discriminator.is_some().then(|| self.objective.score_meaning())
    }

    /// Images, their reconstructions, and images generated from noise.
    fn preview(&self) -> Option<ImageGrid> {
        let real = images(self.preview.first()?, &self.device.clone().inner());
        let (_, reconstruction) = reconstruct(self.encoder.average(), self.decoder.average(), real.clone());
        let generated = self.sample(0, real.dims()[0])?;
        Some(comparison_grid(vec![real, reconstruction, generated]))
    }

    fn sample(&self, first: usize, count: usize) -> Option<Tensor<4>> {
        let space = LatentSpace::noise(self.latent);
        let device = self.device.clone().inner();
        let latents = space.draw(self.streams, "evaluate", first as u64, count, &device);
        Some(self.decoder.average().generate(latents))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    /// The reconstruction loss of held-out images, plus the KL divergence of variational codes: the negative evidence lower
    /// bound.
    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let device = self.device.clone().inner();
        let variational = self.settings.kind == CodeKind::Variational;
        let losses = self.held_out.iter().map(|batch| {
            let real = images(batch, &device);
            let (codes, _) = self.encoder.average().clone().encode(Dual::constant(real.clone()), Mode::Eval);
            let (code, kl) = if variational {
                let noise = self.normals("held out", 0, [batch.n, self.latent]).inner();
                let (code, kl) = reparameterize(codes.value, noise);
                (code, f64::from(kl.into_scalar::<f32>()))
            } else {
                (codes.value, 0.0)
            };
            let reconstruction = self.decoder.average().generate(code);
            f64::from(self.reconstruction_loss(reconstruction, real).into_scalar::<f32>()) + kl
        });
        let loss = mean(losses)?;
        let name = if variational { "checkpoint_score/elbo" } else { "checkpoint_score/reconstruction" };
        self.reconstructs().then(|| (name.to_owned(), loss))
    }
}
