//! The adversarial task as the trainer sees it: state, previews, and what the doctor and the checkpoints look at.

use burn::tensor::Tensor;
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::ImageGrid;
use gannet_apply::latents::LatentSpace;
use gannet_data::Batch;
use gannet_nn::{Discriminator, Generator, Mode, parameter_count};
use gannet_weights::{WeightsError, collect, load};

use super::networks::AdversarialTask;
use crate::checkpoint_score::PixelScore;
use crate::doctor::{DiagnosticBatch, Observation, thumbnails};
use crate::events::Scalars;
use crate::objective::StepIndex;
use crate::tasks::batch::images;
use crate::tasks::task::Task;

/// The group of a checkpoint that holds what the objective keeps from step to step.
const OBJECTIVE: &str = "objective";

/// A task that trains a generator against a discriminator, whatever their types.
pub trait GanTask: Task {
    /// The task with a score by which its best checkpoint is kept.
    fn with_score(self: Box<Self>, score: PixelScore) -> Box<dyn Task>;

    /// Images `[n, c, h, w]` of the averaged generator for `latents [n, z]`.
    fn generate(&self, latents: Tensor<2>) -> Tensor<4>;

    /// The parts of a latent vector.
    fn space(&self) -> LatentSpace;

    /// The discriminator's logits `[n / pack]` for `images [n, c, h, w]`.
    fn logits(&self, images: Tensor<4>) -> Tensor<1>;
}

impl<G: Generator + 'static, D: Discriminator + 'static> GanTask for AdversarialTask<G, D> {
    fn with_score(self: Box<Self>, score: PixelScore) -> Box<dyn Task> {
        Box::new(Self { score: Some(score), ..*self })
    }

    fn generate(&self, latents: Tensor<2>) -> Tensor<4> {
        self.ema.network().generate(latents)
    }

    fn space(&self) -> LatentSpace {
        self.space
    }

    fn logits(&self, images: Tensor<4>) -> Tensor<1> {
        let images = self.objective.pack(Tensor::from_inner(images));
        self.discriminator.clone().no_grad().logits(images, &[], Mode::Eval).inner()
    }
}

impl<G: Generator, D: Discriminator> Task for AdversarialTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.train_step(&batches, step).finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let count = |name: &str, count| (name.to_owned(), count);
        let generator = parameter_count(&self.generator);
        vec![count("generator", generator), count("discriminator", parameter_count(&self.discriminator))]
    }

    fn state(&self) -> TrainingState {
        let tensors = [
            ("generator", collect(&self.generator)),
            ("discriminator", collect(&self.discriminator)),
            ("ema", collect(self.ema.network())),
            ("generator-adam", self.g_adam.state()),
            ("discriminator-adam", self.d_adam.state()),
        ];
        let counters =
            [("generator", self.g_adam.steps()), ("discriminator", self.d_adam.steps()), ("ema", self.ema.updates())];
        let mut tensors: Vec<_> = tensors.map(|(name, tensors)| (name.to_owned(), tensors)).into();
        let objective = self.objective.state();
        if !objective.is_empty() {
            tensors.push((OBJECTIVE.to_owned(), objective));
        }
        TrainingState { tensors, counters: counters.map(|(name, count)| (name.to_owned(), count)).into() }
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.g_adam.restore(state.counter("generator"), state.take("generator-adam")?, &inner);
        self.d_adam.restore(state.counter("discriminator"), state.take("discriminator-adam")?, &inner);
        // An objective that keeps nothing has no group.
        self.objective.restore(&state.take(OBJECTIVE).unwrap_or_default());
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.generator = load(self.generator.clone(), state.take("generator")?)?;
        self.discriminator = load(self.discriminator.clone(), state.take("discriminator")?)?;
        let average = load(self.ema.network().clone(), state.take("ema")?)?;
        self.ema.restore(average, state.counter("ema"));
        Ok(())
    }

    /// The discriminator sees real and fake images while the generator's pass is kept.
    fn activations(&self) -> usize {
        self.generator.activations() + 2 * self.discriminator.activations()
    }

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.objective.score_meaning())
    }

    fn preview(&self) -> Option<ImageGrid> {
        let rows = self.space.class_rows(self.recipe.sample.count);
        let images = self.averaged(|device| self.space.of_classes(self.streams, "preview", 0, &rows.classes, device));
        Some(rows.grid(images))
    }

    fn sample(&self, first: usize, count: usize) -> Option<Tensor<4>> {
        Some(self.averaged(|device| self.space.draw(self.streams, "evaluate", first as u64, count, device)))
    }

    fn observe(&self, batch: &DiagnosticBatch, step: u64) -> Option<Observation> {
        let at = StepIndex { step, batch: step };
        let scores = |images: Tensor<4>, labels: &[usize], name: &str| -> Vec<f32> {
            let mut discriminator = self.discriminator.clone().no_grad();
            let input = self.objective.discriminator_input(images, name, at);
            discriminator.logits(input, labels, Mode::Train).into_data().iter::<f32>().collect()
        };
        let real = images(&batch.real, &self.device);
        let (latents, conditioning) = self.latents(0, &batch.real);
        let fake = self.generator.clone().no_grad().forward(latents.clone(), Mode::Train);
        let held_out = batch.held_out.as_ref();
        let is_averaged = self.recipe.ema.decay > 0.0;
        Some(Observation {
            real: scores(real.clone(), &batch.real.labels, "doctor/real"),
            held_out: held_out.map(|batch| scores(images(batch, &self.device), &batch.labels, "doctor/held out")),
            fake: scores(fake.clone(), &conditioning.labels, "doctor/fake"),
            real_thumbnails: thumbnails(real.inner()),
            fake_thumbnails: thumbnails(fake.inner()),
            averaged_thumbnails: is_averaged.then(|| thumbnails(self.ema.network().generate(latents.inner()))),
        })
    }

    fn slow_down(&mut self, factor: f64) {
        self.slowdown = factor;
    }

    fn planned_lr(&self, step: u64) -> f64 {
        let steps = self.recipe.train.steps;
        self.recipe.optim.schedule.factor(step, steps) * self.recipe.cosine.lr(step, steps)
    }

    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let score = self.score.as_mut()?;
        let inner = self.device.clone().inner();
        let distance = score.distance(self.ema.network(), self.space, self.streams, &inner)?;
        Some(("checkpoint_score/pixels".to_owned(), distance))
    }
}
