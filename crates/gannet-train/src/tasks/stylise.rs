//! Perceptual Losses for Real-Time Style Transfer and Super-Resolution, Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155: a network
//! that paints any picture at once as one painting is painted.
//!
//! ```text
//! G   content · content(G(x), x) + style · style(G(x), painting) + variation · TV(G(x))
//! ```

use burn::tensor::Device;
use gannet_data::Batch;
use gannet_nn::{Mode, Translator};
use gannet_weights::WeightsError;

use super::learner::{Averaged, Pace};
use super::translate::{columns, translated};
use super::{Report, Scalars, Task, TaskState, images};
use crate::grid::ImageGrid;
use crate::recipe::Recipe;
use crate::style::{Hand, Weighing};

/// Trains a painter of one hand.
pub struct StyliseTask<G> {
    generator: Averaged<G>,
    hand: Hand,
    weighing: Weighing,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    pace: Pace,
    size: usize,
    device: Device,
}

impl<G: Translator> StyliseTask<G> {
    /// A task that has made no step; the images of `held_out` are not trained on, those of `preview` are shown.
    pub fn new(
        (generator, hand): (G, Hand),
        recipe: &Recipe,
        held_out: Vec<Batch>,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        let style = &recipe.style;
        Self {
            generator: Averaged::new(["generator", "ema"], generator, recipe),
            hand,
            weighing: Weighing { content: style.content, style: style.strength, variation: style.variation },
            held_out,
            preview,
            pace: Pace::new(recipe),
            size: recipe.data.size,
            device: device.clone(),
        }
    }
}

impl<G: Translator> Task for StyliseTask<G> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.generator.learner.schedule(self.pace.factor(step));
        let mut report = Report::new(batches.len());
        for batch in &batches {
            let x = images(batch, &self.device);
            let content = self.hand.content(x.clone()).detach();
            let y = self.generator.learner.network.translate(x, Mode::Train, None);
            let price = self.hand.price(y, &content, self.weighing);
            report.mean("loss/content", &price.content);
            report.mean("loss/style", &price.style);
            self.generator.learner.backward(price.total, &mut report);
        }
        self.generator.learn(&mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters()]
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.generator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.generator.learner.restore_adam(&mut state, &self.device.clone().inner())?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)
    }

    fn activations(&self) -> usize {
        // The features' maps are about as many as those of a network of 32 channels next to the image.
        self.generator.learner.network.activations(self.size) + 300 * self.size.pow(2)
    }

    /// What is given, and how it is painted.
    fn preview(&self) -> Option<ImageGrid> {
        let x = images(self.preview.first()?, &self.device.clone().inner());
        let made = translated(self.generator.average(), x.clone(), None).clamp(-1.0, 1.0);
        Some(columns(vec![x, made]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    /// What images cost that are not trained on.
    fn judge(&mut self) -> Option<(String, f64)> {
        let prices = self.held_out.iter().map(|batch| {
            let x = images(batch, &self.device);
            let made = translated(self.generator.average(), x.clone().inner(), None);
            let made = burn::tensor::Tensor::from_data(made.into_data(), &self.device);
            f64::from(self.hand.price(made, &self.hand.content(x), self.weighing).total.into_scalar::<f32>())
        });
        let prices: Vec<f64> = prices.collect();
        (!prices.is_empty()).then(|| ("judge/price".to_owned(), prices.iter().sum::<f64>() / prices.len() as f64))
    }
}
