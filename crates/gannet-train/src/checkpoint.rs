//! Checkpoints: all that a run needs to go on, in a folder that is either whole or absent.
//!
//! ```text
//! checkpoints/step-00000500/
//!   state.json                 format, step, counters, score, and a checksum of each other file
//!   generator.safetensors …    one file a group of tensors
//! ```
//!
//! The folder is filled under another name, synced and renamed; one that goes is renamed first and then removed. Its
//! bytes are a function of the training state alone: no times, no paths. Of old checkpoints the newest `keep` stay,
//! those of the milestones, and the one with the best score.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gannet_weights::{parse_safetensors, safetensors_bytes, write_atomic};
use serde::{Deserialize, Serialize};

use crate::TrainError;
use crate::recipe;
use crate::tasks::TaskState;

/// The format that this program writes; it reads no other.
const FORMAT: u32 = 1;
/// Ending of what is being written or removed.
const PART: &str = "part";

/// What `state.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of the layout of a checkpoint.
    pub format: u32,
    /// Steps done.
    pub step: u64,
    /// Tells whether the data are those of the start of the run.
    pub data: u64,
    /// How good the checkpoint is, and by which measure; lower is better.
    pub score: Option<(String, f64)>,
    /// Steps made by each optimiser.
    pub counters: BTreeMap<String, u64>,
    /// CRC-32C of each file.
    pub files: BTreeMap<String, u32>,
}

/// What was saved: where the run stood, and what the task had learnt.
pub type Checkpoint = (State, TaskState);

/// The checkpoints of a run.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
}

impl Checkpoints {
    /// Those in `folder`, which need not exist yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes a checkpoint; returns its folder.
    ///
    /// # Errors
    /// Those of the file system; what was there before stays.
    pub fn save(
        &self,
        step: u64,
        data: u64,
        score: Option<(String, f64)>,
        state: &TaskState,
    ) -> Result<PathBuf, TrainError> {
        let path = self.path(step);
        let partial = self.folder.join(format!("new.{PART}"));
        let failed = |path: &Path, source| TrainError::Write { path: path.to_owned(), source };
        self.clear_partial().map_err(|source| failed(&self.folder, source))?;
        let written = self.fill(&partial, step, data, score, state).and_then(|()| {
            remove(&path).and_then(|()| fs::rename(&partial, &path)).map_err(|source| failed(&path, source))
        });
        written.inspect_err(|_| {
            // The first error is the one to tell; leftovers are cleared by the next save.
            let _ = fs::remove_dir_all(&partial);
        })?;
        let synced = sync(&self.folder).and_then(|()| self.folder.parent().map_or(Ok(()), sync));
        synced.map_err(|source| failed(&self.folder, source))?;
        Ok(path)
    }

    /// Removes what a killed process left half written or half removed.
    fn clear_partial(&self) -> std::io::Result<()> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Ok(()) };
        let partial = |path: &PathBuf| path.extension().is_some_and(|extension| extension == PART);
        entries.flatten().map(|entry| entry.path()).filter(partial).try_for_each(fs::remove_dir_all)
    }

    fn fill(
        &self,
        partial: &Path,
        step: u64,
        data: u64,
        score: Option<(String, f64)>,
        state: &TaskState,
    ) -> Result<(), TrainError> {
        let failed = |source| TrainError::Write { path: partial.to_owned(), source };
        fs::create_dir_all(partial).map_err(failed)?;
        let mut files = BTreeMap::new();
        for (name, tensors) in &state.tensors {
            let name = format!("{name}.safetensors");
            let bytes = safetensors_bytes(tensors, &format!("step {step}"));
            write_atomic(&partial.join(&name), &bytes).map_err(failed)?;
            files.insert(name, crc32c::crc32c(&bytes));
        }
        let counters = state.counters.iter().cloned().collect();
        let state = State { format: FORMAT, step, data, score, counters, files };
        let json = serde_json::to_vec_pretty(&state).expect("numbers and strings are JSON");
        write_atomic(&partial.join("state.json"), &json).map_err(failed)
    }

    fn path(&self, step: u64) -> PathBuf {
        self.folder.join(format!("step-{step:08}"))
    }

    /// Steps of the checkpoints, newest last.
    pub fn steps(&self) -> Vec<u64> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let step = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix("step-")?.parse().ok();
        let mut steps: Vec<u64> = entries.flatten().filter_map(step).collect();
        steps.sort_unstable();
        steps
    }

    /// The newest whole checkpoint, and a line for each newer one that is damaged.
    ///
    /// # Errors
    /// A checkpoint was written by another version of this program.
    pub fn newest(&self) -> Result<(Option<Checkpoint>, Vec<String>), TrainError> {
        let mut damaged = Vec::new();
        for step in self.steps().into_iter().rev() {
            match self.load(step) {
                Ok(found) => return Ok((Some(found), damaged)),
                Err(error @ TrainError::Format { .. }) => return Err(error),
                Err(error) => damaged.push(error.to_string()),
            }
        }
        Ok((None, damaged))
    }

    /// The checkpoint of this step, verified by its checksums.
    ///
    /// # Errors
    /// A file is missing, damaged or of another format.
    pub fn load(&self, step: u64) -> Result<Checkpoint, TrainError> {
        let path = self.path(step);
        let state = self.state(step)?;
        let mut task = TaskState { counters: state.counters.clone().into_iter().collect(), ..TaskState::default() };
        for (name, expected) in &state.files {
            let file = path.join(name);
            let bytes = fs::read(&file).map_err(|source| TrainError::Read { path: file.clone(), source })?;
            if crc32c::crc32c(&bytes) != *expected {
                return Err(TrainError::Damaged { path: file, reason: "its checksum is wrong".to_owned() });
            }
            let group = name.trim_end_matches(".safetensors").to_owned();
            task.tensors.push((group, parse_safetensors(&bytes, &file)?.0));
        }
        Ok((state, task))
    }

    fn state(&self, step: u64) -> Result<State, TrainError> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let path = self.path(step).join("state.json");
        let text = fs::read_to_string(&path).map_err(|source| TrainError::Read { path: path.clone(), source })?;
        let damaged = |error: serde_json::Error| TrainError::Damaged { path: path.clone(), reason: error.to_string() };
        let version: Version = serde_json::from_str(&text).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(TrainError::Format { path, found: version.format, known: FORMAT });
        }
        serde_json::from_str(&text).map_err(damaged)
    }

    /// The step with the lowest score, the newest of equals.
    pub fn best(&self) -> Option<(u64, f64)> {
        let scored = self.steps().into_iter().filter_map(|step| Some((step, self.state(step).ok()?.score?.1)));
        scored.reduce(|best, next| if next.1 <= best.1 { next } else { best })
    }

    /// Puts those beyond `step` out of the way under the ending `.damaged`: a run that goes on from `step` could not
    /// read them.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_aside_after(&self, step: u64) -> Result<(), TrainError> {
        for path in self.steps().into_iter().filter(|other| *other > step).map(|step| self.path(step)) {
            let aside = path.with_extension("damaged");
            let moved = remove(&aside).and_then(|()| fs::rename(&path, &aside));
            moved.map_err(|source| TrainError::Write { path, source })?;
        }
        Ok(())
    }

    /// After the checkpoint of `newest` was saved, removes those before it that neither are among the newest, nor a
    /// milestone, nor the best.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn prune(&self, rule: &recipe::Checkpoint, newest: u64) -> Result<(), TrainError> {
        let steps: Vec<u64> = self.steps().into_iter().filter(|step| *step <= newest).collect();
        let best = self.best().map(|(step, _)| step);
        let milestone = |step: u64| rule.milestone > 0 && step.is_multiple_of(rule.milestone as u64);
        let old = steps.len().saturating_sub(rule.keep);
        for step in steps[..old].iter().copied().filter(|step| Some(*step) != best && !milestone(*step)) {
            let path = self.path(step);
            remove(&path).map_err(|source| TrainError::Write { path, source })?;
        }
        self.clear_partial().map_err(|source| TrainError::Write { path: self.folder.clone(), source })
    }
}

/// Removes a folder, which no reader sees in part; a missing one is fine.
fn remove(folder: &Path) -> std::io::Result<()> {
    let partial = folder.with_extension(PART);
    match fs::rename(folder, &partial) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.and_then(|()| fs::remove_dir_all(&partial)),
    }
}

fn sync(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
