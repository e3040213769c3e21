//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868, equations 11
//! to 13: a decoder of features for any style.
//!
//! ```text
//! t      = AdaIN(f(x), f(painting))     f is frozen
//! g_loss = content · content(f(G(t)), t) + style · statistics(G(t), painting) + variation · TV(G(t))
//! ```

use burn::tensor::{Device, Tensor};
use gannet_apply::adain::{AdainTarget, adain_loss, adain_target};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::style_transfer::LossWeights;
use gannet_data::Batch;
use gannet_nn::architectures::adain::AdainDecoder;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_recipe::{Adain, Recipe};
use gannet_weights::WeightsError;

use super::batch::{images, mean, split_pairs};
use super::learner::{AveragedLearner, LrSchedule};
use super::task::Task;
use crate::events::Scalars;
use crate::step_report::StepReport;

/// Trains a decoder for any style.
pub struct AdainTask {
    features: StyleFeatures,
    level: usize,
    decoder: AveragedLearner<AdainDecoder>,
    weights: LossWeights,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    lr: LrSchedule,
    size: usize,
    device: Device,
}

impl AdainTask {
    /// The task before its first step, on pairs of a picture and a style image. Pairs of `held_out` are not trained on, those
    /// of `preview` are displayed.
    pub fn new(
        (features, decoder): (StyleFeatures, AdainDecoder),
        settings: &Adain,
        recipe: &Recipe,
        [held_out, preview]: [Vec<Batch>; 2],
        device: &Device,
    ) -> Self {
        let Adain { content_weight: content, style_weight: style, tv_weight: variation, .. } = *settings;
        Self {
            features,
            level: settings.depth,
            decoder: AveragedLearner::new(["decoder", "ema"], decoder, recipe),
            weights: LossWeights { content, style, variation },
            held_out,
            preview,
            lr: LrSchedule::new(recipe),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    fn target(&self, [pictures, paintings]: [Tensor<4>; 2]) -> AdainTarget {
        adain_target(&self.features, self.level, pictures, paintings)
    }

    /// The averaged decoder's images for a feature map, on the device for training.
    fn decode(&self, map: Tensor<4>) -> Tensor<4> {
        let decoded = self.decoder.average().forward(map.inner());
        Tensor::from_data(decoded.into_data(), &self.device)
    }
}

impl Task for AdainTask {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.decoder.learner.set_lr_factor(self.lr.factor(step));
        let mut report = StepReport::new(batches.len());
        for batch in &batches {
            let target = self.target(split_pairs(images(batch, &self.device), false));
            let y = self.decoder.learner.network.forward(target.map.clone());
            let loss = adain_loss(&self.features, y, &target, self.weights);
            report.mean("loss/content", &loss.content);
            report.mean("loss/style", &loss.style);
            self.decoder.learner.backward(loss.total, &mut report);
        }
        self.decoder.update(&mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.decoder.learner.parameters()]
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.decoder.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.decoder.learner.restore_adam(&mut state, &self.device.clone().inner())?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.decoder.restore_network(&mut state)
    }

    /// The decoder's values, and as many of the encoder, which it mirrors.
    fn activations(&self) -> usize {
        2 * self.decoder.learner.network.activations(self.size)
    }

    /// Pictures, style images, and the pictures in those styles.
    fn preview(&self) -> Option<ImageGrid> {
        let [x, painting] = split_pairs(images(self.preview.first()?, &self.device), false);
        let stylized = self.decode(self.target([x.clone(), painting.clone()]).map).clamp(-1.0, 1.0);
        Some(comparison_grid(vec![x, painting, stylized]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    /// The loss on held-out pairs.
    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        let losses = self.held_out.iter().map(|batch| {
            let target = self.target(split_pairs(images(batch, &self.device), false));
            let loss = adain_loss(&self.features, self.decode(target.map.clone()), &target, self.weights);
            f64::from(loss.total.into_scalar::<f32>())
        });
        Some(("checkpoint_score/loss".to_owned(), mean(losses)?))
    }
}
