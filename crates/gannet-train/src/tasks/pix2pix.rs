//! Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros 2016, arXiv:1611.07004,
//! equation 4: the output for an image should be near its target, and together with the input fool a discriminator of pairs.
//!
//! ```text
//! d_loss = loss(D(x, y), D(x, G(x)))
//! g_loss = adversarial · loss(D(x, G(x))) + l1 · E |y − G(x)| + perceptual · distance of features
//! ```
//!
//! With other [`PairedTask`]s the same step trains SRGAN (Ledig et al. 2016, arXiv:1609.04802), whose discriminator sees no
//! input, and DeepFill v2 (Yu et al. 2018, arXiv:1806.03589), whose L1 loss counts the output of each stage. The perceptual
//! loss is that of Johnson et al. 2016, arXiv:1603.08155.

use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::translator::translate;
use gannet_data::Batch;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_nn::{Discriminator, Mode, Translator};
use gannet_objectives::pixel::PixelLossKind;
use gannet_objectives::style::content_loss;
use gannet_ops::random::Streams;
use gannet_recipe::Recipe;
use gannet_weights::WeightsError;

use super::batch::mean;
use super::learner::{AveragedLearner, Learner, LrSchedule};
use super::paired::{PairedBatch, PairedTask};
use super::task::Task;
use crate::events::Scalars;
use crate::objective::{AdversarialObjective, Conditioning, StepIndex};
use crate::step_report::StepReport;

/// Trains `G` on pairs, against `D` where the adversarial weight is above 0.
pub struct PairedTranslationTask<G, D> {
    generator: AveragedLearner<G>,
    discriminator: Learner<D>,
    objective: AdversarialObjective,
    paired: PairedTask,
    pixel: PixelLossKind,
    pixel_weight: f64,
    adversarial_weight: f64,
    perceptual_weight: f64,
    dropout: bool,
    /// The features of the perceptual loss.
    features: Option<StyleFeatures>,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    lr: LrSchedule,
    streams: Streams,
    size: usize,
    device: Device,
}

/// A micro-batch and the generator's output for it.
struct Generated {
    at: StepIndex,
    pair: PairedBatch,
    /// The outputs of earlier stages, where the network has several.
    earlier_stages: Vec<Tensor<4>>,
    fake: Tensor<4>,
}

impl<G: Translator, D: Discriminator> PairedTranslationTask<G, D> {
    /// The task before its first step. Images of `held_out` are not trained on, those of `preview` are displayed.
    pub fn new(
        (generator, discriminator): (G, D),
        features: Option<StyleFeatures>,
        recipe: &Recipe,
        [held_out, preview]: [Vec<Batch>; 2],
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        Self {
            generator: AveragedLearner::new(["generator", "ema"], generator, recipe),
            discriminator: Learner::new("discriminator", discriminator, optim, optim.discriminator_lr),
            objective: AdversarialObjective::new(recipe),
            paired: PairedTask::new(recipe),
            pixel: recipe.pixel_loss(),
            pixel_weight: recipe.pixel_weight(),
            adversarial_weight: recipe.adversarial_weight(),
            perceptual_weight: recipe.perceptual_weight(),
            dropout: recipe.dropout(),
            features,
            held_out,
            preview,
            lr: LrSchedule::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    /// The pairs of batch number `number`; `stream` names the random stream of degradations and masks.
    fn pairs(&self, batch: &Batch, stream: &str, number: u64, device: &Device) -> PairedBatch {
        let streams = self.streams;
        self.paired.pairs(batch, &|at| streams.at(stream, number * batch.n as u64 + at), device)
    }

    /// Pairs that are the same in each evaluation, without gradients.
    fn evaluation_pairs(&self, batch: &Batch, number: u64) -> PairedBatch {
        self.pairs(batch, "examination", number, &self.device.clone().inner())
    }

    fn generate(&mut self, batches: &[Batch], step: u64) -> Vec<Generated> {
        let first = (step - 1) * batches.len() as u64;
        let generated = (first..).zip(batches).map(|(number, batch)| {
            let pair = self.pairs(batch, "problem", number, &self.device);
            let mut noise = self.dropout.then(|| self.streams.at("dropout", number));
            let network = &mut self.generator.learner.network;
            let mut stages = network.stages(pair.input.clone(), Mode::Train, noise.as_mut());
            let fake = pair.composite(stages.pop().expect("a network has an output"));
            Generated { at: StepIndex { step, batch: number }, pair, earlier_stages: stages, fake }
        });
        generated.collect()
    }

    fn update_discriminator(&mut self, generated: &[Generated], report: &mut StepReport) {
        for Generated { at, pair, fake, .. } in generated {
            let images = [pair.real().clone(), fake.clone().detach()].map(|image| pair.discriminator_input(image));
            let (network, unconditional) = (&mut self.discriminator.network, Conditioning::default());
            let d_loss = self.objective.d_loss(network, images, &unconditional, *at, report);
            self.discriminator.backward(d_loss, report);
        }
        self.objective.observe(generated.first().map_or(1, |first| first.at.step), report);
        self.discriminator.update(report);
    }

    fn update_generator(&mut self, generated: Vec<Generated>, report: &mut StepReport) {
        let mut frozen = self.discriminator.network.clone().no_grad();
        for Generated { at, pair, earlier_stages, fake } in generated {
            let distance = |output: &Tensor<4>| self.pixel.loss(output.clone(), pair.target.clone());
            let distance = earlier_stages.iter().map(distance).fold(distance(&fake), |sum, stage| sum + stage);
            report.mean(&format!("loss/{}", self.pixel), &distance);
            let reconstruction = distance * self.pixel_weight;
            let reconstruction = match &self.features {
                Some(features) => {
                    let perceptual = perceptual_loss(features, &fake, &pair.target, report);
                    reconstruction + perceptual * self.perceptual_weight
                }
                None => reconstruction,
            };
            let g_loss = if self.adversarial_weight > 0.0 {
                let fake = (pair.discriminator_input(fake), &Conditioning::default());
                let real = || pair.discriminator_input(pair.real().clone());
                let network = &self.generator.learner.network;
                reconstruction
                    + self.objective.g_loss(network, &mut frozen, fake, real, at, report) * self.adversarial_weight
            } else {
                reconstruction
            };
            self.generator.learner.backward(g_loss, report);
        }
        self.generator.update(report);
    }
}

/// The distance of images to their targets in the features of a network, relative to the targets'.
fn perceptual_loss(
    features: &StyleFeatures,
    output: &Tensor<4>,
    target: &Tensor<4>,
    report: &mut StepReport,
) -> Tensor<1> {
    let [output, target] = [output, target].map(|images| features.features(images.clone()).content);
    let loss = content_loss(output, target);
    report.mean("loss/perceptual", &loss);
    loss
}

impl<G: Translator, D: Discriminator> Task for PairedTranslationTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.lr.factor(step);
        self.generator.learner.set_lr_factor(factor);
        self.discriminator.set_lr_factor(factor);
        let mut report = StepReport::new(batches.len());
        let generated = self.generate(&batches, step);
        if self.adversarial_weight > 0.0 {
            self.discriminator.network.power_iterate();
            self.update_discriminator(&generated, &mut report);
        }
        self.update_generator(generated, &mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters(), self.discriminator.parameters()]
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.generator.save(&mut state);
        self.discriminator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator.learner.restore_adam(&mut state, &inner)?;
        self.discriminator.restore_adam(&mut state, &inner)?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)?;
        self.discriminator.restore_network(&mut state)
    }

    fn activations(&self) -> usize {
        self.generator.learner.network.activations(self.paired.input_side(self.size))
            + 2 * self.discriminator.network.activations()
    }

    fn score_meaning(&self) -> Option<&'static str> {
        (self.adversarial_weight > 0.0).then(|| self.objective.score_meaning())
    }

    /// Inputs, outputs and targets.
    fn preview(&self) -> Option<ImageGrid> {
        let pair = self.evaluation_pairs(self.preview.first()?, 0);
        let output = pair.composite(translate(self.generator.average(), pair.input.clone(), None));
        Some(comparison_grid(vec![pair.displayed_input(), output, pair.target]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let l1 = (0..).zip(&self.held_out).map(|(number, batch)| {
            let pair = self.evaluation_pairs(batch, number);
            let output = pair.composite(translate(self.generator.average(), pair.input.clone(), None));
            f64::from((output - pair.target).abs().mean().into_scalar::<f32>())
        });
        Some(("checkpoint_score/l1".to_owned(), mean(l1)?))
    }
}
