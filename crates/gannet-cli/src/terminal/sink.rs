//! A progress bar with messages above it, or a line now and then where standard error is no terminal.

use std::time::{Duration, Instant};

use gannet_apply::image_grid::ImageGrid;
use gannet_train::events::{Event, Sink, SinkError, Started, Step, duration};
use gannet_train::memory::readable;
use indicatif::ProgressBar;

use super::half_blocks::draw;
use crate::progress::bar;
use crate::shown::shown_in_line;
use crate::stderr;

/// The time between two lines.
const INTERVAL: Duration = Duration::from_secs(10);
/// Weight of the newest speed in the displayed average.
const SMOOTHING: f64 = 0.05;
/// The displayed scalars and their short names.
const SCALARS: [(&str, &str); 6] = [
    ("loss/discriminator", "D"),
    ("loss/generator", "G"),
    ("score/real", "D(x)"),
    ("score/fake", "D(G(z))"),
    ("loss/classifier", "loss"),
    ("error/train", "error"),
];

/// A sink that writes to standard error.
pub struct Terminal {
    bar: ProgressBar,
    last_line: Option<Instant>,
    speed: Option<f64>,
    steps: u64,
    samples: Option<ImageGrid>,
}

impl Terminal {
    /// A sink before the start of a run.
    pub fn new() -> Self {
        let bar = bar(None, "{bar:24} {pos}/{len} {msg} · {eta} left");
        Self { bar, last_line: None, speed: None, steps: 0, samples: None }
    }

    fn started(&mut self, started: &Started) {
        let count = |(name, count): &(String, usize)| format!("{name} {:.2} M", *count as f64 / 1e6);
        let parameters: Vec<String> = started.parameters.iter().map(count).collect();
        self.say(&format!("{}: {}", started.run, started.data));
        let memory = readable(started.memory);
        self.say(&format!("parameters: {}; about {memory} of memory; {}", parameters.join(", "), started.device));
        if let Some(seconds) = started.seconds {
            self.say(&format!("{} steps take about {}", started.steps - started.start_step, duration(seconds)));
        }
        first_picture(started).iter().for_each(|line| self.say(line));
        if !started.score.is_empty() {
            self.say(&format!("D(x) and D(G(z)) are {}", started.score));
        }
        self.steps = started.steps;
        self.bar.set_length(started.steps);
        self.bar.set_position(started.start_step);
        self.bar.reset_eta();
    }

    fn step(&mut self, step: &Step) {
        let speed = self.speed.map_or(step.images_per_second, |old| old + SMOOTHING * (step.images_per_second - old));
        self.speed = Some(speed);
        self.bar.set_position(step.step);
        self.bar.set_message(format!("{speed:.0} images/s · {}", values(step)));
        let due = self.last_line.is_none_or(|last| last.elapsed() >= INTERVAL) || step.step == self.steps;
        if self.bar.is_hidden() && due {
            self.last_line = Some(Instant::now());
            let images_per_step = step.kimg * 1000.0 / step.step.max(1) as f64;
            let left = duration((self.steps - step.step) as f64 * images_per_step / speed.max(1e-9));
            stderr::line(&format!("{}/{} {speed:.0} images/s · {} · {left} left", step.step, self.steps, values(step)));
        }
    }

    /// Writes a line above the bar.
    fn say(&self, line: &str) {
        if self.bar.is_hidden() { stderr::line(line) } else { self.bar.println(shown_in_line(line)) }
    }
}

/// When a first recognizable picture is to be expected, where that lies within this start of the run.
fn first_picture(started: &Started) -> Option<String> {
    let step = started.first_picture.filter(|step| (started.start_step..=started.steps).contains(step))?;
    let after = started.seconds_to(step).map(|seconds| format!(", after about {}", duration(seconds)));
    Some(format!("a first recognizable picture is to be expected at step {step}{}", after.unwrap_or_default()))
}

/// The scalars that show how training goes, as far as the task has them, and all metrics.
fn values(step: &Step) -> String {
    let value = |(key, name): (&str, &str)| Some(format!("{name} {:.3}", step.scalar(key)?));
    let metric = |(key, value): &(String, f64)| Some(format!("{} {value:.2}", key.strip_prefix("metric/")?));
    let metrics = step.scalars.iter().filter_map(metric);
    SCALARS.into_iter().filter_map(value).chain(metrics).collect::<Vec<_>>().join(" ")
}

impl Sink for Terminal {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Started(started) => self.started(started),
            Event::Step(step) => self.step(step),
            Event::Warning { text, .. } => self.say(&format!("warning: {text}")),
            Event::Diagnosis { step, diagnosis } => self.say(&format!("doctor, step {step}: {diagnosis}")),
            Event::RolledBack { from, to, times, most } => {
                self.bar.set_position(*to);
                self.say(&format!(
                    "step {from}: rolled back to step {to}, with half the learning rate ({times} of {most} times)"
                ));
            }
            Event::Samples { grid, .. } => self.samples = Some(grid.clone()),
            Event::Saving { .. } | Event::Checkpoint { .. } => {}
            Event::Finished(_) => {
                self.bar.finish_and_clear();
                if let (false, Some(samples)) = (self.bar.is_hidden(), &self.samples) {
                    stderr::colored_lines(draw(samples).trim_end());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_picture_is_announced_before_it_comes() {
        let at = |start_step: u64, steps: u64, seconds: Option<f64>| {
            first_picture(&Started { first_picture: Some(1500), start_step, steps, seconds, ..Started::default() })
        };
        let line = at(0, 3000, Some(600.0)).unwrap();
        assert_eq!(line, "a first recognizable picture is to be expected at step 1500, after about 5 min 00 s");
        assert!(at(500, 3000, Some(500.0)).unwrap().ends_with("after about 3 min 20 s"));
        assert!(at(0, 3000, None).unwrap().ends_with("at step 1500"));
        assert_eq!((at(0, 1499, Some(9.0)), at(1600, 3000, Some(9.0))), (None, None));
    }
}
