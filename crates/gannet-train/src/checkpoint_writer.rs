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
use gannet_weights::{UnfinishedFolder, remove_folder, remove_unfinished_folders, safetensors_bytes, write_atomic};

use crate::error::TrainError;

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
        remove_unfinished_folders(folder).map_err(TrainError::write(folder))?;
        let unfinished = UnfinishedFolder::create_in(folder).map_err(TrainError::write(folder))?;
        fill(unfinished.path(), progress, training).map_err(TrainError::write(&path))?;
        unfinished.finish(&path).map_err(TrainError::write(&path))?;
        folder.parent().map_or(Ok(()), sync).map_err(TrainError::write(folder))?;
        Ok(path)
    }

    /// Renames checkpoints beyond `step` to `*.damaged`: a run that continues from `step` could not read them.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn set_aside_after(&self, step: u64) -> Result<(), TrainError> {
        let later = self.checkpoints.steps().into_iter().filter(|other| *other > step);
        for path in later.map(|step| self.checkpoints.path(step)) {
            let aside = path.with_extension("damaged");
            let moved = remove_folder(&aside).and_then(|()| fs::rename(&path, &aside));
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
            remove_folder(&path).map_err(TrainError::write(&path))?;
        }
        let folder = self.checkpoints.folder();
        remove_unfinished_folders(folder).map_err(TrainError::write(folder))
    }
}

/// Fills a checkpoint's folder.
fn fill(folder: &Path, progress: Progress, training: &TrainingState) -> io::Result<()> {
    let Progress { step, data, kernels, score } = progress;
    let mut files = BTreeMap::new();
    for (name, tensors) in &training.tensors {
        let name = format!("{name}.safetensors");
        let bytes = safetensors_bytes(tensors, &format!("step {step}"));
        write_atomic(&folder.join(&name), &bytes)?;
        files.insert(name, crc32c::crc32c(&bytes));
    }
    let counters = training.counters.iter().cloned().collect();
    let state = State { format: FORMAT, step, data, kernels: kernels.to_owned(), score, counters, files };
    write_atomic(&folder.join("state.json"), state.to_json().as_bytes())
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}
