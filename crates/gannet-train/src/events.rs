//! The events of a training run.
//!
//! Training emits [`Event`]s. The terminal, `metrics.jsonl`, TensorBoard, the plots, the film, the report and any listener of
//! a caller are [`Sink`]s of this one stream.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gannet_apply::image_grid::ImageGrid;
use serde::{Deserialize, Serialize};

use crate::doctor::Diagnosis;

/// Named values that a step reports, such as `loss/generator`.
pub type Scalars = Vec<(String, f64)>;

/// One event of a run, in the order in which they happen.
///
/// The trainer emits the `Step` of a step before its `Saving` and its `Checkpoint`, so that whatever a checkpoint covers is
/// already in the metrics, on disk, when the checkpoint appears.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run starts, or continues after an interruption.
    Started(Started),
    /// A training step was logged.
    Step(Step),
    /// Preview images were generated; a sink saves them at `path`.
    Samples {
        /// Steps done so far.
        step: u64,
        /// The images.
        grid: ImageGrid,
        /// Where the PNG goes; see [`crate::sinks::film::sample_path`].
        path: PathBuf,
    },
    /// A checkpoint is about to be written: what it counts on must be on disk.
    Saving {
        /// Steps done so far.
        step: u64,
    },
    /// A complete checkpoint lies at `path`.
    Checkpoint {
        /// Steps done so far.
        step: u64,
        /// The checkpoint's folder.
        path: PathBuf,
    },
    /// The doctor found something.
    Diagnosis {
        /// Steps done so far.
        step: u64,
        /// The finding, its evidence and the remedy.
        diagnosis: Diagnosis,
    },
    /// The run went back to a checkpoint, or to its start at step 0, and continues with a smaller learning rate.
    RolledBack {
        /// Steps done before the rollback.
        from: u64,
        /// Steps done after it.
        to: u64,
        /// Number of rollbacks so far.
        times: u64,
        /// Number of rollbacks allowed.
        most: u64,
    },
    /// Something is wrong that does not stop the run, such as an unreadable image.
    Warning {
        /// Steps done so far.
        step: u64,
        /// One line that names the file or key and the fault.
        text: String,
    },
    /// The run is complete or was interrupted.
    Finished(Finished),
}

/// What is known of a run before its first step.
#[derive(Debug, Clone, Default)]
pub struct Started {
    /// The run's name.
    pub run: String,
    /// The task, such as `generate`.
    pub task: String,
    /// The data in words, such as `MNIST, 60000 images of 1×32×32`.
    pub data: String,
    /// The resolved recipe as TOML.
    pub recipe_toml: String,
    /// Each network's name and its number of parameters.
    pub parameters: Vec<(String, usize)>,
    /// Estimate of the memory that training takes, in bytes; see [`crate::memory`].
    pub memory: u64,
    /// Estimate of the time that the remaining steps take, in seconds, where there is one.
    pub seconds: Option<f64>,
    /// The step from which on a first recognizable picture is to be expected, where that is known.
    pub first_picture: Option<u64>,
    /// What D(x) and D(G(z)) mean, in words; empty where there is no discriminator.
    pub score: String,
    /// Steps of the whole run.
    pub steps: u64,
    /// Steps done before this start: 0, or the checkpoint's step of a resumed run.
    pub start_step: u64,
    /// The device in words.
    pub device: String,
    /// The command that uses the run.
    pub usage: String,
}

impl Started {
    /// Seconds from this start to `step`, where the run's time is known.
    pub fn seconds_to(&self, step: u64) -> Option<f64> {
        let remaining = self.steps.saturating_sub(self.start_step).max(1);
        Some(self.seconds? * step.saturating_sub(self.start_step) as f64 / remaining as f64)
    }
}

/// A logged training step; one line of `metrics.jsonl`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Steps done, this one included: the first is 1.
    pub step: u64,
    /// Thousands of real images shown to the discriminator so far.
    pub kimg: f64,
    /// Training time so far in seconds, earlier starts of the run included.
    pub seconds: f64,
    /// Real images per second since the last logged step.
    pub images_per_second: f64,
    /// Named values in the order of their report, such as `loss/generator`; the part before `/` groups them.
    #[serde(flatten, with = "scalars")]
    pub scalars: Vec<(String, f64)>,
}

impl Step {
    /// The value called `name`, if this step has it.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.scalars.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
}

/// How a run ended. Its `Display` is the sentence for the user.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finished {
    /// Steps done.
    pub step: u64,
    /// Training time in seconds, earlier starts of the run included.
    pub seconds: f64,
    /// Whether the run was stopped before its last step.
    pub interrupted: bool,
}

impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.interrupted { "interrupted" } else { "finished" };
        write!(f, "{verb} at step {} after {}", self.step, duration(self.seconds))
    }
}

/// A listener to the events of a run.
pub trait Sink: Send {
    /// Handles one event. An error means that this sink could not record it; training continues.
    fn on(&mut self, event: &Event) -> Result<(), SinkError>;
}

/// A closure is a sink too.
impl<F: FnMut(&Event) + Send> Sink for F {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        self(event);
        Ok(())
    }
}

/// Why a sink could not record an event.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file's content is not what it should be.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The fault, and where it is.
        what: String,
    },
}

impl SinkError {
    /// Wraps the system's reason why `path` could not be written; for `map_err`.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Write { path: path.to_owned(), source }
    }

    /// Wraps the system's reason why `path` could not be read; for `map_err`.
    pub fn read(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Read { path: path.to_owned(), source }
    }
}

/// A time span in readable units: `4.2 s`, `3 min 20 s`, `1 h 02 min`.
pub fn duration(seconds: f64) -> String {
    // Below a minute after rounding to tenths; `as` saturates, so no input can overflow.
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole / 60 {
        minutes @ 0..60 => format!("{minutes} min {:02} s", whole % 60),
        minutes => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// Scalars as entries of the surrounding JSON object. JSON has no NaN or infinity: both are written as `null` and read
/// back as NaN, so that a diverged loss stays visible as a gap.
mod scalars {
    use std::fmt;

    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(scalars: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(scalars.iter().map(|(name, value)| (name, value)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, f64)>, D::Error> {
        deserializer.deserialize_map(Scalars)
    }

    struct Scalars;

    impl<'de> Visitor<'de> for Scalars {
        type Value = Vec<(String, f64)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("named numbers")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut scalars = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, Option<f64>>()? {
                scalars.push((name, value.unwrap_or(f64::NAN)));
            }
            Ok(scalars)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_one_flat_json_object_in_the_order_of_its_scalars() {
        let scalars = vec![("score/real".into(), 0.25), ("loss/generator".into(), f64::NAN)];
        let step = Step { step: 3, kimg: 0.192, seconds: 1.5, images_per_second: 128.0, scalars };
        let line = serde_json::to_string(&step).unwrap();
        let head = r#"{"step":3,"kimg":0.192,"seconds":1.5,"images_per_second":128.0"#;
        assert_eq!(line, format!(r#"{head},"score/real":0.25,"loss/generator":null}}"#));
        let back: Step = serde_json::from_str(&line).unwrap();
        assert_eq!(back.scalar("score/real"), Some(0.25));
        assert!(back.scalars[1].1.is_nan());
    }

    #[test]
    fn times_read_as_people_say_them() {
        for (seconds, text) in [
            (4.2, "4.2 s"),
            (59.97, "1 min 00 s"),
            (200.0, "3 min 20 s"),
            (3599.9, "1 h 00 min"),
            (3725.0, "1 h 02 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn the_end_is_one_sentence() {
        let end = Finished { step: 1200, seconds: 200.0, interrupted: true };
        assert_eq!(end.to_string(), "interrupted at step 1200 after 3 min 20 s");
    }
}
