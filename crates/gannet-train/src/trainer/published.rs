//! The published weights of another project as the start of a run.

use std::path::{Path, PathBuf};

use gannet_apply::checkpoint::TrainingState;
use gannet_apply::read_network;
use gannet_nn::{AnyNetwork, Recognized, Role};
use gannet_recipe::{Recipe, TaskKind};
use gannet_weights::WeightsError;

use crate::error::TrainError;
use crate::tasks::Task;

/// The groups of a checkpoint that hold a generator and its average: of the only direction, and of CycleGAN's second one.
const GROUPS: [[&str; 2]; 2] = [["generator", "ema"], ["back_generator", "back_ema"]];

/// The network of another project's file.
pub(super) struct PublishedWeights {
    path: PathBuf,
    found: Recognized<AnyNetwork>,
}

impl PublishedWeights {
    /// The network in a file (under `key`, where one is given), which the recipe must train as it is.
    ///
    /// # Errors
    /// The file cannot be read, holds no known network, or one that the recipe does not train; the message says which keys to
    /// set.
    pub(super) fn read(path: &Path, key: Option<&str>, recipe: &Recipe) -> Result<Self, TrainError> {
        let unsuited = |reason: String| WeightsError::Unsuited { path: path.to_owned(), reason };
        let found = read_network(path, key)?;
        let (what, task) = (found.describe(), recipe.task.kind());
        if !matches!(task.role(), Role::Translator | Role::Upscaler | Role::Inpainter | Role::Stylizer) {
            let reason = format!(
                "it is {what}, and task {task} starts from runs alone, as only networks from images to images \
                                  start from files"
            );
            return Err(unsuited(reason).into());
        }
        match recipe.overrides_for(&found.config) {
            Some(overrides) if overrides.is_empty() => Ok(Self { path: path.to_owned(), found }),
            Some(overrides) => {
                let keys: Vec<String> = overrides.iter().map(|text| format!(" --set {text}")).collect();
                let text =
                    format!("it is {what}, and recipe {} trains another network: add{}", recipe.name, keys.concat());
                Err(unsuited(text).into())
            }
            None => {
                let takes = found.config.kind().is_some_and(|kind| task.takes(kind));
                let reason = if takes { "which no settings of a recipe give" } else { "another kind of network" };
                Err(unsuited(format!("it is {what}, {reason}, so task {task} cannot train it")).into())
            }
        }
    }

    /// Puts the weights in the place of a state's generator and its average.
    ///
    /// # Errors
    /// The state has none.
    fn put(self, state: &mut TrainingState, groups: [&str; 2]) -> Result<(), WeightsError> {
        for group in groups {
            let place = state.tensors.iter_mut().find(|(name, _)| name == group);
            let (_, tensors) = place.ok_or_else(|| WeightsError::Unsuited {
                path: self.path.clone(),
                reason: format!("it is {}, and the task has no {group}", self.found.describe()),
            })?;
            tensors.clone_from(&self.found.tensors);
        }
        Ok(())
    }
}

/// What a run starts from.
pub(super) struct Beginning {
    /// The files and their networks, in words.
    pub(super) about: String,
    /// What starts from random weights where a user may not expect it.
    pub(super) warning: Option<&'static str>,
}

/// Starts a task's generators from one file, or the two of a CycleGAN from two: its first direction, then its second. Other
/// networks keep their initial weights.
///
/// # Errors
/// The weights do not fit.
pub(super) fn start(
    task: &mut dyn Task,
    files: Vec<PublishedWeights>,
    kind: TaskKind,
) -> Result<Beginning, TrainError> {
    let mut state = task.state();
    let about = |file: &PublishedWeights| format!("{}: {}", file.path.display(), file.found.describe());
    let about = files.iter().map(about).collect::<Vec<_>>().join(" and ");
    let (count, directions) = (files.len(), if kind == TaskKind::Cyclegan { 2 } else { 1 });
    if count > directions {
        return Err(WeightsError::Fit(format!("task {kind} starts from {directions} file, not {count}")).into());
    }
    files.into_iter().zip(GROUPS).try_for_each(|(file, groups)| file.put(&mut state, groups))?;
    task.restore_networks(state).map_err(|error| WeightsError::Fit(format!("{about}: {error}")))?;
    let warning = if count < directions {
        Some("the second direction starts from random weights: --from A2B.pth,B2A.pth starts both from files")
    } else {
        None
    };
    Ok(Beginning { about, warning })
}
