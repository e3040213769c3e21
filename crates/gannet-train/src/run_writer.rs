//! The folder of a run, to create and to write; see [`gannet_apply::run`].

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use gannet_apply::run::{CHECKPOINTS_FOLDER, RECIPE_FILE, RunFolder, recipe_text};
use gannet_recipe::Recipe;
use gannet_weights::write_atomic;

use crate::checkpoint_writer::CheckpointWriter;
use crate::error::TrainError;

const LOCK: &str = "gannet.lock";

/// The right to write to a run's folder. It ends when it is dropped or the process ends.
#[derive(Debug)]
pub struct RunWriter {
    run: RunFolder,
    _lock: File,
}

impl RunWriter {
    /// Creates the folder of a new run. It becomes a run's with [`RunWriter::write_recipe`], which comes last.
    ///
    /// # Errors
    /// The folder exists (and, with `force`, is no run's, so that it is not replaced), is in use by another process, or cannot
    /// be written.
    pub fn create(path: &Path, force: bool) -> Result<Self, TrainError> {
        refuse_occupied(path, force)?;
        fs::create_dir_all(path).map_err(TrainError::write(path))?;
        let run = RunFolder::at(path);
        let lock = lock(&run)?;
        // Another process may have started a run before this one had the lock.
        refuse_occupied(path, force)?;
        clear(&run).map_err(TrainError::write(path))?;
        Ok(Self { run, _lock: lock })
    }

    /// Locks the folder of an existing run.
    ///
    /// # Errors
    /// There is no run, or another process writes to it.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let lock = lock(&run)?;
        Ok(Self { run, _lock: lock })
    }

    /// The folder, to read.
    pub fn folder(&self) -> &RunFolder {
        &self.run
    }

    /// Replaces the resolved recipe.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_recipe(&self, recipe: &Recipe) -> Result<(), TrainError> {
        let path = self.run.recipe_path();
        write_atomic(&path, recipe_text(recipe).as_bytes()).map_err(TrainError::write(&path))
    }

    /// The checkpoints, to write.
    pub fn checkpoints(&self) -> CheckpointWriter {
        CheckpointWriter::new(self.run.checkpoints())
    }
}

fn refuse_occupied(path: &Path, force: bool) -> Result<(), TrainError> {
    let free = match fs::read_dir(path) {
        Ok(entries) => is_unfinished(path, entries),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    match (RunFolder::is_run(path), force) {
        (true, true) => Ok(()),
        (true, false) => Err(TrainError::Exists { path: path.to_owned() }),
        (false, _) if free => Ok(()),
        (false, _) => Err(TrainError::Foreign { path: path.to_owned() }),
    }
}

/// Whether the folder is empty, or a process was killed before the folder had become a run's.
fn is_unfinished(path: &Path, entries: fs::ReadDir) -> bool {
    let mut names = entries.flatten().map(|entry| entry.file_name()).peekable();
    let known = |name: OsString| [LOCK, CHECKPOINTS_FOLDER, "recipe.toml.part"].iter().any(|known| name == *known);
    names.peek().is_none() || path.join(LOCK).is_file() && names.all(known)
}

fn lock(run: &RunFolder) -> Result<File, TrainError> {
    let path = run.path().join(LOCK);
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(TrainError::write(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(TrainError::Busy { path: run.path().to_owned() }),
        Err(TryLockError::Error(source)) => Err(TrainError::Write { path, source }),
    }
}

/// Removes what an earlier run left, the recipe last: until then the folder stays a run's.
fn clear(run: &RunFolder) -> std::io::Result<()> {
    for entry in fs::read_dir(run.path())?.flatten() {
        let name = entry.file_name();
        if name == LOCK || name == RECIPE_FILE {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    if run.recipe_path().exists() { fs::remove_file(run.recipe_path()) } else { Ok(()) }
}
