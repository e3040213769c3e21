//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1, with one or more discriminator
//! updates in a step.
//!
//! ```text
//! for each discriminator update:
//!     fake   = G(z)                                       z from the prior, real images from the data
//!     d_loss = loss(D(real), D(fake)) + penalties         fake detached
//!     D     <- Adam(D, ∇ d_loss)
//! g_loss = loss(D(fake))                                  D frozen
//! G     <- Adam(G, ∇ g_loss)
//! average of G <- moving average
//! ```
//!
//! With `train.accumulate` above 1 each update averages the gradients of its micro-batches. With one micro-batch the fake images
//! of the discriminator's update keep their graph and serve the generator's update, as in PyTorch's DCGAN example.

use burn::module::Module;
use burn::tensor::Tensor;
use gannet_data::Batch;
use gannet_nn::layers::is_running_statistic;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_optim::parameters;

use super::networks::{AdversarialTask, ConditionedLatents};
use crate::objective::StepIndex;
use crate::step_report::StepReport;
use crate::tasks::batch::images;

/// The micro-batches of one update of the discriminator, and their latents.
struct Update<'a> {
    batches: &'a [Batch],
    latents: &'a [ConditionedLatents],
    /// The first micro-batch.
    first: StepIndex,
    /// Whether the generator is updated on them too.
    last: bool,
}

impl<G: Generator, D: Discriminator> AdversarialTask<G, D> {
    /// One step: the updates of the discriminator, then one of the generator on the last update's micro-batches.
    pub(super) fn train_step(&mut self, batches: &[Batch], step: u64) -> StepReport {
        self.set_schedules(step);
        let first = (step - 1) * batches.len() as u64;
        let latents: Vec<_> = (first..).zip(batches).map(|(number, batch)| self.latents(number, batch)).collect();
        self.generator.power_iterate();
        if let (1, Some(batch)) = (step, batches.first()) {
            let real = self.objective.pack(images(batch, &self.device));
            self.discriminator.set_reference_batch(&real);
        }
        let accumulate = self.recipe.train.accumulate;
        // Only the last update of the discriminator is reported.
        let mut report = StepReport::new(accumulate);
        for start in (0..batches.len()).step_by(accumulate) {
            let end = start + accumulate;
            let last = end >= batches.len();
            let index = StepIndex { step, batch: first + start as u64 };
            let update = Update { batches: &batches[start..end], latents: &latents[start..end], first: index, last };
            report = StepReport::new(accumulate);
            let fake = self.update_discriminator(&update, &mut report);
            if last {
                self.update_generator(&update, fake, &mut report);
            }
        }
        self.ema.update(&self.generator);
        report
    }

    /// Updates D on real and on detached fake images. Returns the fake images with their graph where one micro-batch is all.
    fn update_discriminator(&mut self, update: &Update, report: &mut StepReport) -> Option<Tensor<4>> {
        let mut kept = None;
        self.discriminator.power_iterate();
        for (at, batch, (latents, conditioning)) in update.micro_batches() {
            let real = images(batch, &self.device);
            let fake = match update.batches {
                [_] if update.last => kept.insert(self.generator.forward(latents.clone(), Mode::Train)).clone(),
                // The generator's running statistics move in its own update.
                _ => self.generator.clone().no_grad().forward(latents.clone(), Mode::Train),
            };
            let conditioning = self.with_perturbed(latents, conditioning, ("near/told", at.batch));
            let pair = [real, fake.detach()];
            let d_loss = self.objective.d_loss(&mut self.discriminator, pair, &conditioning, at, report);
            report.backward("discriminator", &self.discriminator, d_loss);
        }
        self.objective.observe(update.first.step, report);
        let gradients = report.take_gradients("discriminator");
        let updated = self.d_adam.step(self.discriminator.clone(), gradients);
        let clip = self.recipe.penalty.clip;
        self.discriminator = if clip > 0.0 { clip_weights(updated, clip) } else { updated };
        kept
    }

    /// Updates G so that the frozen D scores its images as real.
    fn update_generator(&mut self, update: &Update, mut kept: Option<Tensor<4>>, report: &mut StepReport) {
        let mut frozen = self.discriminator.clone().no_grad();
        frozen.power_iterate();
        for (at, batch, (latents, conditioning)) in update.micro_batches() {
            let fake = kept.take().unwrap_or_else(|| self.generator.forward(latents.clone(), Mode::Train));
            let real = || images(batch, &self.device);
            let conditioning = self.with_perturbed(latents, conditioning, ("near/made", at.batch));
            let fake = (fake, &conditioning);
            let g_loss = self.objective.g_loss(&self.generator, &mut frozen, fake, real, at, report);
            report.backward("generator", &self.generator, g_loss);
        }
        self.generator = self.g_adam.step(self.generator.clone(), report.take_gradients("generator"));
    }

    /// Sets the learning rates, β₂ and the decay of the average for `step`.
    fn set_schedules(&mut self, step: u64) {
        let (optim, cosine, steps) = (&self.recipe.optim, &self.recipe.cosine, self.recipe.train.steps);
        let factor = self.slowdown * optim.schedule.factor(step, steps) * cosine.lr(step, steps);
        for adam in [&mut self.g_adam, &mut self.d_adam] {
            adam.set_lr_factor(factor);
            adam.set_beta2(cosine.beta2(optim.beta2, step, steps));
        }
        self.ema.set_decay(cosine.ema(self.recipe.ema.decay, step, steps));
    }
}

impl Update<'_> {
    fn micro_batches(&self) -> impl Iterator<Item = (StepIndex, &Batch, &ConditionedLatents)> {
        let StepIndex { step, batch: first } = self.first;
        let indices = (first..).map(move |batch| StepIndex { step, batch });
        indices.zip(self.batches).zip(self.latents).map(|((at, batch), latents)| (at, batch, latents))
    }
}

/// The network with its weights clipped to `[-limit, limit]` (Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1).
fn clip_weights<M: Module>(network: M, limit: f64) -> M {
    parameters::map(network, |path, value| {
        let name = path.rsplit('.').next().unwrap_or(path);
        (!is_running_statistic(name)).then(|| value.clamp(-limit, limit))
    })
}
