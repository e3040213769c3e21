//! The folder of a run: what is in it, and who may write there.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use gannet_weights::write_atomic;

use crate::TrainError;
use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::recipe::Recipe;

const RECIPE: &str = "recipe.toml";
const LOCK: &str = "gannet.lock";
const CHECKPOINTS: &str = "checkpoints";

/// A run's folder. It is a run's if and only if it holds `recipe.toml`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

/// The right to write to a run's folder; given back when dropped, also by a killed process.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunFolder {
    /// Makes the folder of a new run. It becomes a run's with [`RunFolder::write_recipe`], which comes last.
    ///
    /// # Errors
    /// The folder exists (and, with `force`, is no run's, so that it is not replaced), is being
    /// trained in, or cannot be written.
    pub fn create(path: &Path, force: bool) -> Result<(Self, RunLock), TrainError> {
        let run = Self { path: path.to_owned() };
        let failed = |source| TrainError::Write { path: path.to_owned(), source };
        run.refuse_occupied(force)?;
        fs::create_dir_all(path).map_err(failed)?;
        let lock = run.lock()?;
        // Another process may have begun a run before this one had the lock.
        run.refuse_occupied(force)?;
        run.clear().map_err(failed)?;
        Ok((run, lock))
    }

    fn refuse_occupied(&self, force: bool) -> Result<(), TrainError> {
        let path = self.path.clone();
        let is_run = self.recipe_path().is_file();
        let free = match fs::read_dir(&path) {
            Ok(entries) => self.is_unfinished(entries),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        match (is_run, force) {
            (true, true) => Ok(()),
            (true, false) => Err(TrainError::Exists { path }),
            (false, _) if free => Ok(()),
            (false, _) => Err(TrainError::Foreign { path }),
        }
    }

    /// Whether the folder is empty, or a process was killed before it had become a run's.
    fn is_unfinished(&self, entries: fs::ReadDir) -> bool {
        let mut names = entries.flatten().map(|entry| entry.file_name()).peekable();
        let known = |name: OsString| [LOCK, CHECKPOINTS, "recipe.toml.part"].iter().any(|known| name == *known);
        names.peek().is_none() || self.path.join(LOCK).is_file() && names.all(known)
    }

    /// The folder of an existing run.
    ///
    /// # Errors
    /// There is no run.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let run = Self { path: path.to_owned() };
        if run.recipe_path().is_file() { Ok(run) } else { Err(TrainError::NoRun { path: path.to_owned() }) }
    }

    /// Takes the right to write.
    ///
    /// # Errors
    /// Another process has it.
    pub fn lock(&self) -> Result<RunLock, TrainError> {
        let path = self.path.join(LOCK);
        let failed = |source| TrainError::Write { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(RunLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(TrainError::Busy { path: self.path.clone() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Removes what an earlier run left, the recipe last: until then the folder stays a run's.
    fn clear(&self) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.path)?.flatten() {
            let name = entry.file_name();
            if name == LOCK || name == RECIPE {
                continue;
            }
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
        if self.recipe_path().exists() { fs::remove_file(self.recipe_path()) } else { Ok(()) }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name: its folder's.
    pub fn name(&self) -> String {
        let name =
            self.path.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        name.unwrap_or_else(|| self.path.display().to_string())
    }

    fn recipe_path(&self) -> PathBuf {
        self.path.join(RECIPE)
    }

    /// The resolved recipe with changes such as `train.steps=100`.
    ///
    /// # Errors
    /// The file cannot be read, is no recipe, or a change is none.
    pub fn recipe(&self, overrides: &[String]) -> Result<Recipe, TrainError> {
        let path = self.recipe_path();
        let text = fs::read_to_string(&path).map_err(|source| TrainError::Read { path: path.clone(), source })?;
        Ok(Recipe::from_toml(&text, &path.display().to_string(), overrides)?)
    }

    /// Replaces the resolved recipe.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_recipe(&self, recipe: &Recipe) -> Result<(), TrainError> {
        let path = self.recipe_path();
        write_atomic(&path, recipe.to_toml().as_bytes()).map_err(|source| TrainError::Write { path, source })
    }

    /// The newest whole checkpoint, none where none was made yet, and a line for each newer one that is damaged.
    ///
    /// # Errors
    /// All are damaged, or one was written by another version of this program.
    pub fn newest(&self) -> Result<(Option<Checkpoint>, Vec<String>), TrainError> {
        match self.checkpoints().newest()? {
            (None, damaged) if !damaged.is_empty() => {
                Err(TrainError::AllDamaged { path: self.path.clone(), damaged: damaged.join("; ") })
            }
            found => Ok(found),
        }
    }

    /// The checkpoints.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.path.join(CHECKPOINTS))
    }
}
