//! Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, Zhu, Park, Isola and Efros 2017,
//! arXiv:1703.10593, equations 3 and section 5.2: two translators, each of which inverts the other, against one discriminator
//! for each domain.
//!
//! ```text
//! d_loss_Y = loss(D_Y(y), D_Y(past G(x)))                 d_loss_X likewise of F(y)
//! g_loss   = loss(D_Y(G(x))) + loss(D_X(F(y))) + cycle · (E |F(G(x)) − x| + E |G(F(y)) − y|)
//!            + cycle · identity · (E |G(y) − y| + E |F(x) − x|)
//! ```

use burn::tensor::{Device, Tensor};
use gannet_apply::checkpoint::TrainingState;
use gannet_apply::image_grid::{ImageGrid, comparison_grid};
use gannet_apply::translator::translate;
use gannet_data::Batch;
use gannet_nn::{Discriminator, Mode, Translator};
use gannet_ops::random::Streams;
use gannet_recipe::{Cyclegan, Recipe};
use gannet_weights::WeightsError;

use super::batch::{images, split_pairs};
use super::image_pool::ImagePool;
use super::learner::{AveragedLearner, Learner, LrSchedule};
use super::task::Task;
use crate::events::Scalars;
use crate::objective::{AdversarialObjective, Conditioning, StepIndex};
use crate::step_report::StepReport;

/// The prefix of all names of the second direction.
const BACK: &str = "back_";

/// One direction: a translator, and the discriminator of the domain that it translates to.
struct Direction<G, D> {
    generator: AveragedLearner<G>,
    discriminator: Learner<D>,
    objective: AdversarialObjective,
    pool: ImagePool,
    /// The name of the image pool's random stream.
    pool_stream: String,
}

impl<G: Translator, D: Discriminator> Direction<G, D> {
    fn new((generator, discriminator): (G, D), back: bool, settings: &Cyclegan, recipe: &Recipe) -> Self {
        let (optim, prefix) = (&recipe.optim, if back { BACK } else { "" });
        let named = |what: &str| format!("{prefix}{what}");
        Self {
            generator: AveragedLearner::new([&named("generator"), &named("ema")], generator, recipe),
            discriminator: Learner::new(&named("discriminator"), discriminator, optim, optim.discriminator_lr),
            objective: AdversarialObjective::new(recipe),
            pool: ImagePool::new(settings.pool),
            pool_stream: named("pool"),
        }
    }

    fn generate(&mut self, inputs: &[Tensor<4>]) -> Vec<Tensor<4>> {
        let network = &mut self.generator.learner.network;
        inputs.iter().map(|images| network.translate(images.clone(), Mode::Train, None)).collect()
    }

    fn update_discriminator(
        &mut self,
        real: &[Tensor<4>],
        fake: &[Tensor<4>],
        (indices, streams): (&[StepIndex], Streams),
        report: &mut StepReport,
    ) {
        for ((real, fake), at) in real.iter().zip(fake).zip(indices) {
            let mut stream = streams.at(&self.pool_stream, at.batch);
            let past = self.pool.exchange(fake.clone().detach().inner(), &mut stream);
            let pair = [real.clone(), Tensor::from_inner(past)];
            let (network, unconditional) = (&mut self.discriminator.network, Conditioning::default());
            let d_loss = self.objective.d_loss(network, pair, &unconditional, *at, report);
            self.discriminator.backward(d_loss, report);
        }
        self.objective.observe(indices.first().map_or(1, |at| at.step), report);
        self.discriminator.update(report);
    }

    /// The adversarial loss of `fake`, which the `frozen` discriminator scores.
    fn adversarial_loss(
        &self,
        frozen: &mut D,
        fake: Tensor<4>,
        real: &Tensor<4>,
        at: StepIndex,
        report: &mut StepReport,
    ) -> Tensor<1> {
        let fake = (fake, &Conditioning::default());
        self.objective.g_loss(&self.generator.learner.network, frozen, fake, || real.clone(), at, report)
    }

    fn save(&self, state: &mut TrainingState) {
        self.generator.save(state);
        self.discriminator.save(state);
    }

    fn restore_networks(&mut self, state: &mut TrainingState) -> Result<(), WeightsError> {
        self.generator.restore_network(state)?;
        self.discriminator.restore_network(state)
    }
}

/// Trains translators in both directions between two domains.
pub struct CycleganTask<G, D> {
    forward: Direction<G, D>,
    back: Direction<G, D>,
    settings: Cyclegan,
    preview: Vec<Batch>,
    lr: LrSchedule,
    streams: Streams,
    size: usize,
    device: Device,
}

impl<G: Translator, D: Discriminator> CycleganTask<G, D> {
    /// The task before its first step, with the networks of both directions. The images of `preview` are displayed.
    pub fn new(
        [forward, back]: [(G, D); 2],
        settings: &Cyclegan,
        recipe: &Recipe,
        preview: Vec<Batch>,
        device: &Device,
    ) -> Self {
        Self {
            forward: Direction::new(forward, false, settings, recipe),
            back: Direction::new(back, true, settings, recipe),
            settings: settings.clone(),
            preview,
            lr: LrSchedule::new(recipe),
            streams: Streams::new(recipe.seed),
            size: recipe.data.size,
            device: device.clone(),
        }
    }

    fn directions(&mut self) -> [&mut Direction<G, D>; 2] {
        [&mut self.forward, &mut self.back]
    }

    /// Updates both generators.
    fn update_generators(
        &mut self,
        [x, y]: &[Vec<Tensor<4>>; 2],
        [fake_y, fake_x]: [Vec<Tensor<4>>; 2],
        indices: &[StepIndex],
        [report, back_report]: &mut [StepReport; 2],
    ) {
        let mut frozen = [&self.forward, &self.back].map(|way| way.discriminator.network.clone().no_grad());
        let (cycle_weight, identity_weight) = (self.settings.cycle, self.settings.identity);
        for (number, (fake_y, fake_x)) in fake_y.into_iter().zip(fake_x).enumerate() {
            let (x, y, at) = (&x[number], &y[number], indices[number]);
            let [d_y, d_x] = &mut frozen;
            let adversarial = self.forward.adversarial_loss(d_y, fake_y.clone(), y, at, report);
            let back_adversarial = self.back.adversarial_loss(d_x, fake_x.clone(), x, at, back_report);
            let (g, f) = (&mut self.forward.generator.learner.network, &mut self.back.generator.learner.network);
            let cycle = l1(f.translate(fake_y, Mode::Train, None), x);
            let back_cycle = l1(g.translate(fake_x, Mode::Train, None), y);
            report.mean("loss/cycle", &cycle);
            back_report.mean("loss/cycle", &back_cycle);
            let adversarial = (adversarial + back_adversarial) * self.settings.adversarial;
            let mut g_loss = adversarial + (cycle + back_cycle) * cycle_weight;
            if identity_weight > 0.0 {
                let identity = l1(g.translate(y.clone(), Mode::Train, None), y);
                let back_identity = l1(f.translate(x.clone(), Mode::Train, None), x);
                report.mean("loss/identity", &identity);
                back_report.mean("loss/identity", &back_identity);
                g_loss = g_loss + (identity + back_identity) * (cycle_weight * identity_weight);
            }
            let [g, f] = [&self.forward.generator.learner, &self.back.generator.learner];
            report.backward_in_both(g.named(), f.named(), g_loss);
        }
        self.forward.generator.update(report);
        self.back.generator.update(report);
    }
}

/// The mean absolute difference.
fn l1(output: Tensor<4>, target: &Tensor<4>) -> Tensor<1> {
    (output - target.clone()).abs().mean()
}

impl<G: Translator, D: Discriminator> Task for CycleganTask<G, D> {
    fn step(&mut self, batches: Vec<Batch>, step: u64) -> Scalars {
        let factor = self.lr.factor(step);
        for direction in self.directions() {
            direction.generator.learner.set_lr_factor(factor);
            direction.discriminator.set_lr_factor(factor);
        }
        let first = (step - 1) * batches.len() as u64;
        let indices: Vec<_> = (first..).take(batches.len()).map(|batch| StepIndex { step, batch }).collect();
        let (reverse, device) = (self.settings.reverse, self.device.clone());
        let (x, y): (Vec<_>, Vec<_>) =
            batches.iter().map(|batch| split_pairs(images(batch, &device), reverse)).map(|[x, y]| (x, y)).unzip();
        let (fake_y, fake_x) = (self.forward.generate(&x), self.back.generate(&y));
        let mut reports = [(); 2].map(|()| StepReport::new(batches.len()));
        let [report, back_report] = &mut reports;
        self.forward.update_discriminator(&y, &fake_y, (&indices, self.streams), report);
        self.back.update_discriminator(&x, &fake_x, (&indices, self.streams), back_report);
        self.update_generators(&[x, y], [fake_y, fake_x], &indices, &mut reports);
        let [mut report, back_report] = reports;
        report.include(back_report, BACK);
        report.finish()
    }

    fn parameters(&self) -> Vec<(String, usize)> {
        let of = |way: &Direction<G, D>| [way.generator.learner.parameters(), way.discriminator.parameters()];
        [of(&self.forward), of(&self.back)].concat()
    }

    fn state(&self) -> TrainingState {
        let mut state = TrainingState::default();
        self.forward.save(&mut state);
        self.back.save(&mut state);
        let pools = [self.forward.pool.state("there"), self.back.pool.state("back")].concat();
        state.tensors.push(("pool".to_owned(), pools));
        state
    }

    fn restore(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        let inner = self.device.clone().inner();
        let pools = state.take("pool")?;
        for (direction, name) in self.directions().into_iter().zip(["there", "back"]) {
            direction.generator.learner.restore_adam(&mut state, &inner)?;
            direction.discriminator.restore_adam(&mut state, &inner)?;
            direction.pool.restore(name, &pools, &inner);
        }
        self.restore_networks(state)
    }

    fn restore_networks(&mut self, mut state: TrainingState) -> Result<(), WeightsError> {
        self.forward.restore_networks(&mut state)?;
        self.back.restore_networks(&mut state)
    }

    /// Each generator runs twice, or three times with the identity loss.
    fn activations(&self) -> usize {
        let passes = if self.settings.identity > 0.0 { 3 } else { 2 };
        let of = |way: &Direction<G, D>| {
            passes * way.generator.learner.network.activations(self.size) + 2 * way.discriminator.network.activations()
        };
        of(&self.forward) + of(&self.back)
    }

    fn score_meaning(&self) -> Option<&'static str> {
        Some(self.forward.objective.score_meaning())
    }

    /// Images of the first domain and their translations, then of the second.
    fn preview(&self) -> Option<ImageGrid> {
        let pairs = images(self.preview.first()?, &self.device.clone().inner());
        let [x, y] = split_pairs(pairs, self.settings.reverse);
        let fake_y = translate(self.forward.generator.average(), x.clone(), None);
        let fake_x = translate(self.back.generator.average(), y.clone(), None);
        Some(comparison_grid(vec![x, fake_y, y, fake_x]))
    }

    fn slow_down(&mut self, factor: f64) {
        self.lr.set_slowdown(factor);
    }

    fn planned_lr(&self, step: u64) -> f64 {
        self.lr.planned(step)
    }

    fn checkpoint_score(&mut self) -> Option<(String, f64)> {
        None
    }
}
