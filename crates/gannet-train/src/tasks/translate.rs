//! Image-to-Image Translation with Conditional Adversarial Networks, Isola, Zhu, Zhou and Efros 2016, arXiv:1611.07004,
//! equation 4: what a translator makes of an image should be near its partner, and together with the image fool a judge of
//! pairs. The same with other [`Problem`]s is SRGAN, Ledig et al. 2016, arXiv:1609.04802, whose judge sees no problem, only
//! solutions.
//!
//! ```text
//! D   loss(D(x, y), D(x, G(x)))
//! G   adversarial · loss(D(x, G(x))) + l1 · E |y − G(x)|
//! ```
//!
//! Of networks in stages each draft counts in the distance (Yu et al. 2018, arXiv:1806.03589). Likeness may be measured by features,
//! too (Johnson et al. 2016, arXiv:1603.08155).

use burn::tensor::{Device, Tensor};
use gannet_data::Batch;
use gannet_nn::extractors::style::StyleFeatures;
use gannet_nn::{Discriminator, Mode, Translator};
use gannet_objectives::style::content_distance;
use gannet_ops::random::{Stream, Streams};
use gannet_weights::WeightsError;

use super::game::{Game, Moment, Origin};
use super::learner::{Averaged, Learner, Pace};
use super::{Posed, Problem, Report, Scalars, Task, TaskState};
use crate::grid::ImageGrid;
use crate::recipe::{Recipe, Translate};

/// Trains `G` to solve problems, against `D` where the adversarial part counts.
pub struct TranslateTask<G, D> {
    generator: Averaged<G>,
    discriminator: Learner<D>,
    game: Game,
    problem: Problem,
    weights: Translate,
    /// What likeness is measured by, besides pixels.
    features: Option<StyleFeatures>,
    held_out: Vec<Batch>,
    preview: Vec<Batch>,
    pace: Pace,
    streams: Streams,
    size: usize,
    device: Device,
}

impl<G: Translator, D: Discriminator> TranslateTask<G, D> {
    /// A task that has made no step; the images of `held_out` are not trained on, those of `preview` are shown.
    pub fn new(
        (generator, discriminator): (G, D),
        features: Option<StyleFeatures>,
        recipe: &Recipe,
        held_out: Vec<Batch>,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        let optim = &recipe.optim;
        Self {
            generator: Averaged::new(["generator", "ema"], generator, recipe),
            discriminator: Learner::new("discriminator", discriminator, optim, optim.discriminator_lr),
            game: Game::new(recipe),
            problem: Problem::new(recipe),
            features,
            weights: recipe.translate.clone(),
            held_out,
            preview,
            pace: Pace::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    /// The problems of batch number `number`: of `part`, training or examination.
    fn pose(&self, batch: &Batch, part: &str, number: u64, device: &Device) -> Posed {
        self.problem.pose(batch, &|at| self.streams.at(part, number * batch.n as u64 + at), device)
    }

    /// Problems that are the same each time, of images that are not trained on.
    fn examine(&self, batch: &Batch, number: u64) -> Posed {
        self.pose(batch, "examination", number, &self.device.clone().inner())
    }

    fn discriminator_phase(&mut self, made: &[Made], report: &mut Report) {
        for Made { moment, posed, fake, .. } in made {
            let pairs = [posed.wanted.clone(), fake.clone().detach()].map(|solution| posed.judged(solution));
            let (network, origin) = (&mut self.discriminator.network, Origin::default());
            let objective = self.game.discriminator_objective(network, pairs, &origin, *moment, report);
            self.discriminator.backward(objective, report);
        }
        self.game.observe(made.first().map_or(1, |made| made.moment.step), report);
        self.discriminator.learn(report);
    }

    fn generator_phase(&mut self, made: Vec<Made>, report: &mut Report) {
        let mut frozen = self.discriminator.network.clone().no_grad();
        for Made { moment, posed, drafts, fake } in made {
            let off = |made: &Tensor<4>| (made.clone() - posed.wanted.clone()).abs().mean();
            let off = drafts.iter().map(off).fold(off(&fake), |sum, draft| sum + draft);
            report.mean("loss/l1", &off);
            let near = off * self.weights.l1;
            let near = match &self.features {
                Some(features) => near + alike(features, &fake, &posed.wanted, report) * self.weights.perceptual,
                None => near,
            };
            let objective = if self.weights.adversarial > 0.0 {
                let pair = (posed.judged(fake), &Origin::default());
                let real = || posed.judged(posed.wanted.clone());
                let (network, game) = (&self.generator.learner.network, &self.game);
                near + game.generator_objective(network, &mut frozen, pair, real, moment, report)
                    * self.weights.adversarial
            } else {
                near
            };
            self.generator.learner.backward(objective, report);
        }
        self.generator.learn(report);
    }
}

/// How far images are from wanted ones in the features of a network.
fn alike(features: &StyleFeatures, made: &Tensor<4>, wanted: &Tensor<4>, report: &mut Report) -> Tensor<1> {
    let [made, wanted] = [made, wanted].map(|images| features.looks(images.clone()).content);
    let off = content_distance(made, wanted);
    report.mean("loss/perceptual", &off);
    off
}

/// A micro-batch with what the generator made of it.
struct Made {
    moment: Moment,
    posed: Posed,
    /// What came before, where the network works in stages.
    drafts: Vec<Tensor<4>>,
    fake: Tensor<4>,
}

/// `images [n, c, h, w]` of several kinds in columns, one of each a row.
pub fn columns(kinds: Vec<Tensor<4>>) -> ImageGrid {
    let (count, [n, c, h, w]) = (kinds.len(), kinds[0].dims());
    let rows = Tensor::stack::<5>(kinds, 1).reshape([n * count, c, h, w]);
    let values: Vec<f32> = rows.into_data().iter::<f32>().collect();
    ImageGrid::from_images(&values, n * count, c, h, w, 2 * count)
}

impl<G: Translator, D: Discriminator> Task for TranslateTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.pace.factor(step);
        self.generator.learner.schedule(factor);
        self.discriminator.schedule(factor);
        let mut report = Report::new(batches.len());
        let first = (step - 1) * batches.len() as u64;
        let made = (first..).zip(&batches).map(|(number, batch)| {
            let posed = self.pose(batch, "problem", number, &self.device);
            let mut noise = self.weights.dropout.then(|| self.streams.at("dropout", number));
            let network = &mut self.generator.learner.network;
            let mut drafts = network.stages(posed.given.clone(), Mode::Train, noise.as_mut());
            let fake = posed.finished(drafts.pop().expect("a network makes something"));
            Made { moment: Moment { step, batch: number }, posed, drafts, fake }
        });
        let made: Vec<Made> = made.collect();
        if self.weights.adversarial > 0.0 {
            self.discriminator.network.iterate();
            self.discriminator_phase(&made, &mut report);
        }
        self.generator_phase(made, &mut report);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        vec![self.generator.learner.parameters(), self.discriminator.parameters()]
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.generator.save(&mut state);
        self.discriminator.save(&mut state);
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        self.generator.learner.restore_adam(&mut state, &inner)?;
        self.discriminator.restore_adam(&mut state, &inner)?;
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.generator.restore_network(&mut state)?;
        self.discriminator.restore_network(&mut state)
    }

    fn activations(&self) -> usize {
        self.generator.learner.network.activations(self.problem.given(self.size))
            + 2 * self.discriminator.network.activations()
    }

    fn score_meaning(&self) -> Option<&'static str> {
        (self.weights.adversarial > 0.0).then(|| self.game.loss.meaning())
    }

    /// What is given, what came of it, what should.
    fn preview(&self) -> Option<ImageGrid> {
        let posed = self.examine(self.preview.first()?, 0);
        let made = posed.finished(translated(self.generator.average(), posed.given.clone(), None));
        Some(columns(vec![posed.shown(), made, posed.wanted]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        let off = (0..).zip(&self.held_out).map(|(number, batch)| {
            let posed = self.examine(batch, number);
            let made = posed.finished(translated(self.generator.average(), posed.given.clone(), None));
            f64::from((made - posed.wanted).abs().mean().into_scalar::<f32>())
        });
        let off: Vec<f64> = off.collect();
        (!off.is_empty()).then(|| ("judge/l1".to_owned(), off.iter().sum::<f64>() / off.len() as f64))
    }
}

/// What a network makes of images `[n, c, h, w]` when it is done learning, each by itself.
pub fn translated<T: Translator>(network: &T, images: Tensor<4>, mut noise: Option<Stream>) -> Tensor<4> {
    network.clone().translate(images, Mode::Eval, noise.as_mut())
}
