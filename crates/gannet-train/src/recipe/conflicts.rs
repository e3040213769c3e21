//! Values that are allowed alone but not together.

use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::extractors::lenet::LeNet;

use super::RecipeError;
use super::rule::alternatives;
use super::schema::{LossKind, ModelKind, NormKind, Recipe, TaskKind};

/// Refuses a recipe whose values contradict each other.
pub(super) fn refuse(recipe: &Recipe, place: &str) -> Result<(), RecipeError> {
    let rules = [task, size, targets, slope, norm, adversary, milestone];
    let conflict = rules.into_iter().find_map(|rule| rule(recipe));
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

/// The names and weights of the penalties on the gradient that are on.
fn penalties(recipe: &Recipe) -> Vec<&'static str> {
    let penalty = &recipe.penalty;
    let weights = [
        ("penalty.r1", penalty.r1),
        ("penalty.r2", penalty.r2),
        ("penalty.wgan_gp", penalty.wgan_gp),
        ("penalty.dragan", penalty.dragan),
        ("penalty.zero_gp", penalty.zero_gp),
    ];
    weights.into_iter().filter(|(_, weight)| *weight > 0.0).map(|(name, _)| name).collect()
}

fn slope(recipe: &Recipe) -> Option<String> {
    let (penalties, clip) = (penalties(recipe), recipe.penalty.clip);
    if recipe.loss.kind == LossKind::Wasserstein && penalties.is_empty() && clip == 0.0 {
        let remedy = "set penalty.wgan_gp = 10.0, or penalty.clip = 0.01";
        return Some(format!(
            "loss.kind wasserstein is a distance only for a discriminator of bounded slope, and nothing bounds it: {remedy}"
        ));
    }
    let one = penalties.into_iter().find(|name| ["penalty.wgan_gp", "penalty.dragan"].contains(name));
    one.filter(|_| clip > 0.0).map(|name| {
        format!(
            "{name} asks for a gradient of norm 1, which weights cut by penalty.clip cannot have: set one of them to 0"
        )
    })
}

/// The norm-one penalties are on the gradient of each image by itself, which a batch's statistics mix.
fn norm(recipe: &Recipe) -> Option<String> {
    let mixed = recipe.model.kind == ModelKind::Dcgan && recipe.model.norm == NormKind::Batch;
    let one = penalties(recipe).into_iter().find(|name| ["penalty.wgan_gp", "penalty.dragan"].contains(name));
    one.filter(|_| mixed).map(|name| {
        format!(
            "{name} is on the gradient of each image by itself, and model.norm batch mixes a batch's images (Gulrajani et \
             al. 2017, section 4): set model.norm to layer, instance or none"
        )
    })
}

fn adversary(recipe: &Recipe) -> Option<String> {
    let alone = recipe.task == TaskKind::Classify;
    let asked = penalties(recipe).into_iter().chain((recipe.penalty.clip > 0.0).then_some("penalty.clip"));
    let mut asked = asked.chain((recipe.train.discriminator_steps > 1).then_some("train.discriminator_steps"));
    asked.next().filter(|_| alone).map(|name| format!("{name} is for a discriminator, and task classify has none"))
}

fn milestone(recipe: &Recipe) -> Option<String> {
    let (milestone, every) = (recipe.checkpoint.milestone, recipe.checkpoint.every);
    let missed = milestone % every != 0;
    missed.then(|| format!("checkpoint.milestone must be a multiple of checkpoint.every, {every}, not {milestone}"))
}
