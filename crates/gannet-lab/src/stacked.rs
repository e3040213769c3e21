//! Stacked MNIST: three random digits as the channels of one image, which makes a thousand modes that a classifier can
//! count (Metz et al. 2016, arXiv:1611.02163; counted as in Srivastava et al. 2017, arXiv:1705.07761).

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use gannet_apply::image_grid::{ImageGrid, square_grid};
use gannet_choice::Choice;
use gannet_data::{Batch, DataError, Fit, ImageSpec, Loader, Source};
use gannet_eval::CONFIDENT;
use gannet_eval::digits::{DIGIT, DigitClassifier};
use gannet_metrics::modes::{Coverage, class_coverage};
use gannet_nn::architectures::lenet::LeNet;
use gannet_ops::device::on_worker;
use gannet_ops::random::Streams;
use gannet_recipe::{Recipe, RecipeError};
use gannet_train::TrainError;
use gannet_train::tasks::adversarial::GanTask;
use gannet_train::tasks::batch::images;
use gannet_train::tasks::gan_task;

use crate::outcome::{Outcome, penalties};
use crate::settings::with_changes;

/// Number of samples that are evaluated: 26 for each mode.
pub const EVALUATED: usize = 26_000;
/// Number of samples generated at once.
const AT_ONCE: usize = 250;
/// The value of the padding around a digit, which is the digit's own background.
const BLACK: f32 = -1.0;
/// Number of images in a picture.
const DRAWN: usize = 100;

/// The settings with DCGAN's networks that differ from a recipe's defaults.
const DCGAN: &str = r#"
name = "stacked"

[data]
size = 28
channels = 3

[model]
width = 32
norm = "none"

[loss]
kind = "relativistic-pairing"

[optim]
generator_lr = 5e-4
discriminator_lr = 5e-4
beta1 = 0.0
beta2 = 0.99
schedule = "cosine"

[train]
steps = 5000
"#;

/// The settings with R3GAN's networks, whose images have a border of two pixels.
const R3GAN: &str = r#"
name = "stacked"

[data]
size = 32
channels = 3

[model]
kind = "r3gan"
width = 48

[loss]
kind = "relativistic-pairing"

[optim]
generator_lr = 4e-4
discriminator_lr = 4e-4
beta1 = 0.0
beta2 = 0.9

[cosine]
share = 1.0
lr = 0.1
beta2 = 0.99
penalty = 0.1

[train]
steps = 10000
batch = 128
"#;

gannet_choice::choice! {
    /// The networks that learn stacked digits.
    Network {
        /// DCGAN's networks for 28 pixels, which learn within minutes on a CPU.
        Dcgan = "dcgan",
        /// R3GAN's networks for 32 pixels, which need a GPU.
        R3gan = "r3gan",
    }
}

impl Network {
    /// The settings of an experiment, with changes such as `loss.kind=hinge`.
    ///
    /// # Errors
    /// A change is not understood, contradicts another, or would make it a different experiment.
    pub fn settings(self, changes: &[String]) -> Result<Recipe, RecipeError> {
        with_changes(if self == Self::Dcgan { DCGAN } else { R3GAN }, changes)
    }
}

/// Two networks that learn stacked digits.
pub struct Stacked {
    recipe: Recipe,
    task: Box<dyn GanTask>,
    /// The digits of each channel.
    digits: [Loader; 3],
    classifier: DigitClassifier,
    device: Device,
}

impl Stacked {
    /// The experiment before its first step, on `device` (without gradients); `classifier` counts the digits of `source`.
    ///
    /// # Errors
    /// The networks of `recipe` are no GAN.
    pub fn new(
        source: &Arc<dyn Source>,
        classifier: DigitClassifier,
        recipe: Recipe,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let spec = ImageSpec { size: DIGIT, channels: 1, fit: Fit::Crop, flip: false, shift: 0, paired: false };
        let task = gan_task(&recipe, &device.clone().autodiff())?;
        let digits = [0, 1, 2].map(|channel| {
            Loader::new(source.clone(), spec, recipe.train.batch, recipe.seed.wrapping_mul(3) + channel, 0)
        });
        Ok(Self { recipe, task, digits, classifier, device: device.clone() })
    }

    /// Trains to the end. `watch` is called with the number of steps done, a hundred times.
    ///
    /// # Errors
    /// An image cannot be read.
    pub fn run(&mut self, mut watch: impl FnMut(u64)) -> Result<Outcome, DataError> {
        let start = Instant::now();
        let steps = self.recipe.train.steps as u64;
        let mut done = 0;
        for step in 1..=steps {
            let batches = (0..self.recipe.train.batches()).map(|_| self.batch()).collect::<Result<_, _>>()?;
            done = step;
            if on_worker(|| self.task.step(batches, step)).iter().any(|(_, value)| !value.is_finite()) {
                break;
            }
            if step.is_multiple_of((steps / 100).max(1)) {
                watch(step);
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        Ok(Outcome {
            set: "stacked".to_owned(),
            loss: self.recipe.loss.kind.word().to_owned(),
            penalty: penalties(&self.recipe),
            seed: self.recipe.seed,
            steps: done,
            coverage: self.coverage(|first| self.samples(first, AT_ONCE)),
            seconds,
            findings: Vec::new(),
        })
    }

    /// The coverage of as many real images, which a perfect generator would reach.
    ///
    /// # Errors
    /// An image cannot be read.
    pub fn real(&mut self) -> Result<Coverage, DataError> {
        let mut parts = Vec::new();
        while parts.len() * self.recipe.train.batch < EVALUATED {
            parts.push(images(&self.batch()?, &self.device));
        }
        let all = Tensor::cat(parts, 0);
        Ok(self.coverage(|first| all.clone().narrow(0, first, AT_ONCE)))
    }

    /// A hundred samples of the averaged generator.
    pub fn picture(&self) -> ImageGrid {
        square_grid(self.samples(0, DRAWN))
    }

    fn batch(&mut self) -> Result<Batch, DataError> {
        let [a, b, c] = self.digits.each_mut().map(Loader::next);
        let channels = [a?, b?, c?];
        let (n, size, border) = (channels[0].n, self.recipe.data.size, self.border());
        let mut images = vec![BLACK; n * channels.len() * size * size];
        for (at, plane) in images.chunks_exact_mut(size * size).enumerate() {
            let digit = &channels[at % 3].images[at / 3 * DIGIT * DIGIT..];
            for (row, line) in digit.chunks_exact(DIGIT).take(DIGIT).enumerate() {
                plane[(border + row) * size + border..][..DIGIT].copy_from_slice(line);
            }
        }
        Ok(Batch { images, labels: Vec::new(), n, channels: 3, size })
    }

    /// Pixels around a digit.
    fn border(&self) -> usize {
        (self.recipe.data.size - DIGIT) / 2
    }

    /// `count` images `[count, 3, h, w]` from number `first` on, always from the same latents.
    fn samples(&self, first: usize, count: usize) -> Tensor<4> {
        let streams = Streams::new(self.recipe.seed);
        self.task.generate(self.task.space().draw(streams, "judged", first as u64, count, &self.device))
    }

    /// The coverage of the images of `next`, which gives [`AT_ONCE`] of them from a number on.
    fn coverage(&self, next: impl Fn(usize) -> Tensor<4>) -> Coverage {
        let seen = self.border()..self.border() + DIGIT;
        let (mut modes, mut confident) = (Vec::with_capacity(EVALUATED), 0);
        for first in (0..EVALUATED).step_by(AT_ONCE) {
            let images = next(first).slice([0..AT_ONCE, 0..3, seen.clone(), seen.clone()]);
            let probabilities = self.classifier.predict(images.reshape([3 * AT_ONCE, 1, DIGIT, DIGIT])).probabilities;
            let digits = probabilities.as_chunks::<{ LeNet::CLASSES }>().0.as_chunks::<3>().0;
            for three in digits {
                let best =
                    three.map(|of| of.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a }));
                modes.push(best.iter().fold(0, |mode, (digit, _)| 10 * mode + digit));
                confident += usize::from(best.iter().all(|(_, probability)| *probability > CONFIDENT));
            }
        }
        Coverage { high_quality: confident as f64 / EVALUATED as f64, ..class_coverage(&modes, 1000) }
    }
}
