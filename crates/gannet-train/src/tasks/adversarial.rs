//! A generator against a discriminator: Generative Adversarial Networks, Goodfellow et al. 2014,
//! arXiv:1406.2661, algorithm 1, with any loss and penalty.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::layers::is_running_statistic;
use gannet_nn::{Discriminator, Generator, Mode, parameter_count};
use gannet_ops::random::Streams;
use gannet_weights::{WeightsError, collect, load};

use super::game::{Game, Moment, NEAR, Origin};
use super::{Report, Scalars, Task, TaskState, images};
use crate::adam::{Adam, AdamConfig};
use crate::doctor::{Look, Patients, seen};
use crate::ema::Ema;
use crate::grid::ImageGrid;
use crate::judge::PixelJudge;
use crate::latents::LatentSpace;
use crate::params;
use crate::recipe::{ConditionKind, Cosine, Ema as EmaSettings, Optim, Recipe};

/// A generator and a discriminator that are trained against each other.
pub trait Pair: Task {
    /// With a judge that picks the best checkpoint.
    fn with_judge(self: Box<Self>, judge: PixelJudge) -> Box<dyn Task>;

    /// Images `[n, c, h, w]` of the averaged generator for `latents [n, z]`.
    fn generate(&self, latents: Tensor<2>) -> Tensor<4>;

    /// What latents are made of.
    fn space(&self) -> LatentSpace;

    /// What the discriminator says of `images [n, c, h, w]`, `[n / pack]`.
    fn logits(&self, images: Tensor<4>) -> Tensor<1>;
}

/// Trains `G` against `D`.
pub struct AdversarialTask<G, D> {
    generator: G,
    discriminator: D,
    ema: Ema<G>,
    generator_adam: Adam,
    discriminator_adam: Adam,
    optim: Optim,
    cosine: Cosine,
    of_ema: EmaSettings,
    steps: usize,
    /// How many times slower than the recipe says it learns, after divergence.
    slower: f64,
    game: Game,
    space: LatentSpace,
    condition: ConditionKind,
    /// Largest size of the discriminator's weights; 0 for any.
    clip: f64,
    /// Micro-batches of an update of the discriminator.
    accumulate: usize,
    streams: Streams,
    preview: usize,
    judge: Option<PixelJudge>,
    device: Device,
}

impl<G: Generator, D: Discriminator> AdversarialTask<G, D> {
    /// A task that has made no step; both networks on `device`, which is for training.
    pub fn new(generator: G, discriminator: D, recipe: &Recipe, device: &Device) -> Self {
        let adam = |lr| Adam::new(AdamConfig::new(&recipe.optim, lr));
        let beside = LatentSpace::new(0, &recipe.condition).size();
        let space = LatentSpace::new(generator.latent_size() - beside, &recipe.condition);
        Self {
            ema: Ema::new(&generator, recipe.ema.decay),
            generator,
            discriminator,
            generator_adam: adam(recipe.optim.generator_lr),
            discriminator_adam: adam(recipe.optim.discriminator_lr),
            optim: recipe.optim.clone(),
            cosine: recipe.cosine.clone(),
            of_ema: recipe.ema.clone(),
            steps: recipe.train.steps,
            slower: 1.0,
            game: Game::new(recipe),
            space,
            condition: recipe.condition.kind,
            clip: recipe.penalty.clip,
            accumulate: recipe.train.accumulate,
            streams: Streams::new(recipe.seed),
            preview: recipe.sample.count,
            judge: None,
            device: device.clone(),
        }
    }

    /// The generator that is trained.
    pub fn generator(&self) -> &G {
        &self.generator
    }

    /// Moves D on real images and on detached fakes. Returns the fakes with their graph where one
    /// micro-batch is all, so that the generator need not make them again.
    fn discriminator_phase(&mut self, round: &Round, report: &mut Report) -> Option<Tensor<4>> {
        let mut kept = None;
        self.discriminator.iterate();
        for (moment, batch, (latent, origin)) in round.each() {
            let real = images(batch, &self.device);
            let fakes = match round.batches {
                [_] if round.last => kept.insert(self.generator.forward(latent.clone(), Mode::Train)).clone(),
                // The generator's running statistics move in its own phase.
                _ => self.generator.clone().no_grad().forward(latent.clone(), Mode::Train),
            };
            let images = [real, fakes.detach()];
            let origin = &self.with_near(latent, origin, ("near/told", moment.batch));
            self.discriminator.tell(&origin.classes);
            let objective = self.game.discriminator_objective(&mut self.discriminator, images, origin, moment, report);
            report.backward("discriminator", &self.discriminator, objective);
        }
        self.game.observe(round.first.step, report);
        let gradients = report.take_gradients("discriminator");
        let moved = self.discriminator_adam.step(self.discriminator.clone(), gradients);
        self.discriminator = if self.clip > 0.0 { clipped(moved, self.clip) } else { moved };
        kept
    }

    /// Moves G so that the frozen discriminator takes its images for real.
    fn generator_phase(&mut self, round: &Round, mut kept: Option<Tensor<4>>, report: &mut Report) {
        let mut frozen = self.discriminator.clone().no_grad();
        frozen.iterate();
        for (moment, batch, (latent, origin)) in round.each() {
            frozen.tell(&origin.classes);
            let fakes = kept.take().unwrap_or_else(|| self.generator.forward(latent.clone(), Mode::Train));
            let real = || images(batch, &self.device);
            let origin = &self.with_near(latent, origin, ("near/made", moment.batch));
            let (generator, frozen) = (&self.generator, &mut frozen);
            let objective = self.game.generator_objective(generator, frozen, (fakes, origin), real, moment, report);
            report.backward("generator", &self.generator, objective);
        }
        self.generator = self.generator_adam.step(self.generator.clone(), report.take_gradients("generator"));
    }

    /// Sets what changes from step to step.
    fn schedule(&mut self, step: u64) {
        let (optim, cosine, steps) = (&self.optim, &self.cosine, self.steps);
        let factor = self.slower * optim.schedule.factor(step, steps) * cosine.lr(step, steps);
        for adam in [&mut self.generator_adam, &mut self.discriminator_adam] {
            adam.schedule(factor);
            adam.remember(cosine.beta2(optim.beta2, step, steps));
        }
        self.ema.remember(cosine.ema(self.of_ema.decay, step, steps));
    }

    /// The latents of a micro-batch: of the same classes as its images, where the data have classes that count.
    fn latent(&self, number: u64, batch: &Batch) -> (Tensor<2>, Origin) {
        let classes = match self.condition {
            ConditionKind::None | ConditionKind::Info => {
                self.space.some_classes(self.streams, "latent", number, batch.n)
            }
            _ => batch.labels.clone(),
        };
        let latent = self.space.of_classes(self.streams, "latent", number, &classes, &self.device);
        let codes = self.space.codes;
        let codes = (codes > 0).then(|| latent.clone().narrow(1, self.space.noise, codes));
        (latent, Origin { classes, codes, near: None })
    }

    /// The same with images of latents that lie close by, where they are compared. Its clone's statistics are dropped.
    fn with_near(&self, latent: &Tensor<2>, origin: &Origin, (name, batch): (&str, u64)) -> Origin {
        let near = self.game.looks_nearby().then(|| {
            let [n, size] = latent.dims();
            let noise = (0..n * size).zip(self.streams.at(name, batch).normals(n * size));
            let moved = noise.map(|(at, normal)| if at % size < self.space.noise { normal * NEAR as f32 } else { 0.0 });
            let by = Tensor::from_data(TensorData::new(moved.collect::<Vec<f32>>(), [n, size]), &self.device);
            self.generator.clone().forward(latent.clone() + by, Mode::Train)
        });
        Origin { near, ..origin.clone() }
    }

    /// Images of the averaged generator for `latent`, which is on the device without gradients.
    fn averaged(&self, latent: impl FnOnce(&Device) -> Tensor<2>) -> Tensor<4> {
        self.ema.network().generate(latent(&self.device.clone().inner()))
    }
}

/// The micro-batches of one update of the discriminator, with as many latents.
struct Round<'a> {
    batches: &'a [Batch],
    latents: &'a [(Tensor<2>, Origin)],
    /// The first micro-batch.
    first: Moment,
    /// Whether the generator moves on them, too.
    last: bool,
}

impl Round<'_> {
    fn each(&self) -> impl Iterator<Item = (Moment, &Batch, &(Tensor<2>, Origin))> {
        let Moment { step, batch: first } = self.first;
        let moments = (first..).map(move |batch| Moment { step, batch });
        moments.zip(self.batches).zip(self.latents).map(|((moment, batch), latent)| (moment, batch, latent))
    }
}

/// A network whose weights are at most `limit` in size.
fn clipped<M: Module>(network: M, limit: f64) -> M {
    params::map(network, |path, value| {
        let name = path.rsplit('.').next().unwrap_or(path);
        (!is_running_statistic(name)).then(|| value.clamp(-limit, limit))
    })
}

impl<G: Generator + 'static, D: Discriminator + 'static> Pair for AdversarialTask<G, D> {
    fn with_judge(self: Box<Self>, judge: PixelJudge) -> Box<dyn Task> {
        Box::new(Self { judge: Some(judge), ..*self })
    }

    fn generate(&self, latents: Tensor<2>) -> Tensor<4> {
        self.ema.network().generate(latents)
    }

    fn space(&self) -> LatentSpace {
        self.space
    }

    fn logits(&self, images: Tensor<4>) -> Tensor<1> {
        let images = Tensor::from_inner(images);
        self.discriminator.clone().no_grad().logits(self.game.packed(images), Mode::Eval).inner()
    }
}

impl<G: Generator, D: Discriminator> Task for AdversarialTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        self.schedule(step);
        let first = (step - 1) * batches.len() as u64;
        let latents: Vec<_> = (first..).zip(&batches).map(|(number, batch)| self.latent(number, batch)).collect();
        self.generator.iterate();
        if step == 1 {
            let first = batches.first().map(|batch| self.game.packed(images(batch, &self.device)));
            first.iter().for_each(|images| self.discriminator.refer(images));
        }
        // What earlier updates of the discriminator measured is not reported.
        let mut report = Report::new(self.accumulate);
        let starts = (0..batches.len()).step_by(self.accumulate);
        for start in starts {
            let end = start + self.accumulate;
            let last = end >= batches.len();
            let (batches, latents) = (&batches[start..end], &latents[start..end]);
            let round = Round { batches, latents, first: Moment { step, batch: first + start as u64 }, last };
            report = Report::new(self.accumulate);
            let kept = self.discriminator_phase(&round, &mut report);
            if last {
                self.generator_phase(&round, kept, &mut report);
            }
        }
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
        let mut tensors: Vec<_> = tensors.map(|(name, tensors)| (name.to_owned(), tensors)).into();
        let game = self.game.state();
        if !game.is_empty() {
            tensors.push(("game".to_owned(), game));
        }
        TaskState { tensors, counters: counters.map(|(name, count)| (name.to_owned(), count)).into() }
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator_adam.restore(state.counter("generator"), state.take("generator-adam")?, &inner);
        self.discriminator_adam.restore(state.counter("discriminator"), state.take("discriminator-adam")?, &inner);
        // A run whose game has no memory has none to restore.
        self.game.restore(&state.take("game").unwrap_or_default());
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

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.game.loss.meaning())
    }

    fn preview(&self) -> Option<ImageGrid> {
        let rows = self.space.rows(self.preview);
        let images = self.averaged(|device| self.space.of_classes(self.streams, "preview", 0, &rows.classes, device));
        Some(rows.grid(images))
    }

    fn draw(&self, first: usize, count: usize) -> Option<Tensor<4>> {
        Some(self.averaged(|device| self.space.draw(self.streams, "evaluate", first as u64, count, device)))
    }

    fn look(&self, patients: &Patients, step: u64) -> Option<Look> {
        let moment = Moment { step, batch: step };
        let scores = |images: Tensor<4>, classes: &[usize], name: &str| -> Vec<f32> {
            let mut discriminator = self.discriminator.clone().no_grad();
            discriminator.tell(classes);
            let shown = self.game.shown(images, name, moment);
            discriminator.logits(shown, Mode::Train).into_data().iter::<f32>().collect()
        };
        let real = images(&patients.real, &self.device);
        let (latent, origin) = self.latent(0, &patients.real);
        let fake = self.generator.clone().no_grad().forward(latent.clone(), Mode::Train);
        let held_out = patients.held_out.as_ref();
        let averaged = self.of_ema.decay > 0.0;
        Some(Look {
            real: scores(real.clone(), &patients.real.labels, "doctor/real"),
            held_out: held_out.map(|batch| scores(images(batch, &self.device), &batch.labels, "doctor/held out")),
            fake: scores(fake.clone(), &origin.classes, "doctor/fake"),
            real_seen: seen(real.inner()),
            fake_seen: seen(fake.inner()),
            averaged_seen: averaged.then(|| seen(self.ema.network().generate(latent.inner()))),
        })
    }

    fn slow_down(&mut self, factor: f64) {
        self.slower = factor;
    }

    fn learning(&self, step: u64) -> f64 {
        self.optim.schedule.factor(step, self.steps) * self.cosine.lr(step, self.steps)
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        let judge = self.judge.as_mut()?;
        let distance = judge.distance(self.ema.network(), self.space, self.streams, &self.device.clone().inner())?;
        Some(("judge/pixels".to_owned(), distance))
    }
}
