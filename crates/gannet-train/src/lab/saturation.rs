//! Why the minimax loss stalls: Towards Principled Methods for Training Generative Adversarial Networks, Arjovsky and
//! Bottou 2017, arXiv:1701.04862, figure 2. The generator stands still while the discriminator is trained towards its
//! optimum, and what each loss would tell the generator is measured on the way.
//!
//! Where the two sets hardly overlap, the optimal discriminator is sure of every image: `log(1 − D(G(z)))` is flat there and
//! its gradient vanishes, `−log D(G(z))` keeps one, and a Wasserstein critic's settles.
//!
//! The optimal discriminator's cross-entropy is `log 4 − 2 JS`: Generative Adversarial Networks, Goodfellow et al. 2014,
//! arXiv:1406.2661, theorem 1. [`divergence`] compares what a trained one gives with quadrature.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::mlp::{MlpConfig, MlpDiscriminator, MlpGenerator};
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_objectives::losses::Loss;
use gannet_ops::device::on_worker;
use gannet_ops::random::{Stream, Streams};
use serde::Serialize;

use super::{DEPTH, Set, settings};
use crate::adam::{Adam, AdamConfig};
use crate::latents::LatentSpace;
use crate::params::gradients;
use crate::recipe::{Recipe, RecipeError};
use crate::tasks::{AdversarialTask, Game, Moment, Origin, Report, Task, points};

/// Points of a batch here.
const BATCH: usize = 256;
/// Measures of a loss over the discriminator's steps, at equal ratios.
const MEASURES: usize = 25;
/// What is compared: a loss with what bounds its discriminator.
const CONTESTANTS: [&[&str]; 5] = [
    &["loss.kind=minimax"],
    &["loss.kind=non-saturating"],
    &["loss.kind=least-squares"],
    &["loss.kind=relativistic-pairing", "penalty.r1=0.1", "penalty.r2=0.1"],
    &["loss.kind=wasserstein", "penalty.wgan_gp=10.0"],
];

/// What a loss tells a generator that stands still.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The loss's name.
    pub loss: String,
    /// Steps of the discriminator, and the norm of the generator's gradient after them.
    pub norms: Vec<(u64, f64)>,
}

/// The generator's gradient by loss while a fresh discriminator learns for `steps` steps to tell the ring from a generator
/// that was itself trained for `warm_up` steps.
///
/// # Errors
/// A change of the settings is not understood.
pub fn saturation(
    steps: u64,
    warm_up: u64,
    seed: u64,
    device: &Device,
    mut tell: impl FnMut(&str),
) -> Result<Vec<Curve>, RecipeError> {
    let recipe = |changes: &[&str]| {
        let always = [format!("seed={seed}"), format!("train.batch={BATCH}"), "optim.beta1=0.5".to_owned()];
        settings(&changes.iter().map(|change| (*change).to_owned()).chain(always).collect::<Vec<_>>())
    };
    let generator = on_worker(|| trained(&recipe(CONTESTANTS[1])?, warm_up, device));
    let generator = generator?;
    CONTESTANTS
        .iter()
        .map(|changes| {
            let recipe = recipe(changes)?;
            tell(recipe.loss.kind.word());
            let norms = on_worker(|| Opponent::new(&recipe, generator.clone(), device).norms(steps));
            Ok(Curve { loss: recipe.loss.kind.word().to_owned(), norms })
        })
        .collect()
}

fn networks(recipe: &Recipe) -> MlpConfig {
    points(recipe, [2, 1, 1]).with_depth(DEPTH).unbounded()
}

/// Points of the ring as its networks see them.
fn ring(batch: usize, stream: &mut Stream) -> Vec<f32> {
    let mixture = Set::Ring.mixture();
    let scale = mixture.spread() as f32;
    mixture.sample(batch, stream).into_iter().map(|x| x / scale).collect()
}

/// A generator after some steps of the usual game.
fn trained(recipe: &Recipe, steps: u64, device: &Device) -> Result<MlpGenerator, RecipeError> {
    let training = device.clone().autodiff();
    let streams = Streams::new(recipe.seed);
    let generator = networks(recipe).init_generator(&mut streams.at("generator", 0), &training);
    let discriminator = networks(recipe).init_discriminator(&mut streams.at("discriminator", 0), &training);
    let mut task = AdversarialTask::new(generator, discriminator, recipe, &training);
    for step in 1..=steps {
        let images = ring(BATCH, &mut streams.at("points", step));
        task.step(vec![Batch { images, labels: Vec::new(), n: BATCH, channels: 2, size: 1 }], step);
    }
    Ok(task.generator().clone())
}

/// A fresh discriminator that learns to tell a generator that stands still.
struct Opponent {
    generator: MlpGenerator,
    discriminator: MlpDiscriminator,
    adam: Adam,
    game: Game,
    streams: Streams,
    device: Device,
}

impl Opponent {
    fn new(recipe: &Recipe, generator: MlpGenerator, device: &Device) -> Self {
        let training = device.clone().autodiff();
        let streams = Streams::new(recipe.seed);
        let discriminator = networks(recipe).init_discriminator(&mut streams.at("opponent", 0), &training);
        let adam = Adam::new(AdamConfig::new(&recipe.optim, recipe.optim.discriminator_lr));
        Self { generator, discriminator, adam, game: Game::new(recipe), streams, device: training }
    }

    fn norms(&mut self, steps: u64) -> Vec<(u64, f64)> {
        let due = evenly_by_ratio(steps);
        let mut norms = Vec::new();
        for step in 0..=steps {
            if step > 0 {
                self.learn(step);
            }
            if due.contains(&step) {
                norms.push((step, self.gradient(step)));
            }
        }
        norms
    }

    /// Real points and latents of a step.
    fn draw(&self, name: &str, step: u64) -> (Tensor<4>, Tensor<2>) {
        let real = ring(BATCH, &mut self.streams.at(name, step));
        let real = Tensor::from_data(TensorData::new(real, [BATCH, 2, 1, 1]), &self.device);
        let space = LatentSpace::noise(self.generator.latent_size());
        (real, space.draw(self.streams, &format!("{name}/latent"), step, BATCH, &self.device))
    }

    fn learn(&mut self, step: u64) {
        let (real, latent) = self.draw("told", step);
        let fake = self.generator.clone().no_grad().forward(latent, Mode::Train);
        let mut report = Report::new(1);
        let moment = Moment { step, batch: step };
        let objective = self.game.discriminator_objective(
            &mut self.discriminator,
            [real, fake],
            &Origin::default(),
            moment,
            &mut report,
        );
        let gradients = gradients(&self.discriminator, &objective.backward());
        self.discriminator = self.adam.step(self.discriminator.clone(), gradients);
    }

    /// The norm of the gradient of what the generator pays, in all of its parameters.
    fn gradient(&mut self, step: u64) -> f64 {
        let (real, latent) = self.draw("asked", step);
        let mut report = Report::new(1);
        let fakes = self.generator.forward(latent, Mode::Train);
        let mut frozen = self.discriminator.clone().no_grad();
        let moment = Moment { step: step.max(1), batch: step };
        let objective = self.game.generator_objective(
            &self.generator,
            &mut frozen,
            (fakes, &Origin::default()),
            || real,
            moment,
            &mut report,
        );
        let gradients = gradients(&self.generator, &objective.backward());
        let squares =
            gradients.into_values().map(|gradient| f64::from((gradient.clone() * gradient).sum().into_scalar::<f32>()));
        squares.sum::<f64>().sqrt()
    }
}

/// 0, 1 and about [`MEASURES`] more up to `steps`.
fn evenly_by_ratio(steps: u64) -> Vec<u64> {
    let at = |index: usize| (steps as f64).powf(index as f64 / MEASURES as f64).round() as u64;
    let mut due: Vec<u64> = std::iter::once(0).chain((0..=MEASURES).map(at)).collect();
    due.dedup();
    due
}

/// The Jensen–Shannon divergence of two normal distributions of the plane with unit variance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Divergence {
    /// How far their means are apart.
    pub distance: f64,
    /// By quadrature, in nats; at most log 2.
    pub exact: f64,
    /// As a trained discriminator's cross-entropy on points that it has not seen gives it.
    pub estimate: f64,
}

/// Points on which an estimate is made.
const FRESH: usize = 100_000;

/// The divergence at some distances, estimated by discriminators trained for `steps` steps.
///
/// # Errors
/// The settings are not understood.
pub fn divergence(steps: u64, seed: u64, device: &Device) -> Result<Vec<Divergence>, RecipeError> {
    let always = [format!("seed={seed}"), format!("train.steps={steps}"), "optim.beta1=0.5".to_owned()];
    let recipe = settings(&always)?;
    let of = |distance: f64| Divergence {
        distance,
        exact: jensen_shannon(distance),
        estimate: on_worker(|| estimated(&recipe, distance, device)),
    };
    Ok([0.5, 1.0, 2.0, 3.0, 4.0].map(of).into())
}

/// Of N(0, 1) and N(`distance`, 1): other axes do not matter.
fn jensen_shannon(distance: f64) -> f64 {
    const CELLS: usize = 20_000;
    let normal = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let (low, high) = (-12.0, distance + 12.0);
    let width = (high - low) / CELLS as f64;
    let half = |p: f64, q: f64| if p > 0.0 { 0.5 * p * (2.0 * p / (p + q)).ln() } else { 0.0 };
    let cell = |index: usize| {
        let x = low + (index as f64 + 0.5) * width;
        let (p, q) = (normal(x), normal(x - distance));
        half(p, q) + half(q, p)
    };
    (0..CELLS).map(cell).sum::<f64>() * width
}

fn estimated(recipe: &Recipe, distance: f64, device: &Device) -> f64 {
    let training = device.clone().autodiff();
    let streams = Streams::new(recipe.seed);
    let mut discriminator = networks(recipe).init_discriminator(&mut streams.at("discriminator", 0), &training);
    let mut adam = Adam::new(AdamConfig::new(&recipe.optim, recipe.optim.discriminator_lr));
    let draw = |name: &str, step: u64, count: usize, mean: f64| {
        let values = streams.at(name, step).normals(2 * count);
        let moved = values.into_iter().enumerate().map(|(at, x)| if at % 2 == 0 { x + mean as f32 } else { x });
        Tensor::<4>::from_data(TensorData::new(moved.collect(), [count, 2, 1, 1]), &training)
    };
    for step in 1..=recipe.train.steps as u64 {
        adam.schedule(recipe.optim.schedule.factor(step, recipe.train.steps));
        let real = discriminator.logits(draw("first", step, BATCH, 0.0), Mode::Train);
        let fake = discriminator.logits(draw("second", step, BATCH, distance), Mode::Train);
        let gradients = gradients(&discriminator, &Loss::Minimax.discriminator(real, fake).backward());
        discriminator = adam.step(discriminator, gradients);
    }
    let mut frozen = discriminator.no_grad();
    let real = frozen.logits(draw("first", 0, FRESH, 0.0), Mode::Eval);
    let fake = frozen.logits(draw("second", 0, FRESH, distance), Mode::Eval);
    let entropy = f64::from(Loss::Minimax.discriminator(real, fake).into_scalar::<f32>());
    (4_f64.ln() - entropy) / 2.0
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;

    #[test]
    fn quadrature_has_the_known_limits() {
        assert!(jensen_shannon(0.0).abs() < 1e-9);
        assert!((jensen_shannon(20.0) - 2_f64.ln()).abs() < 1e-6);
        // Twice the divergence is the mutual information of a point and the side it comes from; for small distances d²/8.
        assert!((jensen_shannon(0.02) / (0.02_f64.powi(2) / 8.0) - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_trained_discriminator_gives_the_divergence() {
        let found = divergence(300, 0, &device("cpu").unwrap()).unwrap();
        for Divergence { distance, exact, estimate } in found {
            assert!((estimate - exact).abs() < 0.03, "at {distance}: {estimate} instead of {exact}");
        }
    }

    /// The figure's claim, small: against a sure discriminator the minimax gradient falls, and the other does not.
    #[test]
    fn the_minimax_gradient_vanishes_as_the_discriminator_learns() {
        let curves = saturation(200, 0, 0, &device("cpu").unwrap(), |_| ()).unwrap();
        let fall = |loss: &str| {
            let norms = &curves.iter().find(|curve| curve.loss == loss).expect("it is compared").norms;
            norms.last().expect("measures").1 / norms[0].1
        };
        assert!(fall("minimax") < 0.2 * fall("non-saturating"), "{} {}", fall("minimax"), fall("non-saturating"));
        assert_eq!(evenly_by_ratio(100)[..3], [0, 1, 2]);
    }
}
