//! The folder of a run: what is in it, and who may write there.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use gannet_weights::write_atomic;

use crate::TrainError;
use crate::checkpoint::Checkpoints;
use crate::recipe::Recipe;

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
    /// Makes the folder of a new run and writes its recipe.
    ///
    /// # Errors
    /// The folder exists (and, with `force`, is no run's, so that it is not replaced), is being
    /// trained in, or cannot be written.
    pub fn create(path: &Path, recipe: &Recipe, force: bool) -> Result<(Self, RunLock), TrainError> {
        let run = Self { path: path.to_owned() };
        let failed = |source| TrainError::Write { path: path.to_owned(), source };
        let occupied = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file();
        if occupied && !force {
            return Err(TrainError::Exists { path: path.to_owned() });
        }
        if occupied && !run.recipe_path().is_file() {
            return Err(TrainError::Foreign { path: path.to_owned() });
        }
        fs::create_dir_all(path).map_err(failed)?;
        let lock = run.lock()?;
        if occupied {
            run.clear().map_err(failed)?;
        }
        run.write_recipe(recipe)?;
        Ok((run, lock))
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
        let path = self.path.join("lock");
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
            if name == "lock" || name == "recipe.toml" {
                continue;
            }
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
        Ok(())
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
        self.path.join("recipe.toml")
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

    /// The checkpoints.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.path.join("checkpoints"))
    }
}
