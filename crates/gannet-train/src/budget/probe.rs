//! What the parts of a run take on this machine, measured on networks of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use gannet_apply::checkpoint::Checkpoints;
use gannet_data::{Batch, Source};
use gannet_ops::device::kernels;
use gannet_recipe::Recipe;
use gannet_weights::UnfinishedFolder;

use super::costs::Costs;
use crate::build_task::build_task;
use crate::checkpoint_writer::{CheckpointWriter, Progress};
use crate::data_feed::{diagnostic_batch, loader, open_sources, with_classes};
use crate::error::TrainError;
use crate::evaluation::Evaluation;
use crate::tasks::Task;
use crate::timed_steps::step_seconds;

/// Batches whose reading is timed, at most.
const BATCHES: usize = 4;
/// Images of the evaluation that is timed.
const EVALUATED: usize = 256;

/// Times the parts of a run of `recipe`, steps for about `allowance` seconds.
///
/// # Errors
/// The images or the networks are refused, as when a run is created.
pub fn measure(recipe: &Recipe, device: &Device, allowance: f64) -> Result<Costs, TrainError> {
    let (source, held_out) = open_sources(recipe)?;
    let recipe = with_classes(recipe.clone(), source.as_ref());
    let mut task = build_task(&recipe, &source, device)?;
    let (batch, reading, reading_steps) = read(&recipe, &source, allowance)?;
    let observed = diagnostic_batch(&recipe, &source, held_out)?;
    let (evaluation, reference) = evaluation(&recipe, &source, task.as_ref(), device)?;
    Ok(Costs {
        step: step_seconds(task.as_mut(), &batch, &recipe, allowance),
        reading,
        reading_steps,
        preview: seconds(|| task.preview()),
        diagnosis: observed.map_or(0.0, |batch| seconds(|| task.observe(&batch, 1))),
        checkpoint: checkpoint(task.as_mut(), device),
        evaluation,
        reference,
    })
}

/// Seconds that `work` takes.
fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    drop(work());
    start.elapsed().as_secs_f64()
}

/// The first batch, what reading the images of a step takes, and in how many steps images are read. Reading and training
/// share the processor.
fn read(recipe: &Recipe, source: &Arc<dyn Source>, allowance: f64) -> Result<(Batch, f64, usize), TrainError> {
    let mut loader = loader(recipe, source, 0);
    let start = Instant::now();
    let batch = loader.next()?;
    let mut taken = 1;
    while taken < BATCHES && start.elapsed().as_secs_f64() < allowance {
        loader.next()?;
        taken += 1;
    }
    let each = start.elapsed().as_secs_f64() / taken as f64;
    let steps = match (source.in_memory(), loader.keeps_images()) {
        (true, _) => 0,
        (false, true) => source.len().div_ceil(recipe.images_per_step()),
        (false, false) => usize::MAX,
    };
    Ok((batch, each * recipe.train.batches() as f64, steps))
}

/// Seconds of an evaluation, and of its reference images: those of fewer images, in proportion.
fn evaluation(
    recipe: &Recipe,
    source: &Arc<dyn Source>,
    task: &dyn Task,
    device: &Device,
) -> Result<(f64, f64), TrainError> {
    let whole = [recipe.eval.count, recipe.eval.reference_count.min(source.len())];
    let few = whole.map(|count| count.min(EVALUATED));
    let mut small = recipe.clone();
    [small.eval.count, small.eval.reference_count] = few;
    let made = Evaluation::new(&small, source, device).map_err(|error| TrainError::Evaluation(error.to_string()))?;
    let Some(made) = made else { return Ok((0.0, 0.0)) };
    // Errors are those of the run, which reports them.
    let [first, later] = [(); 2].map(|()| seconds(|| made.measure(task)));
    let times = |index: usize| whole[index] as f64 / few[index].max(1) as f64;
    Ok((later * times(0), (first - later).max(0.0) * times(1)))
}

/// Seconds of a checkpoint, which is written into the system's folder of temporary files.
fn checkpoint(task: &mut dyn Task, device: &Device) -> f64 {
    let save = |folder: &Path, task: &mut dyn Task| {
        let score = task.checkpoint_score();
        let progress = Progress { step: 1, data: 0, kernels: kernels(device), score };
        CheckpointWriter::new(Checkpoints::new(folder.join("checkpoints"))).save(progress, &task.state())
    };
    match UnfinishedFolder::create_in(&std::env::temp_dir()) {
        // An error is that of the run, in its own place.
        Ok(folder) => seconds(|| save(folder.path(), task)),
        Err(_) => seconds(|| (task.checkpoint_score(), task.state())),
    }
}
