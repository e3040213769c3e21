//! Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, Zhu, Park, Isola and Efros 2017,
//! arXiv:1703.10593, equations 3 and 5.2: two translators, each of which undoes the other, against a judge for either kind of image.
//!
//! ```text
//! D_Y   loss(D_Y(y), D_Y(past G(x)))                 D_X   the same of F(y)
//! G, F  loss(D_Y(G(x))) + loss(D_X(F(y))) + cycle · (E |F(G(x)) − x| + E |G(F(y)) − y|)
//!       + cycle · identity · (E |G(y) − y| + E |F(x) − x|)
//! ```

use burn::tensor::{Device, Tensor};
use gannet_data::Batch;
use gannet_nn::{Discriminator, Mode, Translator};
use gannet_ops::random::Streams;
use gannet_weights::WeightsError;

use super::game::{Game, Moment, Origin};
use super::learner::{Averaged, Learner, Pace};
use super::pool::Pool;
use super::problem::sides;
use super::translate::{columns, translated};
use super::{Report, Scalars, Task, TaskState, images};
use crate::grid::ImageGrid;
use crate::recipe::{Recipe, Translate};

/// What is put before the names of the way back.
const BACK: &str = "back_";

/// One way: a translator, and the judge of the images that it should make.
struct Way<G, D> {
    generator: Averaged<G>,
    discriminator: Learner<D>,
    game: Game,
    pool: Pool,
    /// The name of its pool's stream.
    stream: String,
}

impl<G: Translator, D: Discriminator> Way<G, D> {
    fn new((generator, discriminator): (G, D), back: bool, recipe: &Recipe) -> Self {
        let (optim, prefix) = (&recipe.optim, if back { BACK } else { "" });
        let named = |what: &str| format!("{prefix}{what}");
        Self {
            generator: Averaged::new([&named("generator"), &named("ema")], generator, recipe),
            discriminator: Learner::new(&named("discriminator"), discriminator, optim, optim.discriminator_lr),
            game: Game::new(recipe),
            pool: Pool::new(recipe.translate.pool),
            stream: named("pool"),
        }
    }

    fn discriminator_phase(
        &mut self,
        real: &[Tensor<4>],
        fakes: &[Tensor<4>],
        (moments, streams): (&[Moment], Streams),
        report: &mut Report,
    ) {
        for ((real, fake), moment) in real.iter().zip(fakes).zip(moments) {
            let mut stream = streams.at(&self.stream, moment.batch);
            let past = self.pool.exchange(fake.clone().detach().inner(), &mut stream);
            let pair = [real.clone(), Tensor::from_inner(past)];
            let network = &mut self.discriminator.network;
            let objective = self.game.discriminator_objective(network, pair, &Origin::default(), *moment, report);
            self.discriminator.backward(objective, report);
        }
        self.game.observe(moments.first().map_or(1, |moment| moment.step), report);
        self.discriminator.learn(report);
    }

    /// What the generator pays for `fake`, which `frozen` judges.
    fn adversarial(
        &self,
        frozen: &mut D,
        fake: Tensor<4>,
        real: &Tensor<4>,
        moment: Moment,
        report: &mut Report,
    ) -> Tensor<1> {
        let fake = (fake, &Origin::default());
        self.game.generator_objective(&self.generator.learner.network, frozen, fake, || real.clone(), moment, report)
    }

    fn save(&self, state: &mut TaskState) {
        self.generator.save(state);
        self.discriminator.save(state);
    }

    fn restore_networks(&mut self, state: &mut TaskState) -> Result<(), WeightsError> {
        self.generator.restore_network(state)?;
        self.discriminator.restore_network(state)
    }
}

/// Trains translators both ways between two kinds of images.
pub struct CycleTask<G, D> {
    there: Way<G, D>,
    back: Way<G, D>,
    weights: Translate,
    preview: Vec<Batch>,
    pace: Pace,
    streams: Streams,
    size: usize,
    device: Device,
}

impl<G: Translator, D: Discriminator> CycleTask<G, D> {
    /// A task that has made no step: the networks of the way there and of the way back; the images of `preview` are shown.
    pub fn new(there: (G, D), back: (G, D), recipe: &Recipe, preview: Vec<Batch>, device: &Device) -> Self {
        Self {
            there: Way::new(there, false, recipe),
            back: Way::new(back, true, recipe),
            weights: recipe.translate.clone(),
            preview,
            pace: Pace::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    fn ways(&mut self) -> [&mut Way<G, D>; 2] {
        [&mut self.there, &mut self.back]
    }

    /// Moves both generators. `seen` are the images of both kinds, `made` what was made of them.
    fn generator_phase(
        &mut self,
        [x, y]: &[Vec<Tensor<4>>; 2],
        [made_of_x, made_of_y]: [Vec<Tensor<4>>; 2],
        moments: &[Moment],
        [there, back]: &mut [Report; 2],
    ) {
        let mut frozen = [&self.there, &self.back].map(|way| way.discriminator.network.clone().no_grad());
        let (cycle, identity) = (self.weights.cycle, self.weights.identity);
        for (at, (to, from)) in made_of_x.into_iter().zip(made_of_y).enumerate() {
            let (x, y, moment) = (&x[at], &y[at], moments[at]);
            let [judge, judge_back] = &mut frozen;
            let fooled = self.there.adversarial(judge, to.clone(), y, moment, there);
            let fooled_back = self.back.adversarial(judge_back, from.clone(), x, moment, back);
            let (g, f) = (&mut self.there.generator.learner.network, &mut self.back.generator.learner.network);
            let returned = off(f.translate(to, Mode::Train, None), x);
            let returned_back = off(g.translate(from, Mode::Train, None), y);
            there.mean("loss/cycle", &returned);
            back.mean("loss/cycle", &returned_back);
            let fooled = (fooled + fooled_back) * self.weights.adversarial;
            let mut objective = fooled + (returned + returned_back) * cycle;
            if identity > 0.0 {
                let kept = off(g.translate(y.clone(), Mode::Train, None), y);
                let kept_back = off(f.translate(x.clone(), Mode::Train, None), x);
                there.mean("loss/identity", &kept);
                back.mean("loss/identity", &kept_back);
                objective = objective + (kept + kept_back) * (cycle * identity);
            }
            let [g, f] = [&self.there.generator.learner, &self.back.generator.learner];
            there.backward_in_both(g.named(), f.named(), objective);
        }
        self.there.generator.learn(there);
        self.back.generator.learn(there);
    }
}

/// The mean of absolute differences.
fn off(made: Tensor<4>, real: &Tensor<4>) -> Tensor<1> {
    (made - real.clone()).abs().mean()
}

impl<G: Translator, D: Discriminator> Task for CycleTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.pace.factor(step);
        for way in self.ways() {
            way.generator.learner.schedule(factor);
            way.discriminator.schedule(factor);
        }
        let first = (step - 1) * batches.len() as u64;
        let moments: Vec<Moment> = (first..).take(batches.len()).map(|batch| Moment { step, batch }).collect();
        let (reverse, device) = (self.weights.reverse, self.device.clone());
        let (x, y): (Vec<_>, Vec<_>) =
            batches.iter().map(|batch| sides(images(batch, &device), reverse)).map(|[x, y]| (x, y)).unzip();
        let made = |way: &mut Way<G, D>, of: &[Tensor<4>]| -> Vec<Tensor<4>> {
            of.iter().map(|images| way.generator.learner.network.translate(images.clone(), Mode::Train, None)).collect()
        };
        let (made_of_x, made_of_y) = (made(&mut self.there, &x), made(&mut self.back, &y));
        let mut reports = [(); 2].map(|()| Report::new(batches.len()));
        let [there, back] = &mut reports;
        self.there.discriminator_phase(&y, &made_of_x, (&moments, self.streams), there);
        self.back.discriminator_phase(&x, &made_of_y, (&moments, self.streams), back);
        self.generator_phase(&[x, y], [made_of_x, made_of_y], &moments, &mut reports);
        let [mut report, back] = reports;
        report.include(back, BACK);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let of = |way: &Way<G, D>| [way.generator.learner.parameters(), way.discriminator.parameters()];
        [of(&self.there), of(&self.back)].concat()
    }

    fn state(&self) -> TaskState {
        let mut state = TaskState::default();
        self.there.save(&mut state);
        self.back.save(&mut state);
        let pools = [self.there.pool.state("there"), self.back.pool.state("back")].concat();
        state.tensors.push(("pool".to_owned(), pools));
        state
    }

    fn restore(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        let pools = state.take("pool")?;
        for (way, name) in self.ways().into_iter().zip(["there", "back"]) {
            way.generator.learner.restore_adam(&mut state, &inner)?;
            way.discriminator.restore_adam(&mut state, &inner)?;
            way.pool.restore(name, &pools, &inner);
        }
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TaskState) -> Result<(), WeightsError> {
        self.there.restore_networks(&mut state)?;
        self.back.restore_networks(&mut state)
    }

    /// Each generator passes twice, or three times where images of its own kind come, too.
    fn activations(&self) -> usize {
        let passes = if self.weights.identity > 0.0 { 3 } else { 2 };
        let of = |way: &Way<G, D>| {
            passes * way.generator.learner.network.activations(self.size) + 2 * way.discriminator.network.activations()
        };
        of(&self.there) + of(&self.back)
    }

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.there.game.loss.meaning())
    }

    /// Images of the first kind and what becomes of them, then of the second.
    fn preview(&self) -> Option<ImageGrid> {
        let [x, y] = sides(images(self.preview.first()?, &self.device.clone().inner()), self.weights.reverse);
        let to = translated(self.there.generator.average(), x.clone(), None);
        let from = translated(self.back.generator.average(), y.clone(), None);
        Some(columns(vec![x, to, y, from]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.pace.slow_down(factor);
    }

    fn learning(&self, step: u64) -> f64 {
        self.pace.planned(step)
    }

    fn judge(&mut self) -> Option<(String, f64)> {
        None
    }
}
