//! Values that are allowed alone but not together.

use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::extractors::lenet::LeNet;

use super::RecipeError;
use super::rule::alternatives;
use super::schema::{LossKind, ModelKind, Recipe, TaskKind};

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
        (TaskKind::Classify, ModelKind::Lenet) if recipe.data.channels != 1 => {
            Some("model.kind lenet takes grey images: set data.channels = 1".into())
        }
        _ => None,
    }
}

fn size(recipe: &Recipe) -> Option<String> {
    let sizes: &[usize] = match recipe.model.kind {
        ModelKind::Dcgan => &DcganConfig::SIZES,
        ModelKind::Lenet => &[LeNet::SIZE],
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
    let missed = milestone % every != 0;
    missed.then(|| format!("checkpoint.milestone must be a multiple of checkpoint.every, {every}, not {milestone}"))
}
