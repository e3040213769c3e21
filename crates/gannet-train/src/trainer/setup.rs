//! New runs, and runs that continue.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use gannet_apply::ApplyError;
use gannet_apply::checkpoint::{PRETRAINED, TrainingState};
use gannet_apply::run::RunFolder;
use gannet_data::Source;
use gannet_ops::device::kernels;
use gannet_recipe::{Recipe, changes_allowed_on_resume};

use super::published::{self, PublishedWeights};
use super::rollback::{ROLLBACKS, slowdown};
use super::state::Trainer;
use crate::build_task::build_task;
use crate::checkpoint_writer::Progress;
use crate::data_feed::{
    TrainingImages, data_warnings, diagnostic_batch, input_paths, loader, open_sources, with_absolute_paths,
    with_classes,
};
use crate::doctor::Doctor;
use crate::error::TrainError;
use crate::evaluation::Evaluation;
use crate::run_writer::RunWriter;
use crate::sinks::{Sinks, jsonl, report};
use crate::tasks::Task;

/// So many files are named that stay in a folder whose run is replaced.
const NAMED: usize = 5;

/// The weights that a new run starts from.
enum Start<'a> {
    /// The newest checkpoint of a run.
    Run(&'a Path, TrainingState),
    /// Files of other projects, and the key in them.
    Files(&'a [PathBuf], Option<&'a str>),
}

impl Trainer {
    /// A new run of `recipe` in the folder `path`, on `device` (without gradients).
    ///
    /// # Errors
    /// The folder is occupied (`force` replaces the files of an earlier run, unless the data lie there), or the data do not
    /// fit the recipe.
    pub fn create(recipe: Recipe, path: &Path, force: bool, device: &Device) -> Result<Self, TrainError> {
        Self::create_with(recipe, path, force, None, device)
    }

    /// A new run that starts from the weights of the newest checkpoint of the run `from`, with fresh optimizers.
    ///
    /// # Errors
    /// Those of [`Trainer::create`]; there is no checkpoint, or its networks are others.
    pub fn create_from(
        recipe: Recipe,
        path: &Path,
        force: bool,
        from: &Path,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let run = RunFolder::open(from)?;
        let (found, damaged) = run.newest()?;
        let (_, state) = found.ok_or_else(|| ApplyError::NoCheckpoint { path: from.to_owned() })?;
        let mut trainer = Self::create_with(recipe, path, force, Some(Start::Run(from, state)), device)?;
        trainer.warnings.extend(damaged);
        Ok(trainer)
    }

    /// A new run whose generator starts from the published weights in another project's file; a CycleGAN's generators start
    /// from two, there and back, or the first one from one. Where a file has several networks, `key` says which.
    ///
    /// # Errors
    /// Those of [`Trainer::create`]; a file holds no network that the recipe trains, and the message says which keys to set.
    pub fn create_from_files(
        recipe: Recipe,
        path: &Path,
        force: bool,
        (files, key): (&[PathBuf], Option<&str>),
        device: &Device,
    ) -> Result<Self, TrainError> {
        Self::create_with(recipe, path, force, Some(Start::Files(files, key)), device)
    }

    /// Faults of the data or the weights are found before the folder is created.
    fn create_with(
        recipe: Recipe,
        path: &Path,
        force: bool,
        from: Option<Start>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let mut inputs = input_paths(&recipe);
        let published = match &from {
            Some(Start::Files(files, key)) => {
                files.iter().map(|file| PublishedWeights::read(file, *key, &recipe)).collect()
            }
            _ => Ok(Vec::new()),
        }?;
        let (source, held_out) = open_sources(&recipe)?;
        let recipe = with_classes(recipe, source.as_ref());
        let mut task = build_task(&recipe, &source, device)?;
        let evaluation = evaluation(&recipe, &source, device)?;
        let fresh = from.is_none();
        let mut beginning = None;
        match from {
            Some(Start::Run(run, state)) => {
                inputs.push(run.to_owned());
                task.restore_networks(state)?;
            }
            Some(Start::Files(files, _)) => {
                inputs.extend(files.iter().cloned());
                beginning = Some(published::start(task.as_mut(), published, recipe.task.kind())?);
            }
            None => {}
        }
        let recipe = with_absolute_paths(recipe);
        let run = RunWriter::create(path, force, &inputs)?;
        if !fresh {
            // Killed before its first checkpoint, the run must not start over from random weights.
            let progress = Progress { step: 0, data: source.fingerprint(), kernels: kernels(device), score: None };
            let mut state = task.state();
            state.counters.push((PRETRAINED.to_owned(), 1));
            run.checkpoints().save(progress, &state)?;
        }
        run.write_recipe(&recipe)?;
        let warnings = data_warnings(&recipe, source.as_ref());
        let kept = kept_files(&run);
        let mut trainer = Self::new(recipe, run, (source, held_out), (task, evaluation), device, 0)?;
        trainer.pretrained = !fresh;
        trainer.warnings.extend(warnings.into_iter().chain(kept));
        if let Some(beginning) = beginning {
            trainer.warnings.extend(beginning.warning.map(str::to_owned));
            trainer.beginning = Some(beginning.about);
        }
        Ok(trainer)
    }

    /// Continues the run in the folder `path`, with overrides such as `train.steps=100`. A run that was killed between its last
    /// checkpoint and its film and report has no step left, and gets both.
    ///
    /// # Errors
    /// There is no run, it is finished, an override is not allowed, or the data differ.
    pub fn resume(path: &Path, overrides: &[String], device: &Device) -> Result<Self, TrainError> {
        let run = RunWriter::open(path)?;
        let old = run.folder().recipe(&[])?;
        let recipe = run.folder().recipe(overrides)?;
        changes_allowed_on_resume(&old, &recipe)?;
        let (source, held_out) = open_sources(&recipe)?;
        let (found, damaged) = run.folder().newest()?;
        let steps = recipe.train.steps as u64;
        let step = found.as_ref().map_or(0, |(state, _)| state.step);
        if step >= steps {
            // Killed right after its last checkpoint, a run may still have old ones.
            run.checkpoints().prune(&recipe.checkpoint, step)?;
            if step > steps || report::is_finished(path) {
                return Err(TrainError::Done { step, steps });
            }
        }
        if found.as_ref().is_some_and(|(state, _)| state.data != source.fingerprint()) {
            return Err(TrainError::OtherData { source_path: recipe.data.source });
        }
        let mut task = build_task(&recipe, &source, device)?;
        let evaluation = evaluation(&recipe, &source, device)?;
        let rollbacks = found.as_ref().map_or(0, |(_, state)| state.counter(ROLLBACKS));
        let pretrained = found.as_ref().is_some_and(|(_, state)| state.counter(PRETRAINED) > 0);
        let other_kernels = found.as_ref().and_then(|(state, _)| other_kernels(&state.kernels, device));
        if let Some((_, state)) = found {
            task.restore(state)?;
            task.slow_down(slowdown(rollbacks));
        }
        let recipe = with_absolute_paths(recipe);
        run.checkpoints().set_aside_after(step)?;
        run.write_recipe(&recipe)?;
        let mut trainer = Self::new(recipe, run, (source, held_out), (task, evaluation), device, step)?;
        (trainer.rollbacks, trainer.pretrained) = (rollbacks, pretrained);
        trainer.warnings.extend(damaged.into_iter().chain(other_kernels));
        Ok(trainer)
    }

    fn new(
        recipe: Recipe,
        run: RunWriter,
        (source, held_out): TrainingImages,
        (task, evaluation): (Box<dyn Task>, Option<Evaluation>),
        device: &Device,
        step: u64,
    ) -> Result<Self, TrainError> {
        let folder = run.folder().path();
        let (sinks, repaired) = Sinks::of_run(folder, step)?;
        let metrics = jsonl::read(&jsonl::metrics_path(folder))?;
        Ok(Self {
            diagnostic_batch: diagnostic_batch(&recipe, &source, held_out)?,
            doctor: Doctor::default(),
            rollbacks: 0,
            pretrained: false,
            known_seconds: None,
            beginning: None,
            loader: loader(&recipe, &source, step * recipe.train.batches() as u64),
            recipe,
            run,
            task,
            source,
            sinks,
            evaluation,
            device: device.clone(),
            step,
            earlier_seconds: metrics.last().map_or(0.0, |line| line.seconds),
            warnings: repaired.into_iter().collect(),
            sink_errors: HashSet::new(),
        })
    }
}

/// A line for a checkpoint that was computed by other kernels than those of `device`.
fn other_kernels(before: &str, device: &Device) -> Option<String> {
    let now = kernels(device);
    (before != now).then(|| {
        format!(
            "the checkpoint was computed with {before} kernels, and this start computes with {now}: the run goes on, but its \
             last digits differ from those of an uninterrupted one (GANNET_SIMD and --device choose the kernels)"
        )
    })
}

/// A line about what lay in a folder that was replaced and was not Gannet's.
fn kept_files(run: &RunWriter) -> Option<String> {
    let (folder, names) = (run.folder().path(), run.foreign());
    let first: Vec<String> = names.iter().take(NAMED).map(|name| name.display().to_string()).collect();
    let more = names.len().checked_sub(NAMED + 1).map(|more| format!(" and {} more", more + 1)).unwrap_or_default();
    let text = || format!("kept in {}, because Gannet did not write it: {}{more}", folder.display(), first.join(", "));
    (!names.is_empty()).then(text)
}

fn evaluation(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Option<Evaluation>, TrainError> {
    Evaluation::new(recipe, source, device).map_err(|error| TrainError::Evaluation(error.to_string()))
}
