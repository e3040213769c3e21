//! A recipe's task with fresh networks.

use std::sync::Arc;

use burn::tensor::Device;
use gannet_data::Source;
use gannet_ops::device::compiles;
use gannet_recipe::{PrecisionKind, Recipe, TaskKind};

use crate::data_feed::{classifier_held_out, held_out_images};
use crate::error::TrainError;
use crate::network_memory;
use crate::tasks::{self, Task};

/// The recipe's task with fresh networks, on the training version of `device`.
///
/// # Errors
/// The networks need more memory than there is, or the images do not fit the task.
pub fn build_task(recipe: &Recipe, source: &Arc<dyn Source>, device: &Device) -> Result<Box<dyn Task>, TrainError> {
    if recipe.train.precision != PrecisionKind::F32 && compiles(device) {
        return Err(TrainError::Precision(recipe.train.precision));
    }
    network_memory::check(recipe, device)?;
    let held_out = match recipe.task.kind() {
        TaskKind::Generate => None,
        TaskKind::Classify => Some(classifier_held_out(recipe, source)?),
        _ => held_out_images(recipe)?,
    };
    tasks::build(recipe, source, held_out, &device.clone().autodiff())
}
