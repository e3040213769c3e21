//! Checkpoints of a run, to read. `gannet-train` writes them.
//!
//! ```text
//! checkpoints/step-00000500/
//!   state.json                 format, step, counters, score, a checksum of each other file and its own
//!   generator.safetensors …    one file for each group of tensors
//! ```
//!
//! A checkpoint is a folder that is either complete or absent. Its bytes are a function of the training state alone: they
//! hold no times and no paths.

use std::fs;
use std::path::{Path, PathBuf};

use gannet_weights::{NamedTensor, WeightsError, parse_safetensors, read_file, read_text};

pub use crate::checkpoint_state::{FORMAT, State};
use crate::error::ApplyError;

/// The counter that says that a run began with the weights of another run.
pub const PRETRAINED: &str = "pretrained";

/// All that training needs in order to go on: named groups of tensors, and counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingState {
    /// Groups of tensors by the stem of the file that holds them.
    pub tensors: Vec<(String, Vec<NamedTensor>)>,
    /// Step counters of optimizers and averages, by name.
    pub counters: Vec<(String, u64)>,
}

impl TrainingState {
    /// Removes and returns the group of tensors called `name`.
    ///
    /// # Errors
    /// There is no such group.
    pub fn take(&mut self, name: &str) -> Result<Vec<NamedTensor>, WeightsError> {
        let index = self.tensors.iter().position(|(file, _)| file == name);
        let index = index.ok_or_else(|| WeightsError::Fit(format!("the checkpoint has no {name}")))?;
        Ok(self.tensors.swap_remove(index).1)
    }

    /// The counter called `name`; 0 where it is absent.
    pub fn counter(&self, name: &str) -> u64 {
        self.counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    }
}

/// A checkpoint as it was read.
pub type Checkpoint = (State, TrainingState);

/// The checkpoints of a run.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    /// The checkpoints in `folder`, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The folder that holds all checkpoints.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the checkpoint of `step`.
    pub fn path(&self, step: u64) -> PathBuf {
        self.folder.join(format!("step-{step:08}"))
    }

    /// Steps of the checkpoints, ascending.
    pub fn steps(&self) -> Vec<u64> {
        self.readable_steps().unwrap_or_default()
    }

    /// [`Checkpoints::steps`]; a missing folder has none.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn readable_steps(&self) -> Result<Vec<u64>, ApplyError> {
        let unreadable = |source| ApplyError::Read { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unreadable)?,
        };
        let step = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix("step-")?.parse().ok();
        let mut steps: Vec<u64> = entries.flatten().filter_map(step).collect();
        steps.sort_unstable();
        Ok(steps)
    }

    /// The newest complete checkpoint, and a line for each newer one that is damaged.
    ///
    /// # Errors
    /// A checkpoint was written by another version of this program, or the folder cannot be read.
    pub fn newest(&self) -> Result<(Option<Checkpoint>, Vec<String>), ApplyError> {
        let mut damaged = Vec::new();
        for step in self.readable_steps()?.into_iter().rev() {
            match self.load(step) {
                Ok(found) => return Ok((Some(found), damaged)),
                Err(error @ ApplyError::Format { .. }) => return Err(error),
                Err(error) => damaged.push(error.to_string()),
            }
        }
        Ok((None, damaged))
    }

    /// The checkpoint of this step, verified by its checksums.
    ///
    /// # Errors
    /// A file is missing, damaged or of another format.
    pub fn load(&self, step: u64) -> Result<Checkpoint, ApplyError> {
        let path = self.path(step);
        let state = self.state(step)?;
        let counters = state.counters.clone().into_iter().collect();
        let mut training = TrainingState { counters, ..TrainingState::default() };
        for (name, expected) in &state.files {
            let file = path.join(name);
            let bytes = read_file(&file).map_err(|source| ApplyError::Read { path: file.clone(), source })?;
            if crc32c::crc32c(&bytes) != *expected {
                return Err(ApplyError::Damaged { path: file, reason: "its checksum is wrong".to_owned() });
            }
            let group = name.trim_end_matches(".safetensors").to_owned();
            training.tensors.push((group, parse_safetensors(&bytes, &file)?.0));
        }
        Ok((state, training))
    }

    fn state(&self, step: u64) -> Result<State, ApplyError> {
        let path = self.path(step).join("state.json");
        let text = read_text(&path).map_err(|source| ApplyError::Read { path: path.clone(), source })?;
        let state = State::parse(&text, &path)?;
        if state.step != step {
            let reason = format!("it is of step {}, and its folder of step {step}", state.step);
            return Err(ApplyError::Damaged { path, reason });
        }
        Ok(state)
    }

    /// The step with the lowest score and the score; the newest of equals.
    pub fn best(&self) -> Option<(u64, f64)> {
        let scored = self.steps().into_iter().filter_map(|step| Some((step, self.state(step).ok()?.score?.1)));
        scored.reduce(|best, next| if next.1 <= best.1 { next } else { best })
    }
}
