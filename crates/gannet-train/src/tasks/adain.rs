//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868, equations 11
//! to 13: a decoder of features that paints any picture as any painting is painted.
//!
//! ```text
//! t = AdaIN(f(x), f(painting))     f is frozen
//! G   content · content(f(G(t)), t) + style · moments(G(t), painting) + variation · TV(G(t))
//! ```

use burn::tensor::{Device, Tensor};
use gannet_data::Batch;
use gannet_nn::architectures::adain::AdainDecoder;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_weights::WeightsError;

use super::learner::{Averaged, Pace};
use super::problem::sides;
use super::translate::columns;
use super::{Report, Scalars, Task, TaskState, images};
use crate::adain::{Aims, aims, price};
use crate::grid::ImageGrid;
use crate::recipe::Recipe;
use crate::style::Weighing;

/// Trains a painter of any hand.
pub struct AdainTask {
    features: StyleFeatures,
    halvings: usize,
    decoder: Averaged<AdainDecoder>,
    weighing: Weighing,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    pace: Pace,
    size: usize,
    device: Device,
}

impl AdainTask {
    /// A task that has made no step, of pairs of a picture and a painting; those of `held_out` are not trained on, those of `preview`
    /// are shown.
    pub fn new(
        (features, decoder): (StyleFeatures, AdainDecoder),
        recipe: &Recipe,
        held_out: Vec<Batch>,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        let style = &recipe.style;
        Self {
            features,
            halvings: recipe.model.halvings,
            decoder: Averaged::new(["decoder", "ema"], decoder, recipe),
            weighing: Weighing { content: style.content, style: style.strength, variation: style.variation },
            held_out,
            preview,
            pace: Pace::new(recipe),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    /// Of pairs of a picture and a painting.
    fn aims(&self, [pictures, paintings]: [Tensor<4>; 2]) -> Aims {
        aims(&self.features, self.halvings, pictures, paintings)
    }

    /// What the average makes of an aim, on the device for training.
    fn made(&self, map: Tensor<4>) -> Tensor<4> {
        let made = self.decoder.average().forward(map.inner());
        Tensor::from_data(made.into_data(), &self.device)
    }
}

impl Task for AdainTask {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.decoder.learner.schedule(self.pace.factor(step));
        let mut report = Report::new(batches.len());
        for batch in &batches {
            let aims = self.aims(sides(images(batch, &self.device), false));
            let y = self.decoder.learner.network.forward(aims.map.clone());
            let price = price(&self.features, y, &aims, self.weighing);
            report.mean("loss/content", &price.content);
            report.mean("loss/style", &price.style);
            self.decoder.learner.backward(price.total, &mut report);
        }
        self.decoder.learn(&mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.decoder.learner.parameters()]
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.decoder.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.decoder.learner.restore_adam(&mut state, &self.device.clone().inner())?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.decoder.restore_network(&mut state)
    }

    /// Of the decoder, and of the encoder, which it mirrors, for what is made.
    fn activations(&self) -> usize {
        2 * self.decoder.learner.network.activations(self.size)
    }

    /// Pictures, paintings, and the first as the second are painted.
    fn preview(&self) -> Option<ImageGrid> {
        let [x, painting] = sides(images(self.preview.first()?, &self.device), false);
        let made = self.made(self.aims([x.clone(), painting.clone()]).map).clamp(-1.0, 1.0);
        Some(columns(vec![x, painting, made]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    /// What pictures cost that are not trained on.
    fn judge(&mut self) -> Option<(String, f64)> {
        let prices = self.held_out.iter().map(|batch| {
            let aims = self.aims(sides(images(batch, &self.device), false));
            let price = price(&self.features, self.made(aims.map.clone()), &aims, self.weighing);
            f64::from(price.total.into_scalar::<f32>())
        });
        let prices: Vec<f64> = prices.collect();
        (!prices.is_empty()).then(|| ("judge/price".to_owned(), prices.iter().sum::<f64>() / prices.len() as f64))
    }
}
