//! The laboratory: small networks on points of the plane, where one sees within seconds what a loss and a penalty do.
//!
//! The step is that of [`AdversarialTask`](crate::tasks::AdversarialTask): a point is an image of one pixel with two
//! channels, and both networks are multilayer perceptrons.

mod mixture;
mod picture;
pub mod saturation;
pub mod stacked;

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Batch;
use gannet_metrics::modes::{Coverage, coverage};
use gannet_ops::device::on_worker;
use gannet_ops::random::Streams;
use serde::Serialize;

pub use mixture::{Mixture, Set};

use crate::doctor::{Diagnosis, Doctor, Patients};
use crate::grid::Picture;
use crate::recipe::{Recipe, RecipeError, changes_allowed_in_lab};
use crate::tasks::{Pair, pair, points};

/// Samples that are judged.
pub const JUDGED: usize = 2500;
/// Samples that a picture shows.
const SHOWN: usize = 1000;
/// How often the doctor looks, and at how many points of each kind.
const LOOKS: u64 = 40;
const EXAMINED: usize = 256;
/// Hidden layers of both networks.
const DEPTH: usize = 3;

/// What differs from a recipe's defaults here.
const DEFAULTS: &str = r#"
name = "lab"

[model]
kind = "mlp"
latent = 2
hidden = 128

[optim]
generator_lr = 2e-3
discriminator_lr = 2e-3
beta1 = 0.0
beta2 = 0.99
schedule = "cosine"

[train]
steps = 16000
batch = 64

[ema]
decay = 0.999
"#;

/// The settings of an experiment, with changes such as `loss.kind=hinge`.
///
/// # Errors
/// A change is not understood, or does not go with the others.
pub fn settings(changes: &[String]) -> Result<Recipe, RecipeError> {
    changed(DEFAULTS, changes)
}

/// An experiment's own settings with changes, of which some would make it another experiment.
fn changed(own: &str, changes: &[String]) -> Result<Recipe, RecipeError> {
    let read = |changes| Recipe::from_toml(own, "the lab's settings", changes);
    let recipe = read(changes)?;
    changes_allowed_in_lab(&read(&[])?, &recipe)?;
    Ok(recipe)
}

/// What came of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The set's name.
    pub set: String,
    /// The loss.
    pub loss: String,
    /// The penalties that are on, with their weights.
    pub penalty: String,
    /// The seed.
    pub seed: u64,
    /// Steps made; fewer than asked for where a loss was no longer a number.
    pub steps: u64,
    /// What [`JUDGED`] samples of the averaged generator show.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Seconds that the steps took.
    pub seconds: f64,
    /// What the doctor found, and after which step.
    #[serde(skip)]
    pub findings: Vec<(u64, Diagnosis)>,
}

/// Two small networks that learn a mixture.
pub struct Lab {
    set: Set,
    mixture: Mixture,
    /// What the networks see as 1: the coordinates' standard deviation.
    scale: f32,
    recipe: Recipe,
    task: Box<dyn Pair>,
    streams: Streams,
    doctor: Doctor,
    findings: Vec<(u64, Diagnosis)>,
    device: Device,
}

impl Lab {
    /// Before the first step, on `device` (without gradients).
    pub fn new(set: Set, recipe: Recipe, device: &Device) -> Self {
        let training = device.clone().autodiff();
        let task = pair(points(&recipe, [2, 1, 1]).with_depth(DEPTH).unbounded(), &recipe, &training);
        let streams = Streams::new(recipe.seed);
        let mixture = set.mixture();
        let (doctor, findings, device) = (Doctor::default(), Vec::new(), device.clone());
        Self { set, scale: mixture.spread() as f32, mixture, recipe, task, streams, doctor, findings, device }
    }

    /// Makes all steps; `watch` sees the lab before the first and after each of `frames` equal parts.
    pub fn run(&mut self, frames: u64, mut watch: impl FnMut(&Self, u64)) -> Outcome {
        let steps = self.recipe.train.steps as u64;
        let due = |step: u64| frames > 0 && (step * frames / steps != (step - 1) * frames / steps);
        let mut seconds = 0.0;
        let mut made = 0;
        watch(self, 0);
        for step in 1..=steps {
            let start = Instant::now();
            let finite = on_worker(|| self.step(step));
            seconds += start.elapsed().as_secs_f64();
            made = step;
            self.examine(step, steps);
            if due(step) || !finite {
                watch(self, step);
            }
            if !finite {
                break;
            }
        }
        self.outcome(made, seconds)
    }

    /// One step; whether all that it measured is a number.
    fn step(&mut self, step: u64) -> bool {
        let batch = self.recipe.train.batch;
        let count = self.recipe.train.batches() as u64;
        let batches = (0..count).map(|number| self.points("points", (step - 1) * count + number, batch)).collect();
        let scalars = self.task.step(batches, step);
        let diverged = self.doctor.watch(&scalars);
        self.findings.extend(diverged.map(|diagnosis| (step, diagnosis)));
        scalars.iter().all(|(_, value)| value.is_finite())
    }

    /// Points of the mixture, as the networks see them.
    fn points(&self, name: &str, number: u64, count: usize) -> Batch {
        let points = self.mixture.sample(count, &mut self.streams.at(name, number));
        let images = points.into_iter().map(|x| x / self.scale).collect();
        Batch { images, labels: Vec::new(), n: count, channels: 2, size: 1 }
    }

    /// Lets the doctor look, now and then.
    fn examine(&mut self, step: u64, steps: u64) {
        if !step.is_multiple_of((steps / LOOKS).max(1)) {
            return;
        }
        let [real, held_out] = [0, 1].map(|number| self.points("doctor", number, EXAMINED));
        let patients = Patients { real, held_out: Some(held_out) };
        let Some(look) = self.task.look(&patients, step) else { return };
        let (_, found) = self.doctor.examine(&look, step as f64 / steps as f64, self.task.learning(step));
        self.findings.extend(found.into_iter().map(|diagnosis| (step, diagnosis)));
    }

    fn outcome(&self, steps: u64, seconds: f64) -> Outcome {
        let coverage = coverage(&self.samples(JUDGED), &self.mixture.centres, self.mixture.sigma);
        Outcome {
            set: self.set.name().to_owned(),
            loss: self.recipe.loss.kind.word().to_owned(),
            penalty: penalties(&self.recipe),
            seed: self.recipe.seed,
            steps,
            coverage,
            seconds,
            findings: self.findings.clone(),
        }
    }

    /// Points of the averaged generator, always from the same latents.
    pub fn samples(&self, count: usize) -> Vec<[f32; 2]> {
        let latents = self.task.space().draw(self.streams, "judged", 0, count, &self.device);
        let points = self.task.generate(latents).into_data();
        let values: Vec<f32> = points.iter::<f32>().map(|x| x * self.scale).collect();
        values.as_chunks().0.to_vec()
    }

    /// The discriminator's field with the modes and some samples.
    pub fn picture(&self) -> Picture {
        let cells = picture::cells(self.mixture.reach());
        // What judges points together is asked for the same one as often.
        let pack = self.recipe.train.pack;
        let cells = cells.as_chunks::<2>().0.iter().flat_map(|cell| std::iter::repeat_n(cell, pack)).flatten();
        let cells: Vec<f32> = cells.map(|x| x / self.scale).collect();
        let points = Tensor::from_data(TensorData::new(cells, [pack * picture::CELLS.pow(2), 2, 1, 1]), &self.device);
        let field: Vec<f32> = self.task.logits(points).into_data().iter::<f32>().collect();
        picture::draw(&self.mixture, &field, &self.samples(SHOWN))
    }
}

/// The penalties that are on, such as `r1=1 r2=1`; `none` without.
fn penalties(recipe: &Recipe) -> String {
    let penalty = &recipe.penalty;
    let all = [
        ("r1", penalty.r1),
        ("r2", penalty.r2),
        ("wgan_gp", penalty.wgan_gp),
        ("dragan", penalty.dragan),
        ("zero_gp", penalty.zero_gp),
        ("clip", penalty.clip),
    ];
    let on: Vec<String> =
        all.iter().filter(|(_, weight)| *weight > 0.0).map(|(name, weight)| format!("{name}={weight}")).collect();
    if on.is_empty() { "none".to_owned() } else { on.join(" ") }
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;

    fn lab(changes: &[&str]) -> Lab {
        let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
        Lab::new(Set::Ring, settings(&changes).unwrap(), &device("cpu").unwrap())
    }

    #[test]
    fn the_same_seed_gives_the_same_points() {
        let run = |seed: &str| {
            let mut lab = lab(&["train.steps=3", "train.batch=16", "model.hidden=8", seed]);
            lab.run(0, |_, _| ());
            lab.samples(20)
        };
        assert_eq!(run("seed=1"), run("seed=1"));
        assert_ne!(run("seed=1"), run("seed=2"));
    }

    #[test]
    fn frames_are_seen_before_between_and_after() {
        let mut seen = Vec::new();
        let mut lab = lab(&["train.steps=10", "train.batch=8", "model.hidden=8"]);
        let outcome = lab.run(4, |_, step| seen.push(step));
        assert_eq!(seen, [0, 3, 5, 8, 10]);
        assert_eq!((outcome.steps, outcome.set.as_str(), outcome.penalty.as_str()), (10, "ring", "none"));
    }

    #[test]
    fn a_run_that_is_no_longer_a_number_ends() {
        let mut lab =
            lab(&["train.steps=400", "train.batch=8", "model.hidden=8", "loss.kind=kl", "optim.discriminator_lr=1e9"]);
        let outcome = lab.run(0, |_, _| ());
        assert!(outcome.steps < 400);
    }
}
