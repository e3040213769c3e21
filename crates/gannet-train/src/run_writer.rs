//! The folder of a run, to create and to write; see [`gannet_apply::run`].

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use gannet_apply::ApplyError;
use gannet_apply::run::{CHECKPOINTS_FOLDER, RunFolder, recipe_text};
use gannet_recipe::Recipe;
use gannet_weights::{is_unfinished, write_atomic};

use crate::checkpoint_writer::CheckpointWriter;
use crate::error::TrainError;
use crate::run_files::{LOCK, RunFiles};

/// The right to write to a run's folder. It ends when it is dropped or the process ends.
#[derive(Debug)]
pub struct RunWriter {
    run: RunFolder,
    foreign: Vec<PathBuf>,
    _lock: File,
}

impl RunWriter {
    /// Creates the folder of a new run. It becomes a run's with [`RunWriter::write_recipe`], which comes last. With `force`
    /// the files of an earlier run in this folder are removed, and nothing else that lies there.
    ///
    /// # Errors
    /// The folder exists (and, with `force`, is no run's, so that it is not replaced), one of the `inputs` lies in it, it is in
    /// use by another process, or cannot be read or written.
    pub fn create(path: &Path, force: bool, inputs: &[PathBuf]) -> Result<Self, TrainError> {
        refuse_occupied(path, force)?;
        refuse_inputs_inside(path, inputs)?;
        fs::create_dir_all(path).map_err(TrainError::write(path))?;
        let run = RunFolder::at(path);
        let lock = lock(&run)?;
        // Another process may have started a run before this one had the lock.
        refuse_occupied(path, force)?;
        let foreign = clear(&run)?;
        Ok(Self { run, foreign, _lock: lock })
    }

    /// Locks the folder of an existing run.
    ///
    /// # Errors
    /// There is no run, or another process writes to it.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let run = RunFolder::open(path)?;
        let lock = lock(&run)?;
        Ok(Self { run, foreign: Vec::new(), _lock: lock })
    }

    /// What lay in a folder that was replaced and is not a run's, relative to the folder: it is still there.
    pub fn foreign(&self) -> &[PathBuf] {
        &self.foreign
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

/// Refuses a folder that no new run may take, as [`crate::Trainer::create`] does.
///
/// # Errors
/// The folder exists (and, with `force`, is no run's), or cannot be read.
pub fn refuse_occupied(path: &Path, force: bool) -> Result<(), TrainError> {
    let free = match fs::read_dir(path) {
        Ok(entries) => is_unfinished_run(path, entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => false,
        Err(source) => return Err(ApplyError::Read { path: path.to_owned(), source }.into()),
    };
    match (RunFolder::is_run(path)? && RunFolder::at(path).has_format()?, force) {
        (true, true) => Ok(()),
        (true, false) => Err(TrainError::Exists { path: path.to_owned() }),
        (false, _) if free => Ok(()),
        (false, _) => Err(TrainError::Foreign { path: path.to_owned() }),
    }
}

/// Whether the folder is empty, or a process was killed before the folder had become a run's.
fn is_unfinished_run(path: &Path, entries: fs::ReadDir) -> bool {
    let mut names = entries.flatten().map(|entry| entry.file_name()).peekable();
    let known = |name: OsString| name == LOCK || name == CHECKPOINTS_FOLDER || is_unfinished(&name);
    names.peek().is_none() || path.join(LOCK).is_file() && names.all(known)
}

/// A run that is replaced must not be what the new one reads, whatever links lead there.
fn refuse_inputs_inside(path: &Path, inputs: &[PathBuf]) -> Result<(), TrainError> {
    let Ok(run) = path.canonicalize() else { return Ok(()) };
    let is_inside = |input: &&PathBuf| input.canonicalize().is_ok_and(|input| input.starts_with(&run));
    match inputs.iter().find(is_inside) {
        Some(input) => Err(TrainError::InputInside { path: path.to_owned(), input: input.clone() }),
        None => Ok(()),
    }
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

/// Removes what an earlier run left, the recipe last: until then the folder stays a run's. Returns what is not the run's.
fn clear(run: &RunFolder) -> Result<Vec<PathBuf>, TrainError> {
    let path = run.path();
    let files = RunFiles::list(path).map_err(TrainError::write(path))?;
    if let Some(inside) = files.foreign_in_checkpoint() {
        return Err(TrainError::ForeignInCheckpoint { path: path.join(inside) });
    }
    files.remove().map_err(TrainError::write(path))?;
    match fs::remove_file(run.recipe_path()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(TrainError::write(path)(error)),
        _ => Ok(files.foreign),
    }
}
