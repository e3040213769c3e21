//! Stacked MNIST: three random digits as the channels of one image, which makes a thousand modes that a classifier can
//! count (Metz et al. 2016, arXiv:1611.02163; counted as Srivastava et al. 2017, arXiv:1705.07761).

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use gannet_data::{Batch, DataError, Fit, ImageSpec, Loader, Source};
use gannet_metrics::lenet::{DIGIT, LeNetJudge};
use gannet_metrics::modes::{Coverage, stacked};
use gannet_nn::extractors::lenet::LeNet;
use gannet_ops::device::on_worker;
use gannet_ops::random::Streams;

use super::{Outcome, changed, penalties};
use crate::evaluate::CONFIDENT;
use crate::grid::ImageGrid;
use crate::recipe::{ModelKind, Recipe, RecipeError};
use crate::tasks::{Pair, dcgan, grid, images, pair, r3gan};

/// Samples that are judged: 26 for each mode.
pub const JUDGED: usize = 26_000;
/// Samples generated at a time.
const AT_A_TIME: usize = 250;
/// What surrounds a digit, as its own paper is.
const BLACK: f32 = -1.0;
/// Images of a picture.
const SHOWN: usize = 100;

/// What differs from a recipe's defaults with DCGAN's networks.
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

/// And with R3GAN's, whose images have a border of two pixels.
const R3GAN: &str = r#"
name = "stacked"

[data]
size = 32
channels = 3

[model]
kind = "r3gan"
width = 48
norm = "none"

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

/// Which networks learn stacked digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// DCGAN's, of 28 pixels, which learn within minutes on a CPU.
    Dcgan,
    /// R3GAN's, of 32 pixels, which want a GPU.
    R3gan,
}

impl Network {
    /// The settings of an experiment, with changes such as `loss.kind=hinge`.
    ///
    /// # Errors
    /// A change is not understood, or does not go with the others.
    pub fn settings(self, changes: &[String]) -> Result<Recipe, RecipeError> {
        changed(if self == Self::Dcgan { DCGAN } else { R3GAN }, changes)
    }
}

/// Two networks that learn stacked digits.
pub struct Stacked {
    recipe: Recipe,
    task: Box<dyn Pair>,
    /// Of each channel.
    digits: [Loader; 3],
    judge: LeNetJudge,
    device: Device,
}

impl Stacked {
    /// Before the first step, on `device` (without gradients); `judge` counts the digits of `source`.
    pub fn new(source: &Arc<dyn Source>, judge: LeNetJudge, recipe: Recipe, device: &Device) -> Self {
        let spec = ImageSpec { size: DIGIT, channels: 1, fit: Fit::Crop, flip: false, shift: 0, pair: false };
        let training = device.clone().autodiff();
        let task = match recipe.model.kind {
            ModelKind::R3gan => pair(r3gan(&recipe), &recipe, &training),
            _ => pair(dcgan(&recipe), &recipe, &training),
        };
        let digits = [0, 1, 2].map(|channel| {
            Loader::new(source.clone(), spec, recipe.train.batch, recipe.seed.wrapping_mul(3) + channel, 0)
        });
        Self { recipe, task, digits, judge, device: device.clone() }
    }

    /// Makes all steps; `watch` is told each hundredth.
    ///
    /// # Errors
    /// An image cannot be read.
    pub fn run(&mut self, mut watch: impl FnMut(u64)) -> Result<Outcome, DataError> {
        let start = Instant::now();
        let steps = self.recipe.train.steps as u64;
        let mut made = 0;
        for step in 1..=steps {
            let batches = (0..self.recipe.train.batches()).map(|_| self.batch()).collect::<Result<_, _>>()?;
            made = step;
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
            steps: made,
            coverage: self.coverage(|first| self.samples(first, AT_A_TIME)),
            seconds,
            findings: Vec::new(),
        })
    }

    /// What the judge finds in as many real images: what a perfect generator would score.
    ///
    /// # Errors
    /// An image cannot be read.
    pub fn real(&mut self) -> Result<Coverage, DataError> {
        let mut parts = Vec::new();
        while parts.len() * self.recipe.train.batch < JUDGED {
            parts.push(images(&self.batch()?, &self.device));
        }
        let all = Tensor::cat(parts, 0);
        Ok(self.coverage(|first| all.clone().narrow(0, first, AT_A_TIME)))
    }

    /// Samples of the averaged generator, a hundred in a picture.
    pub fn picture(&self) -> ImageGrid {
        grid(self.samples(0, SHOWN))
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

    /// `count` images `[count, 3, h, w]` from number `first` on, always of the same latents.
    fn samples(&self, first: usize, count: usize) -> Tensor<4> {
        let streams = Streams::new(self.recipe.seed);
        self.task.generate(self.task.space().draw(streams, "judged", first as u64, count, &self.device))
    }

    /// Of the images that `next` gives from number … on, so many at a time.
    fn coverage(&self, next: impl Fn(usize) -> Tensor<4>) -> Coverage {
        let seen = self.border()..self.border() + DIGIT;
        let (mut modes, mut confident) = (Vec::with_capacity(JUDGED), 0);
        for first in (0..JUDGED).step_by(AT_A_TIME) {
            let images = next(first).slice([0..AT_A_TIME, 0..3, seen.clone(), seen.clone()]);
            let probabilities = self.judge.look(images.reshape([3 * AT_A_TIME, 1, DIGIT, DIGIT])).probabilities;
            let digits = probabilities.as_chunks::<{ LeNet::CLASSES }>().0.as_chunks::<3>().0;
            for three in digits {
                let best =
                    three.map(|of| of.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a }));
                modes.push(best.iter().fold(0, |mode, (digit, _)| 10 * mode + digit));
                confident += usize::from(best.iter().all(|(_, probability)| *probability > CONFIDENT));
            }
        }
        Coverage { high_quality: confident as f64 / JUDGED as f64, ..stacked(&modes, 1000) }
    }
}
