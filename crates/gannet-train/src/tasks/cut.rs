//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651, equation 5:
//! one translator, one discriminator, and patches whose features must match those of the input at the same place.
//!
//! ```text
//! d_loss = loss(D(y), D(G(x)))
//! g_loss = loss(D(G(x))) + contrast / 2 · (PatchNCE(x, G(x)) + PatchNCE(y, G(y)))
//! ```

use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::translator::translate;
use gannet_data::Batch;
use gannet_nn::architectures::cut::PatchHeads;
use gannet_nn::{Discriminator, Mode, Translator};
use gannet_objectives::patch_nce::patch_nce;
use gannet_ops::random::Streams;
use gannet_recipe::{Cut, Recipe};
use gannet_weights::WeightsError;

use super::batch::{images, split_pairs};
use super::learner::{AveragedLearner, Learner, LrSchedule};
use super::task::Task;
use crate::events::Scalars;
use crate::objective::{AdversarialObjective, Conditioning, StepIndex};
use crate::step_report::StepReport;

/// Trains a translator in one direction between two domains.
pub struct CutTask<G, D> {
    generator: AveragedLearner<G>,
    heads: Learner<PatchHeads>,
    discriminator: Learner<D>,
    objective: AdversarialObjective,
    settings: Cut,
    preview: Vec<Batch>,
    lr: LrSchedule,
    streams: Streams,
    size: usize,
    device: Device,
}

/// A micro-batch of both domains and the translation of the first.
struct Generated {
    at: StepIndex,
    x: Tensor<4>,
    y: Tensor<4>,
    fake: Tensor<4>,
}

impl<G: Translator, D: Discriminator> CutTask<G, D> {
    /// The task before its first step. The images of `preview` are displayed.
    pub fn new(
        (generator, heads, discriminator): (G, PatchHeads, D),
        settings: &Cut,
        recipe: &Recipe,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        Self {
            generator: AveragedLearner::new(["generator", "ema"], generator, recipe),
            heads: Learner::new("heads", heads, optim, optim.generator_lr),
            discriminator: Learner::new("discriminator", discriminator, optim, optim.discriminator_lr),
            objective: AdversarialObjective::new(recipe),
            settings: settings.clone(),
            preview,
            lr: LrSchedule::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    /// The PatchNCE loss between images and their translations, the mean over the encoder's maps.
    fn patch_nce(&mut self, images: &Tensor<4>, fake: &Tensor<4>, (stream, batch): (&str, u64)) -> Tensor<1> {
        let network = &mut self.generator.learner.network;
        let (queries, keys) = (network.encode(fake.clone(), Mode::Train), network.encode(images.clone(), Mode::Train));
        let mut stream = self.streams.at(stream, batch);
        let places = queries.iter().map(|map| {
            let [_, _, h, w] = map.dims();
            let mut order = stream.permutation(h * w);
            order.truncate(self.settings.patches);
            order
        });
        let places: Vec<Vec<usize>> = places.collect();
        let heads = &self.heads.network;
        let (queries, keys) = (heads.embeddings(&queries, &places), heads.embeddings(&keys, &places));
        let count = queries.len() as f64;
        let losses = queries.into_iter().zip(keys).map(|(query, key)| patch_nce(query, key.detach()));
        losses.reduce(|sum, loss| sum + loss).expect("an encoder has maps") / count
    }

    fn generate(&mut self, batches: &[Batch], step: u64) -> Vec<Generated> {
        let first = (step - 1) * batches.len() as u64;
        let generated = (first..).zip(batches).map(|(number, batch)| {
            let [x, y] = split_pairs(images(batch, &self.device), self.settings.reverse);
            let fake = self.generator.learner.network.translate(x.clone(), Mode::Train, None);
            Generated { at: StepIndex { step, batch: number }, x, y, fake }
        });
        generated.collect()
    }

    fn update_discriminator(&mut self, generated: &[Generated], step: u64, report: &mut StepReport) {
        for Generated { at, y, fake, .. } in generated {
            let pair = [y.clone(), fake.clone().detach()];
            let (network, unconditional) = (&mut self.discriminator.network, Conditioning::default());
            let d_loss = self.objective.d_loss(network, pair, &unconditional, *at, report);
            self.discriminator.backward(d_loss, report);
        }
        self.objective.observe(step, report);
        self.discriminator.update(report);
    }

    fn update_generator(&mut self, generated: Vec<Generated>, report: &mut StepReport) {
        let mut frozen = self.discriminator.network.clone().no_grad();
        for Generated { at, x, y, fake } in generated {
            let nce = self.patch_nce(&x, &fake, ("patches", at.batch));
            let identity = self.generator.learner.network.translate(y.clone(), Mode::Train, None);
            let identity_nce = self.patch_nce(&y, &identity, ("patches/kept", at.batch));
            report.mean("loss/nce", &nce);
            report.mean("loss/nce_identity", &identity_nce);
            let (network, fake) = (&self.generator.learner.network, (fake, &Conditioning::default()));
            let adversarial = self.objective.g_loss(network, &mut frozen, fake, || y.clone(), at, report);
            let contrast = (nce + identity_nce) * (self.settings.contrast / 2.0);
            let g_loss = adversarial * self.settings.adversarial + contrast;
            report.backward_in_both(self.generator.learner.named(), self.heads.named(), g_loss);
        }
        self.generator.update(report);
        self.heads.update(report);
    }
}

impl<G: Translator, D: Discriminator> Task for CutTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.lr.factor(step);
        self.generator.learner.set_lr_factor(factor);
        self.heads.set_lr_factor(factor);
        self.discriminator.set_lr_factor(factor);
        let mut report = StepReport::new(batches.len());
        let generated = self.generate(&batches, step);
        self.update_discriminator(&generated, step, &mut report);
        self.update_generator(generated, &mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters(), self.heads.parameters(), self.discriminator.parameters()]
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.generator.save(&mut state);
        self.heads.save(&mut state);
        self.discriminator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator.learner.restore_adam(&mut state, &inner)?;
        self.heads.restore_adam(&mut state, &inner)?;
        self.discriminator.restore_adam(&mut state, &inner)?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)?;
        self.heads.restore_network(&mut state)?;
        self.discriminator.restore_network(&mut state)
    }

    /// Two whole passes of the generator, and four of its encoder.
    fn activations(&self) -> usize {
        4 * self.generator.learner.network.activations(self.size) + 2 * self.discriminator.network.activations()
    }

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.objective.score_meaning())
    }

    /// Images of the first domain, their translations, and images of the second domain.
    fn preview(&self) -> Option<ImageGrid> {
        let pairs = images(self.preview.first()?, &self.device.clone().inner());
        let [x, y] = split_pairs(pairs, self.settings.reverse);
        let fake = translate(self.generator.average(), x.clone(), None);
        Some(comparison_grid(vec![x, fake, y]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        None
    }
}
