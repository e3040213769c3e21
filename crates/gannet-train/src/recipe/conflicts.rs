//! Values that are allowed alone but not together.

use super::RecipeError;
use super::rule::alternatives;
use super::schema::{LossKind, ModelKind, Recipe, TaskKind};

/// Image sizes that the strides of DCGAN reach.
const DCGAN_SIZES: &[usize] = &[28, 32, 64, 128];
/// The image size of LeNet-5.
const LENET_SIZES: &[usize] = &[32];

/// Refuses a recipe whose values contradict each other.
pub(super) fn refuse(recipe: &Recipe, place: &str) -> Result<(), RecipeError> {
    let conflict = task(recipe).or_else(|| size(recipe)).or_else(|| targets(recipe)).or_else(|| milestone(recipe));
    conflict.map_or(Ok(()), |conflict| Err(RecipeError::Conflict { place: place.to_owned(), conflict }))
}

fn task(recipe: &Recipe) -> Option<String> {
    let kind = recipe.model.kind;
    match (recipe.task, kind) {
        (TaskKind::Generate, ModelKind::Lenet) => {
            Some("model.kind lenet is a classifier: set task = \"classify\", or model.kind to dcgan or mlp".into())
        }
        (TaskKind::Classify, ModelKind::Dcgan | ModelKind::Mlp) => {
            Some(format!("task classify needs a classifier, and model.kind {kind} is none: set model.kind = \"lenet\""))
        }
        (TaskKind::Classify, ModelKind::Lenet) if !recipe.data.labels => {
            Some("task classify needs labelled images: set data.labels = true".into())
        }
        _ => None,
    }
}

fn size(recipe: &Recipe) -> Option<String> {
    let sizes = match recipe.model.kind {
        ModelKind::Dcgan => DCGAN_SIZES,
        ModelKind::Lenet => LENET_SIZES,
        ModelKind::Mlp => return None,
    };
    let (kind, size) = (recipe.model.kind, recipe.data.size);
    let message = || format!("data.size must be {} with model.kind {kind}, not {size}", alternatives(sizes));
    (!sizes.contains(&size)).then(message)
}

fn targets(recipe: &Recipe) -> Option<String> {
    let loss = &recipe.loss;
    let same = loss.kind == LossKind::LeastSquares && loss.a == loss.b;
    same.then(|| {
        format!("loss.a and loss.b are both {}, so fakes and real images would have one target: set them apart", loss.a)
    })
}

fn milestone(recipe: &Recipe) -> Option<String> {
    let (milestone, every) = (recipe.checkpoint.milestone, recipe.checkpoint.every);
    let missed = every > 0 && milestone % every != 0;
    missed.then(|| format!("checkpoint.milestone must be a multiple of checkpoint.every, {every}, not {milestone}"))
}
