//! Perceptual Losses for Real-Time Style Transfer and Super-Resolution, Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155: a
//! feed-forward network for one style.
//!
//! ```text
//! g_loss = content · content(G(x), x) + style · style(G(x), painting) + variation · TV(G(x))
//! ```

use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::style_transfer::{LossWeights, StyleTarget};
use gannet_apply::translator::translate;
use gannet_data::Batch;
use gannet_nn::{Mode, Translator};
use gannet_recipe::{Recipe, Stylize};
use gannet_weights::WeightsError;

use super::batch::{images, mean};
use super::learner::{AveragedLearner, LrSchedule};
use super::task::Task;
use crate::events::Scalars;
use crate::step_report::StepReport;

/// Values that the feature network keeps for each pixel: about as many as a network of 32 channels next to the image.
const FEATURE_VALUES: usize = 300;

/// Trains a style-transfer network for one style.
pub struct StylizeTask<G> {
    generator: AveragedLearner<G>,
    target: StyleTarget,
    weights: LossWeights,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    lr: LrSchedule,
    size: usize,
    device: Device,
}

impl<G: Translator> StylizeTask<G> {
    /// The task before its first step. Images of `held_out` are not trained on, those of `preview` are displayed.
    pub fn new(
        (generator, target): (G, StyleTarget),
        settings: &Stylize,
        recipe: &Recipe,
        [held_out, preview]: [Vec<Batch>; 2],
        device: &Device,
    ) -> Self {
        let Stylize { content_weight: content, style_weight: style, tv_weight: variation, .. } = *settings;
        Self {
            generator: AveragedLearner::new(["generator", "ema"], generator, recipe),
            target,
            weights: LossWeights { content, style, variation },
            held_out,
            preview,
            lr: LrSchedule::new(recipe),
            size: recipe.data.size,
            device: device.clone(),
        }
    }
}

impl<G: Translator> Task for StylizeTask<G> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.generator.learner.set_lr_factor(self.lr.factor(step));
        let mut report = StepReport::new(batches.len());
        for batch in &batches {
            let x = images(batch, &self.device);
            let content = self.target.content(x.clone()).detach();
            let y = self.generator.learner.network.translate(x, Mode::Train, None);
            let loss = self.target.loss(y, &content, self.weights);
            report.mean("loss/content", &loss.content);
            report.mean("loss/style", &loss.style);
            self.generator.learner.backward(loss.total, &mut report);
        }
        self.generator.update(&mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters()]
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.generator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.generator.learner.restore_adam(&mut state, &self.device.clone().inner())?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)
    }

    fn activations(&self) -> usize {
        self.generator.learner.network.activations(self.size) + FEATURE_VALUES * self.size.pow(2)
    }

    /// Pictures and their stylized versions.
    fn preview(&self) -> Option<ImageGrid> {
        let x = images(self.preview.first()?, &self.device.clone().inner());
        let stylized = translate(self.generator.average(), x.clone(), None).clamp(-1.0, 1.0);
        Some(comparison_grid(vec![x, stylized]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    /// The loss on held-out images.
    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let losses = self.held_out.iter().map(|batch| {
            let x = images(batch, &self.device);
            let stylized = translate(self.generator.average(), x.clone().inner(), None);
            let stylized = Tensor::from_data(stylized.into_data(), &self.device);
            let loss = self.target.loss(stylized, &self.target.content(x), self.weights);
            f64::from(loss.total.into_scalar::<f32>())
        });
        Some(("checkpoint_score/loss".to_owned(), mean(losses)?))
    }
}
