//! Why the minimax loss saturates: Towards Principled Methods for Training Generative Adversarial Networks, Arjovsky and
//! Bottou 2017, arXiv:1701.04862, figure 2. The generator is fixed while the discriminator is trained towards its optimum,
//! and the norm of the generator's gradient under each loss is measured on the way.
//!
//! Where the two sets hardly overlap, the optimal discriminator is sure of every image: `log(1 − D(G(z)))` is flat there and
//! its gradient vanishes, `−log D(G(z))` keeps one, and a Wasserstein critic's settles.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use gannet_apply::latents::LatentSpace;
use gannet_choice::Choice;
use gannet_data::Batch;
use gannet_nn::architectures::mlp::{MlpDiscriminator, MlpGenerator};
use gannet_nn::{Architecture, Generator, Mode};
use gannet_ops::device::on_worker;
use gannet_ops::random::{Stream, Streams};
use gannet_optim::{Adam, parameters};
use gannet_recipe::{Recipe, RecipeError};
use gannet_train::objective::{AdversarialObjective, Conditioning, StepIndex};
use gannet_train::step_report::StepReport;
use gannet_train::tasks::adversarial::AdversarialTask;
use gannet_train::tasks::{Task, adam_config};
use serde::Serialize;

use crate::mixture::Set;
use crate::points::networks;
use crate::settings::settings;

/// Points of a batch.
const BATCH: usize = 256;
/// Number of measurements of a loss over the discriminator's steps, at equal ratios.
const MEASUREMENTS: usize = 25;
/// The losses that are compared, each with the penalties that its discriminator needs.
const COMPARED: [&[&str]; 5] = [
    &["loss.kind=minimax"],
    &["loss.kind=non-saturating"],
    &["loss.kind=least-squares"],
    &["loss.kind=relativistic-pairing", "penalty.r1=0.1", "penalty.r2=0.1"],
    &["loss.kind=wasserstein", "penalty.wgan_gp=10.0"],
];

/// The gradient of a fixed generator under one loss.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The loss's name.
    pub loss: String,
    /// Steps of the discriminator, and the norm of the generator's gradient after them.
    pub norms: Vec<(u64, f64)>,
}

/// The gradient of a generator, trained for `warm_up` steps, under each loss while a new discriminator is trained for `steps`
/// steps to distinguish the ring from its points. `progress` is called with each loss.
///
/// # Errors
/// A change of the settings is not understood.
pub fn saturation(
    steps: u64,
    warm_up: u64,
    seed: u64,
    device: &Device,
    mut progress: impl FnMut(&str),
) -> Result<Vec<Curve>, RecipeError> {
    let recipe = |changes: &[&str]| {
        let always = [format!("seed={seed}"), format!("train.batch={BATCH}"), "optim.beta1=0.5".to_owned()];
        settings(&changes.iter().map(|change| (*change).to_owned()).chain(always).collect::<Vec<_>>())
    };
    let warm_up_recipe = recipe(COMPARED[1])?;
    let generator = on_worker(|| trained_generator(&warm_up_recipe, warm_up, device));
    COMPARED
        .iter()
        .map(|changes| {
            let recipe = recipe(changes)?;
            progress(recipe.loss.kind.word());
            let norms = on_worker(|| FixedGenerator::new(&recipe, generator.clone(), device).norms(steps));
            Ok(Curve { loss: recipe.loss.kind.word().to_owned(), norms })
        })
        .collect()
}

/// Points of the ring, scaled for the networks.
fn ring(batch: usize, stream: &mut Stream) -> Vec<f32> {
    let mixture = Set::Ring.mixture();
    let scale = mixture.spread() as f32;
    mixture.sample(batch, stream).into_iter().map(|x| x / scale).collect()
}

/// A generator after some steps of adversarial training.
fn trained_generator(recipe: &Recipe, steps: u64, device: &Device) -> MlpGenerator {
    let training = device.clone().autodiff();
    let streams = Streams::new(recipe.seed);
    let generator = networks(recipe).init_generator(&mut streams.at("generator", 0), &training);
    let discriminator = networks(recipe).init_discriminator(&mut streams.at("discriminator", 0), &training);
    let mut task = AdversarialTask::new(generator, discriminator, recipe, &training);
    for step in 1..=steps {
        let images = ring(BATCH, &mut streams.at("points", step));
        task.step(vec![Batch { images, labels: Vec::new(), n: BATCH, channels: 2, size: 1 }], step);
    }
    task.generator().clone()
}

/// A new discriminator that is trained against a fixed generator.
struct FixedGenerator {
    generator: MlpGenerator,
    discriminator: MlpDiscriminator,
    adam: Adam,
    objective: AdversarialObjective,
    streams: Streams,
    device: Device,
}

impl FixedGenerator {
    fn new(recipe: &Recipe, generator: MlpGenerator, device: &Device) -> Self {
        let training = device.clone().autodiff();
        let streams = Streams::new(recipe.seed);
        let discriminator = networks(recipe).init_discriminator(&mut streams.at("opponent", 0), &training);
        let adam = Adam::new(adam_config(&recipe.optim, recipe.optim.discriminator_lr));
        let objective = AdversarialObjective::new(recipe);
        Self { generator, discriminator, adam, objective, streams, device: training }
    }

    /// The norm of the generator's gradient after some of the discriminator's `steps`.
    fn norms(&mut self, steps: u64) -> Vec<(u64, f64)> {
        let due = steps_at_equal_ratios(steps);
        let mut norms = Vec::new();
        for step in 0..=steps {
            if step > 0 {
                self.train_discriminator(step);
            }
            if due.contains(&step) {
                norms.push((step, self.gradient_norm(step)));
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

    fn train_discriminator(&mut self, step: u64) {
        let (real, latent) = self.draw("told", step);
        let fake = self.generator.clone().no_grad().forward(latent, Mode::Train);
        let d_loss = self.objective.d_loss(
            &mut self.discriminator,
            [real, fake],
            &Conditioning::default(),
            StepIndex { step, batch: step },
            &mut StepReport::new(1),
        );
        let gradients = parameters::gradients(&self.discriminator, &d_loss.backward());
        self.discriminator = self.adam.step(self.discriminator.clone(), gradients);
    }

    /// The norm of the gradient of the generator's loss in all of its parameters.
    fn gradient_norm(&mut self, step: u64) -> f64 {
        let (real, latent) = self.draw("asked", step);
        let fake = self.generator.forward(latent, Mode::Train);
        let mut frozen = self.discriminator.clone().no_grad();
        let g_loss = self.objective.g_loss(
            &self.generator,
            &mut frozen,
            (fake, &Conditioning::default()),
            || real,
            StepIndex { step: step.max(1), batch: step },
            &mut StepReport::new(1),
        );
        let gradients = parameters::gradients(&self.generator, &g_loss.backward());
        let squares =
            gradients.into_values().map(|gradient| f64::from((gradient.clone() * gradient).sum().into_scalar::<f32>()));
        squares.sum::<f64>().sqrt()
    }
}

/// 0, 1 and about [`MEASUREMENTS`] more up to `steps`.
fn steps_at_equal_ratios(steps: u64) -> Vec<u64> {
    let at = |index: usize| (steps as f64).powf(index as f64 / MEASUREMENTS as f64).round() as u64;
    let mut due: Vec<u64> = std::iter::once(0).chain((0..=MEASUREMENTS).map(at)).collect();
    due.dedup();
    due
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;

    /// Figure 2 of the paper, small: against a sure discriminator the minimax gradient falls, the non-saturating one stays.
    #[test]
    fn the_minimax_gradient_vanishes_as_the_discriminator_learns() {
        let curves = saturation(200, 0, 0, &device("cpu").unwrap(), |_| ()).unwrap();
        let fall = |loss: &str| {
            let norms = &curves.iter().find(|curve| curve.loss == loss).expect("the loss is compared").norms;
            norms.last().expect("the gradient is measured").1 / norms[0].1
        };
        assert!(fall("minimax") < 0.2 * fall("non-saturating"), "{} {}", fall("minimax"), fall("non-saturating"));
        assert_eq!(steps_at_equal_ratios(100)[..3], [0, 1, 2]);
    }
}
