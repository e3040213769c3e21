//! The folder of a run, to read. `gannet-train` creates and writes it.

use std::fs;
use std::path::{Path, PathBuf};

use gannet_recipe::{RUN_FORMAT_KEY, Recipe};
use gannet_weights::read_text;

use crate::checkpoint::{Checkpoint, Checkpoints, PRETRAINED, TrainingState};
use crate::checkpoint_choice::CheckpointChoice;
use crate::error::ApplyError;

/// The file that makes a folder a run's.
pub const RECIPE_FILE: &str = "recipe.toml";
/// The folder of the checkpoints.
pub const CHECKPOINTS_FOLDER: &str = "checkpoints";
/// The version of a run's folder that this program writes and reads.
pub const RUN_FORMAT: i64 = 2;

/// A run's folder. A folder is a run's if and only if it holds `recipe.toml`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

/// What a checkpoint of a run holds.
pub struct LoadedCheckpoint {
    /// Number of training steps.
    pub step: u64,
    /// Its tensors and counters.
    pub state: TrainingState,
    /// A line for each newer checkpoint that is damaged, where the newest was asked for, and one where the network is barely
    /// trained.
    pub warnings: Vec<String>,
}

impl RunFolder {
    /// The folder at `path`, whether it is a run's or not yet.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The folder of an existing run.
    ///
    /// # Errors
    /// There is no run, or the folder cannot be read.
    pub fn open(path: &Path) -> Result<Self, ApplyError> {
        if Self::is_run(path)? { Ok(Self::at(path)) } else { Err(ApplyError::NoRun { path: path.to_owned() }) }
    }

    /// Whether the folder at `path` is a run's.
    ///
    /// # Errors
    /// The folder cannot be read, so that nobody can say.
    pub fn is_run(path: &Path) -> Result<bool, ApplyError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let recipe = path.join(RECIPE_FILE);
        match fs::metadata(&recipe) {
            Ok(found) => Ok(found.is_file()),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
            Err(source) => Err(ApplyError::Read { path: recipe, source }),
        }
    }

    /// Whether the recipe has a run's format in its first line, of whatever version: only Gannet writes that.
    ///
    /// # Errors
    /// The recipe cannot be read.
    pub fn has_format(&self) -> Result<bool, ApplyError> {
        let path = self.recipe_path();
        let bytes = fs::read(&path).map_err(|source| ApplyError::Read { path, source })?;
        Ok(format_and_rest(&String::from_utf8_lossy(&bytes)).0.is_some())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the resolved recipe.
    pub fn recipe_path(&self) -> PathBuf {
        self.path.join(RECIPE_FILE)
    }

    /// The run's name: the name of its folder.
    pub fn name(&self) -> String {
        let absolute = self.path.canonicalize().ok();
        let name = absolute.and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        name.unwrap_or_else(|| self.path.display().to_string())
    }

    /// The resolved recipe with overrides such as `train.steps=100`.
    ///
    /// # Errors
    /// The file cannot be read, was written by another version of Gannet, or is no recipe; an override is invalid.
    pub fn recipe(&self, overrides: &[String]) -> Result<Recipe, ApplyError> {
        let text = self.recipe_toml()?;
        Ok(Recipe::from_toml(&text, &self.recipe_path().display().to_string(), overrides)?)
    }

    /// The resolved recipe as TOML, after the run's format was checked.
    fn recipe_toml(&self) -> Result<String, ApplyError> {
        let path = self.recipe_path();
        let text = read_text(&path).map_err(|source| ApplyError::Read { path: path.clone(), source })?;
        without_format(&text, &path)
    }

    /// The checkpoints.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.path.join(CHECKPOINTS_FOLDER))
    }

    /// The newest complete checkpoint, if there is one, and a line for each newer one that is damaged.
    ///
    /// # Errors
    /// All are damaged, or the run or a checkpoint was written by another version of Gannet.
    pub fn newest(&self) -> Result<(Option<Checkpoint>, Vec<String>), ApplyError> {
        self.recipe_toml()?;
        self.newest_of_this_format()
    }

    /// [`RunFolder::newest`] of a run whose format was checked.
    fn newest_of_this_format(&self) -> Result<(Option<Checkpoint>, Vec<String>), ApplyError> {
        match self.checkpoints().newest()? {
            (None, damaged) if !damaged.is_empty() => {
                Err(ApplyError::AllDamaged { path: self.path.clone(), damaged: damaged.join("; ") })
            }
            found => Ok(found),
        }
    }

    /// Loads a checkpoint.
    ///
    /// # Errors
    /// There is no such checkpoint, it is damaged, or the run was written by another version of Gannet.
    pub fn load(&self, choice: CheckpointChoice) -> Result<LoadedCheckpoint, ApplyError> {
        let recipe = self.recipe(&[])?;
        let mut loaded = self.chosen(choice)?;
        if loaded.state.counter(PRETRAINED) == 0 {
            loaded.warnings.extend(recipe.barely_trained(loaded.step));
        }
        Ok(loaded)
    }

    /// [`RunFolder::load`] of a run whose recipe was read.
    fn chosen(&self, choice: CheckpointChoice) -> Result<LoadedCheckpoint, ApplyError> {
        let checkpoints = self.checkpoints();
        let step = match choice {
            CheckpointChoice::Newest => {
                let (found, warnings) = self.newest_of_this_format()?;
                let (state, training) = found.ok_or_else(|| ApplyError::NoCheckpoint { path: self.path.clone() })?;
                return Ok(LoadedCheckpoint { step: state.step, state: training, warnings });
            }
            CheckpointChoice::Best => checkpoints.best().map(|(step, _)| step),
            CheckpointChoice::Step(step) => checkpoints.steps().contains(&step).then_some(step),
        };
        let Some(step) = step else {
            let steps: Vec<String> = checkpoints.steps().iter().map(u64::to_string).collect();
            return Err(ApplyError::NoSuchCheckpoint { path: self.path.clone(), choice, steps: steps.join(", ") });
        };
        Ok(LoadedCheckpoint { step, state: checkpoints.load(step)?.1, warnings: Vec::new() })
    }
}

/// The text of a run's `recipe.toml` for `recipe`.
pub fn recipe_text(recipe: &Recipe) -> String {
    format!("{RUN_FORMAT_KEY} = {RUN_FORMAT}\n{}", recipe.to_toml())
}

/// The recipe in the text of a run's `recipe.toml`, after its format was checked.
fn without_format(text: &str, path: &Path) -> Result<String, ApplyError> {
    match format_and_rest(text) {
        (Some(RUN_FORMAT), rest) => Ok(rest.to_owned()),
        (found, _) => {
            let folder = path.parent().unwrap_or(path).to_owned();
            Err(ApplyError::RunFormat { path: folder, found: found.unwrap_or(1), known: RUN_FORMAT })
        }
    }
}

/// The format in the first line, and the lines below it.
fn format_and_rest(text: &str) -> (Option<i64>, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let format = first.split_once('=').filter(|(key, _)| key.trim() == RUN_FORMAT_KEY);
    (format.and_then(|(_, format)| format.trim().parse().ok()), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_an_older_version_is_refused_with_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunFolder::at(folder.path());
        fs::write(run.recipe_path(), "name = \"digits\"\ntask = \"generate\"\n").unwrap();
        let message = run.recipe(&[]).unwrap_err().to_string();
        assert!(message.contains("an older version of Gannet (run format 1, this version reads 2)"), "{message}");
        let recipe = Recipe::default();
        fs::write(run.recipe_path(), recipe_text(&recipe)).unwrap();
        assert_eq!(run.recipe(&[]).unwrap(), recipe);
    }
}
