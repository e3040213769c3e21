//! Checkpoints of a run, to write; see [`gannet_apply::checkpoint`] for their layout.
//!
//! A checkpoint's folder is filled under another name, synced and renamed; a folder that is removed is renamed first. So a
//! reader sees a complete checkpoint or none. Of old checkpoints the newest `checkpoint.keep` are kept, those of
//! `checkpoint.milestone`, and the one with the best score.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gannet_apply::checkpoint::{Checkpoints, FORMAT, State, TrainingState};
use gannet_recipe::Checkpoint;
use gannet_weights::{safetensors_bytes, write_atomic};

use crate::error::TrainError;

/// The extension of folders that are being written or removed.
const PARTIAL: &str = "part";

/// What a checkpoint says of the run besides its tensors.
pub struct Progress {
    /// Number of training steps.
    pub step: u64,
    /// Fingerprint of the training images.
    pub data: u64,
    /// The kernels of the device that trains; see [`gannet_ops::device::kernels`].
    pub kernels: &'static str,
    /// The checkpoint's score and the name of its measure.
    pub score: Option<(String, f64)>,
}

/// Writes and removes the checkpoints of a run.
#[derive(Debug, Clone)]
pub struct CheckpointWriter {
    checkpoints: Checkpoints,
}

impl CheckpointWriter {
    /// The writer of these checkpoints, whose folder need not exist yet.
    pub fn new(checkpoints: Checkpoints) -> Self {
        Self { checkpoints }
    }

    /// Writes a checkpoint and returns its folder.
    ///
    /// # Errors
    /// Those of the file system. Earlier checkpoints stay.
    pub fn save(&self, progress: Progress, training: &TrainingState) -> Result<PathBuf, TrainError> {
        let (folder, path) = (self.checkpoints.folder(), self.checkpoints.path(progress.step));
        let partial = folder.join(format!("new.{PARTIAL}"));
        self.clear_partial().map_err(TrainError::write(folder))?;
        let written = fill(&partial, progress, training)
            .and_then(|()| remove(&path).and_then(|()| fs::rename(&partial, &path)).map_err(TrainError::write(&path)));
        written.inspect_err(|_| {
            // The first error is the one to report; leftovers are cleared by the next save.
            let _ = fs::remove_dir_all(&partial);
        })?;
        let synced = sync(folder).and_then(|()| folder.parent().map_or(Ok(()), sync));
        synced.map_err(TrainError::write(folder))?;
        Ok(path)
    }

    /// Removes what a killed process left half written or half removed.
    fn clear_partial(&self) -> io::Result<()> {
        let Ok(entries) = fs::read_dir(self.checkpoints.folder()) else { return Ok(()) };
        let partial = |path: &PathBuf| path.extension().is_some_and(|extension| extension == PARTIAL);
        entries.flatten().map(|entry| entry.path()).filter(partial).try_for_each(fs::remove_dir_all)
    }

    /// Renames checkpoints beyond `step` to `*.damaged`: a run that continues from `step` could not read them.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_aside_after(&self, step: u64) -> Result<(), TrainError> {
        let later = self.checkpoints.steps().into_iter().filter(|other| *other > step);
        for path in later.map(|step| self.checkpoints.path(step)) {
            let aside = path.with_extension("damaged");
            let moved = remove(&aside).and_then(|()| fs::rename(&path, &aside));
            moved.map_err(TrainError::write(&path))?;
        }
        Ok(())
    }

    /// After the checkpoint of `newest` was saved, removes earlier ones that are neither among the newest, nor a milestone, nor
    /// the best.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn prune(&self, rule: &Checkpoint, newest: u64) -> Result<(), TrainError> {
        let steps: Vec<u64> = self.checkpoints.steps().into_iter().filter(|step| *step <= newest).collect();
        let best = self.checkpoints.best().map(|(step, _)| step);
        let milestone = |step: u64| rule.milestone > 0 && step.is_multiple_of(rule.milestone as u64);
        let old = steps.len().saturating_sub(rule.keep);
        for step in steps[..old].iter().copied().filter(|step| Some(*step) != best && !milestone(*step)) {
            let path = self.checkpoints.path(step);
            remove(&path).map_err(TrainError::write(&path))?;
        }
        self.clear_partial().map_err(TrainError::write(self.checkpoints.folder()))
    }
}

/// Fills a checkpoint's folder.
fn fill(folder: &Path, progress: Progress, training: &TrainingState) -> Result<(), TrainError> {
    let failed = || TrainError::write(folder);
    fs::create_dir_all(folder).map_err(failed())?;
    let Progress { step, data, kernels, score } = progress;
    let mut files = BTreeMap::new();
    for (name, tensors) in &training.tensors {
        let name = format!("{name}.safetensors");
        let bytes = safetensors_bytes(tensors, &format!("step {step}"));
        write_atomic(&folder.join(&name), &bytes).map_err(failed())?;
        files.insert(name, crc32c::crc32c(&bytes));
    }
    let counters = training.counters.iter().cloned().collect();
    let state = State { format: FORMAT, step, data, kernels: kernels.to_owned(), score, counters, files };
    write_atomic(&folder.join("state.json"), state.to_json().as_bytes()).map_err(failed())
}

/// Removes a folder in such a way that no reader sees a part of it. A missing folder is fine.
fn remove(folder: &Path) -> io::Result<()> {
    let partial = folder.with_extension(PARTIAL);
    match fs::rename(folder, &partial) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.and_then(|()| fs::remove_dir_all(&partial)),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
