//! Points of the plane: small networks learn a mixture of Gaussians.
//!
//! The step is the one of [`AdversarialTask`](gannet_train::tasks::adversarial::AdversarialTask): a point is an image of one
//! pixel with two channels, and both networks are multilayer perceptrons.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_apply::image_grid::GridPicture;
use gannet_choice::Choice;
use gannet_data::Batch;
use gannet_metrics::modes::{Coverage, coverage};
use gannet_nn::Network;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_ops::device::on_worker;
use gannet_ops::random::Streams;
use gannet_recipe::Recipe;
use gannet_train::doctor::{Diagnosis, DiagnosticBatch, Doctor};
use gannet_train::tasks::adversarial::GanTask;
use gannet_train::tasks::gan_task_of;

use crate::mixture::{Mixture, Set};
use crate::outcome::{Outcome, penalties};
use crate::picture;

/// Number of samples that are evaluated.
pub const EVALUATED: usize = 2500;
/// Number of samples in a picture.
const DRAWN: usize = 1000;
/// Number of times that the doctor diagnoses a run, and its number of points of each kind.
const DIAGNOSES: u64 = 40;
const DIAGNOSED: usize = 256;
/// Hidden layers of both networks.
const DEPTH: usize = 3;

/// The networks of the recipe's settings for points of the plane.
pub fn networks(recipe: &Recipe) -> MlpConfig {
    MlpConfig::from_settings(&recipe.network_settings()).with_shape([2, 1, 1]).with_depth(DEPTH).unbounded()
}

/// Two small networks that learn a mixture.
pub struct Lab {
    set: Set,
    mixture: Mixture,
    /// The coordinates' standard deviation, by which points are divided for the networks.
    scale: f32,
    recipe: Recipe,
    task: Box<dyn GanTask>,
    streams: Streams,
    doctor: Doctor,
    findings: Vec<(u64, Diagnosis)>,
    device: Device,
}

impl Lab {
    /// The experiment before its first step, on `device` (without gradients).
    pub fn new(set: Set, recipe: Recipe, device: &Device) -> Self {
        let training = device.clone().autodiff();
        let task = gan_task_of(networks(&recipe), &recipe, &training);
        let streams = Streams::new(recipe.seed);
        let mixture = set.mixture();
        let (doctor, findings, device) = (Doctor::default(), Vec::new(), device.clone());
        Self { set, scale: mixture.spread() as f32, mixture, recipe, task, streams, doctor, findings, device }
    }

    /// Trains to the end. `watch` is called before the first step and after each of `frames` equal parts, with the number of
    /// steps done.
    pub fn run(&mut self, frames: u64, mut watch: impl FnMut(&Self, u64)) -> Outcome {
        let steps = self.recipe.train.steps as u64;
        let is_due = |step: u64| frames > 0 && (step * frames / steps != (step - 1) * frames / steps);
        let mut seconds = 0.0;
        let mut done = 0;
        watch(self, 0);
        for step in 1..=steps {
            let start = Instant::now();
            let is_finite = on_worker(|| self.step(step));
            seconds += start.elapsed().as_secs_f64();
            done = step;
            self.diagnose(step, steps);
            if is_due(step) || !is_finite {
                watch(self, step);
            }
            if !is_finite {
                break;
            }
        }
        self.outcome(done, seconds)
    }

    /// One step. Returns whether all of its measurements are finite.
    fn step(&mut self, step: u64) -> bool {
        let batch = self.recipe.train.batch;
        let count = self.recipe.train.batches() as u64;
        let batches = (0..count).map(|number| self.points("points", (step - 1) * count + number, batch)).collect();
        let scalars = self.task.step(batches, step);
        let diverged = self.doctor.watch(&scalars);
        self.findings.extend(diverged.map(|diagnosis| (step, diagnosis)));
        scalars.iter().all(|(_, value)| value.is_finite())
    }

    /// Points of the mixture, scaled for the networks.
    fn points(&self, name: &str, number: u64, count: usize) -> Batch {
        let points = self.mixture.sample(count, &mut self.streams.at(name, number));
        let images = points.into_iter().map(|x| x / self.scale).collect();
        Batch { images, labels: Vec::new(), n: count, channels: 2, size: 1 }
    }

    /// Lets the doctor diagnose the run in some of the steps.
    fn diagnose(&mut self, step: u64, steps: u64) {
        if !step.is_multiple_of((steps / DIAGNOSES).max(1)) {
            return;
        }
        let [real, held_out] = [0, 1].map(|number| self.points("doctor", number, DIAGNOSED));
        let batch = DiagnosticBatch { real, held_out: Some(held_out) };
        let Some(observation) = self.task.observe(&batch, step) else { return };
        let (_, found) = self.doctor.diagnose(&observation, step as f64 / steps as f64, self.task.planned_lr(step));
        self.findings.extend(found.into_iter().map(|diagnosis| (step, diagnosis)));
    }

    fn outcome(&self, steps: u64, seconds: f64) -> Outcome {
        Outcome {
            set: self.set.word().to_owned(),
            loss: self.recipe.loss.kind.word().to_owned(),
            penalty: penalties(&self.recipe),
            seed: self.recipe.seed,
            steps,
            coverage: self.coverage(),
            seconds,
            findings: self.findings.clone(),
        }
    }

    fn coverage(&self) -> Coverage {
        coverage(&self.samples(EVALUATED), &self.mixture.centers, self.mixture.sigma)
    }

    /// Points of the averaged generator, always from the same latents.
    pub fn samples(&self, count: usize) -> Vec<[f32; 2]> {
        let latents = self.task.space().draw(self.streams, "judged", 0, count, &self.device);
        let points = self.task.generate(latents).into_data();
        let values: Vec<f32> = points.iter::<f32>().map(|x| x * self.scale).collect();
        values.as_chunks().0.to_vec()
    }

    /// The discriminator's field with the modes and some samples.
    pub fn picture(&self) -> GridPicture {
        let cells = picture::cells(self.mixture.reach());
        // A discriminator of packed points gets the same point as often as it takes.
        let pack = self.recipe.train.pack;
        let cells = cells.as_chunks::<2>().0.iter().flat_map(|cell| std::iter::repeat_n(cell, pack)).flatten();
        let cells: Vec<f32> = cells.map(|x| x / self.scale).collect();
        let points = Tensor::from_data(TensorData::new(cells, [pack * picture::CELLS.pow(2), 2, 1, 1]), &self.device);
        let field: Vec<f32> = self.task.logits(points).into_data().iter::<f32>().collect();
        picture::draw(&self.mixture, &field, &self.samples(DRAWN))
    }
}

#[cfg(test)]
mod tests {
    use gannet_ops::device::device;

    use super::*;
    use crate::settings::settings;

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
    fn a_run_whose_loss_is_not_finite_ends() {
        let mut lab =
            lab(&["train.steps=400", "train.batch=8", "model.hidden=8", "loss.kind=kl", "optim.discriminator_lr=1e9"]);
        let outcome = lab.run(0, |_, _| ());
        assert!(outcome.steps < 400);
    }
}
