//! A generator against a discriminator: Generative Adversarial Networks, Goodfellow et al. 2014,
//! arXiv:1406.2661, algorithm 1 with one discriminator step, as DCGAN trains it.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::{Discriminator, Generator, Mode, parameter_count};
use gannet_objectives::losses::Loss;
use gannet_ops::random::Streams;
use gannet_weights::{WeightsError, collect, load};

use super::{Report, Scalars, Task, TaskState, grid, images};
use crate::adam::{Adam, AdamConfig};
use crate::ema::Ema;
use crate::grid::ImageGrid;
use crate::judge::PixelJudge;
use crate::recipe::Recipe;

/// Trains `G` against `D`.
pub struct AdversarialTask<G, D> {
    generator: G,
    discriminator: D,
    ema: Ema<G>,
    generator_adam: Adam,
    discriminator_adam: Adam,
    loss: Loss,
    streams: Streams,
    preview: usize,
    judge: Option<PixelJudge>,
    device: Device,
}

impl<G: Generator, D: Discriminator> AdversarialTask<G, D> {
    /// A task that has made no step; both networks on `device`, which is for training.
    pub fn new(generator: G, discriminator: D, loss: Loss, recipe: &Recipe, device: &Device) -> Self {
        let adam = |lr| Adam::new(AdamConfig::new(&recipe.optim, lr));
        Self {
            ema: Ema::new(&generator, recipe.ema.decay),
            generator,
            discriminator,
            generator_adam: adam(recipe.optim.generator_lr),
            discriminator_adam: adam(recipe.optim.discriminator_lr),
            loss,
            streams: Streams::new(recipe.seed),
            preview: recipe.sample.count,
            judge: None,
            device: device.clone(),
        }
    }

    /// With a judge that picks the best checkpoint.
    pub fn with_judge(self, judge: PixelJudge) -> Self {
        Self { judge: Some(judge), ..self }
    }

    /// Moves D on real images and on detached fakes. Returns the fakes with their graph where one
    /// micro-batch is all, so that the generator need not make them again.
    fn discriminator_phase(
        &mut self,
        batches: &[Batch],
        latents: &[Tensor<2>],
        report: &mut Report,
    ) -> Option<Tensor<4>> {
        let mut kept = None;
        for (batch, latent) in batches.iter().zip(latents) {
            let real = self.discriminator.forward(images(batch, &self.device), Mode::Train);
            let fakes = match batches {
                [_] => kept.insert(self.generator.forward(latent.clone(), Mode::Train)).clone(),
                // The generator's running statistics move in its own phase.
                _ => self.generator.clone().no_grad().forward(latent.clone(), Mode::Train),
            };
            let fake = self.discriminator.forward(fakes.detach(), Mode::Train);
            report.mean("score/real", &self.loss.score(real.clone()));
            report.mean("score/fake", &self.loss.score(fake.clone()));
            let loss = self.loss.on_real(real) + self.loss.on_fake(fake);
            report.backward("discriminator", &self.discriminator, loss);
        }
        let gradients = report.take_gradients("discriminator");
        self.discriminator = self.discriminator_adam.step(self.discriminator.clone(), gradients);
        kept
    }

    /// Moves G so that the frozen discriminator takes its images for real.
    fn generator_phase(&mut self, latents: Vec<Tensor<2>>, mut kept: Option<Tensor<4>>, report: &mut Report) {
        let mut frozen = self.discriminator.clone().no_grad();
        for latent in latents {
            let fakes = kept.take().unwrap_or_else(|| self.generator.forward(latent, Mode::Train));
            let fake = frozen.forward(fakes, Mode::Train);
            report.mean("score/fake_after", &self.loss.score(fake.clone()));
            report.backward("generator", &self.generator, self.loss.generator(fake));
        }
        self.generator = self.generator_adam.step(self.generator.clone(), report.take_gradients("generator"));
    }
}

/// `[count, size]` values of N(0, 1) from the stream called `name`; the first rows do not depend on `count`.
pub fn latents(streams: Streams, name: &str, step: u64, [count, size]: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(streams.at(name, step).normals(count * size), [count, size]), device)
}

impl<G: Generator, D: Discriminator> Task for AdversarialTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let mut report = Report::new(batches.len());
        let size = self.generator.latent_size();
        let first = (step - 1) * batches.len() as u64;
        let draw =
            |(number, batch): (u64, &Batch)| latents(self.streams, "latent", number, [batch.n, size], &self.device);
        let latents: Vec<_> = (first..).zip(&batches).map(draw).collect();
        let kept = self.discriminator_phase(&batches, &latents, &mut report);
        self.generator_phase(latents, kept, &mut report);
        self.ema.update(&self.generator);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let count = |name: &str, count| (name.to_owned(), count);
        let generator = parameter_count(&self.generator);
        vec![count("generator", generator), count("discriminator", parameter_count(&self.discriminator))]
    }

    fn state(&self) -> TaskState {
        let tensors = [
            ("generator", collect(&self.generator)),
            ("discriminator", collect(&self.discriminator)),
            ("ema", collect(self.ema.network())),
            ("generator-adam", self.generator_adam.state()),
            ("discriminator-adam", self.discriminator_adam.state()),
        ];
        let counters = [
            ("generator", self.generator_adam.steps()),
            ("discriminator", self.discriminator_adam.steps()),
            ("ema", self.ema.updates()),
        ];
        TaskState {
            tensors: tensors.map(|(name, tensors)| (name.to_owned(), tensors)).into(),
            counters: counters.map(|(name, count)| (name.to_owned(), count)).into(),
        }
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator_adam.restore(state.counter("generator"), state.take("generator-adam")?, &inner);
        self.discriminator_adam.restore(state.counter("discriminator"), state.take("discriminator-adam")?, &inner);
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.generator = load(self.generator.clone(), state.take("generator")?)?;
        self.discriminator = load(self.discriminator.clone(), state.take("discriminator")?)?;
        let average = load(self.ema.network().clone(), state.take("ema")?)?;
        self.ema.restore(average, state.counter("ema"));
        Ok(())
    }

    /// The discriminator sees real images and fakes while the generator's pass is kept.
    fn activations(&self) -> usize {
        self.generator.activations() + 2 * self.discriminator.activations()
    }

    fn preview(&self) -> Option<ImageGrid> {
        let generator = self.ema.network();
        let shape = [self.preview, generator.latent_size()];
        let images = generator.generate(latents(self.streams, "preview", 0, shape, &self.device.clone().inner()));
        Some(grid(images))
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        let judge = self.judge.as_mut()?;
        let distance = judge.distance(self.ema.network(), self.streams, &self.device.clone().inner())?;
        Some(("judge/pixels".to_owned(), distance))
    }
}
