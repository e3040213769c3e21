//! A run that ends in a given time: a few steps are timed on networks of their own, and the recipe gets the steps that fit.
//!
//! The run itself depends on the resulting recipe alone, so that it can be repeated on any machine. To follow it, start at
//! [`fit`]: `probe` times, `costs` adds up, `cadence` chooses the steps and how often samples and checkpoints are written.

mod cadence;
mod costs;
mod probe;

use std::time::Instant;

use burn::tensor::Device;
use gannet_recipe::{Recipe, TaskKind};

use crate::error::TrainError;
use crate::events::duration;
use costs::{Cadence, Costs};

/// The share of the time that timing may take for each width of the networks.
const PROBE_SHARE: f64 = 0.03;
/// The most seconds that timing aims at.
const LONGEST_PROBE: f64 = 20.0;
/// Networks are not made narrower than this.
const NARROWEST: usize = 16;

/// A recipe that fits into a given time.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The recipe with its steps, its intervals and perhaps a smaller width.
    pub recipe: Recipe,
    /// Seconds that its run is expected to take.
    pub seconds: f64,
    /// What was chosen, and why; lines for the user.
    pub reasons: Vec<String>,
}

/// `recipe` with as many steps as end `minutes` after `start` on this machine. The keys of `settings` (`KEY=VALUE`) are the
/// user's and stay as they are. A generator for which there are too few steps gets a smaller `model.width`.
///
/// # Errors
/// `settings` has `train.steps`; the images or the networks are refused; or the time is too short for a single step.
pub fn fit(
    recipe: &Recipe,
    settings: &[String],
    minutes: f64,
    start: Instant,
    device: &Device,
) -> Result<Budget, TrainError> {
    let fixed: Vec<&str> = settings.iter().filter_map(|setting| Some(setting.split_once('=')?.0.trim())).collect();
    if fixed.contains(&"train.steps") {
        let text = "--minutes chooses train.steps, and --set gives it, too: leave one of them out";
        return Err(TrainError::Budget(text.to_owned()));
    }
    let time = Time { start, seconds: 60.0 * minutes };
    let first = Attempt::new(recipe.clone(), &fixed, &time, device)?;
    let (widest, least) = (first.steps(), recipe.least_steps());
    let mut best = first;
    for width in narrower(recipe, &fixed) {
        if best.steps() >= least {
            break;
        }
        let Ok(narrow) = recipe.with(&[format!("model.width={width}")]) else { break };
        best = Attempt::new(narrow, &fixed, &time, device)?;
    }
    let width = recipe.model.width;
    let narrowed = (best.recipe.model.width != width).then(|| {
        format!(
            "model.width is {} instead of {width}, with which {widest} steps would fit, and fewer than {least} train a network \
             barely; --set model.width={width} keeps it",
            best.recipe.model.width
        )
    });
    best.budget(minutes, &time, narrowed)
}

/// The widths to try where too few steps fit, each half of the one before.
fn narrower(recipe: &Recipe, fixed: &[&str]) -> Vec<usize> {
    let has = recipe.literals().any(|(key, _)| key == "model.width");
    if recipe.task.kind() != TaskKind::Generate || !has || fixed.contains(&"model.width") {
        return Vec::new();
    }
    let half = |width: &usize| Some(width / 2).filter(|half| *half >= NARROWEST);
    std::iter::successors(half(&recipe.model.width), half).collect()
}

/// The time that a run has.
struct Time {
    start: Instant,
    seconds: f64,
}

impl Time {
    /// Seconds that are left.
    fn left(&self) -> f64 {
        self.seconds - self.start.elapsed().as_secs_f64()
    }
}

/// A recipe, what it costs, and what fits.
struct Attempt {
    recipe: Recipe,
    costs: Costs,
    cadence: Option<Cadence>,
    /// The keys of the cadence that the user gave.
    settings: Vec<String>,
}

impl Attempt {
    fn new(recipe: Recipe, fixed: &[&str], time: &Time, device: &Device) -> Result<Self, TrainError> {
        let allowance = (PROBE_SHARE * time.seconds).min(LONGEST_PROBE);
        let costs = probe::measure(&recipe, device, allowance)?;
        let cadence = Cadence::within(&recipe, fixed, &costs, time.left());
        let settings = cadence.as_ref().map_or_else(Vec::new, |cadence| cadence.settings(&recipe, fixed));
        Ok(Self { recipe, costs, cadence, settings })
    }

    /// The steps that fit.
    fn steps(&self) -> usize {
        self.cadence.as_ref().map_or(0, |cadence| cadence.steps)
    }

    /// The chosen recipe, with the reasons.
    fn budget(self, minutes: f64, time: &Time, narrowed: Option<String>) -> Result<Budget, TrainError> {
        let step = step_time(self.costs.step);
        let Some(cadence) = self.cadence else {
            let (name, one) = (&self.recipe.name, self.costs.of_run(&self.recipe, Cadence::once()));
            let enough = ((time.seconds - time.left() + one) / 6.0).ceil() / 10.0;
            return Err(TrainError::Budget(format!(
                "--minutes {minutes} is too short for recipe {name}, of which a step takes {step} on this machine: give --minutes \
                 {enough} or more, or set model.width, data.size or train.batch lower"
            )));
        };
        let chosen = format!(
            "--minutes {minutes}: {} steps of {step} fit on this machine, with samples every {} and a checkpoint every {} steps; \
             recipe.toml of the run has these values, which repeat it",
            cadence.steps, cadence.sample, cadence.checkpoint
        );
        let recipe = self.recipe.with(&self.settings)?;
        let seconds = self.costs.of_run(&recipe, cadence);
        Ok(Budget { recipe, seconds, reasons: narrowed.into_iter().chain([chosen]).collect() })
    }
}

/// The time of a step: in milliseconds, or in seconds from one on.
fn step_time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { duration(seconds) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_ops::device::device;

    fn recipe(name: &str, overrides: &[&str]) -> Recipe {
        Recipe::load(name, &overrides.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn only_a_generator_whose_width_is_open_gets_narrower() {
        let widths = |name: &str, overrides: &[&str], fixed: &[&str]| narrower(&recipe(name, overrides), fixed);
        assert_eq!(widths("folder-dcgan", &[], &[]), [32, 16]);
        assert_eq!(widths("folder-r3gan", &["model.width=40"], &[]), [20]);
        assert_eq!(widths("folder-dcgan", &[], &["model.width"]), [0; 0]);
        assert_eq!(widths("folder-pix2pix", &[], &[]), [0; 0]);
        assert_eq!(widths("digits-gan", &[], &[]), [0; 0], "a perceptron has no width");
    }

    #[test]
    fn steps_that_are_given_contradict_minutes() {
        let settings = ["train.steps=5".to_owned()];
        let cpu = device("cpu").unwrap();
        let error = fit(&recipe("digits-dcgan", &[]), &settings, 1.0, Instant::now(), &cpu).unwrap_err();
        assert!(error.to_string().contains("train.steps"), "{error}");
    }

    #[test]
    fn a_time_below_a_step_is_refused_with_one_that_is_enough() {
        let costs = Costs { step: 7.0, ..Costs::default() };
        let attempt = Attempt { recipe: recipe("digits-dcgan", &[]), costs, cadence: None, settings: Vec::new() };
        let time = Time { start: Instant::now(), seconds: 6.0 };
        let text = attempt.budget(0.1, &time, None).unwrap_err().to_string();
        for part in ["--minutes 0.1", "digits-dcgan", "7.0 s", "give --minutes 0.2", "model.width"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
