//! The time of a training step.

use std::time::Instant;

use gannet_data::Batch;
use gannet_ops::device::on_worker;
use gannet_ops::precision::with_precision;
use gannet_recipe::Recipe;

use crate::tasks::Task;

/// Mean seconds of a step of `task`, which is trained on copies of `batch` for about `allowance` seconds, three steps at
/// least.
pub fn step_seconds(task: &mut dyn Task, batch: &Batch, recipe: &Recipe, allowance: f64) -> f64 {
    let mut time = |step: u64| one_step(task, batch, recipe, step);
    // The first step allocates memory or compiles kernels, which later steps reuse.
    time(1);
    // Penalties may be applied in one of so many steps.
    let every = recipe.penalty.every as u64;
    let share = 1.0 / every as f64;
    let start = Instant::now();
    let (mut sum, mut count) = (0.0, 0);
    while count == 0 || start.elapsed().as_secs_f64() < allowance {
        let with_penalty = time(every + 1);
        sum += if every == 1 { with_penalty } else { share * with_penalty + (1.0 - share) * time(2) };
        count += 1;
    }
    sum / f64::from(count)
}

/// Seconds of step `step`.
pub fn one_step(task: &mut dyn Task, batch: &Batch, recipe: &Recipe, step: u64) -> f64 {
    let batches = vec![batch.clone(); recipe.train.batches()];
    let start = Instant::now();
    with_precision(recipe.train.precision.into(), || on_worker(|| task.step(batches, step)));
    start.elapsed().as_secs_f64()
}
