//! Values that are allowed alone but not together.

mod translation;

use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::sngan::SnganConfig;
use gannet_nn::augment::{AdaPart, DiffPart};
use gannet_nn::extractors::convnet::ConvNet;
use gannet_nn::extractors::lenet::LeNet;

use self::translation::translate;
use super::RecipeError;
use super::choices::{
    AugmentKind, ConditionKind, ConsistencyKind, GeneratorNormKind, LossKind, ModelKind, NormKind, TaskKind, WeightKind,
};
use super::rule::alternatives;
use super::schema::Recipe;
use crate::tasks::augment::{USUAL_OF_ADA, USUAL_OF_DIFF, parts};

/// Refuses a recipe whose values contradict each other.
pub(super) fn refuse(recipe: &Recipe, place: &str) -> Result<(), RecipeError> {
    let rules = [
        task, size, network, translate, autoencode, condition, augment, targets, slope, norm, weight, energy, entropy,
        batch, adversary, milestone,
    ];
    let conflict = rules.into_iter().find_map(|rule| rule(recipe));
    conflict.map_or(Ok(()), |conflict| Err(RecipeError::Conflict { place: place.to_owned(), conflict }))
}

fn task(recipe: &Recipe) -> Option<String> {
    let kind = recipe.model.kind;
    match (recipe.task, kind) {
        (TaskKind::Generate, ModelKind::Lenet | ModelKind::Convnet) => Some(format!(
            "model.kind {kind} is a classifier: set task = \"classify\", or model.kind to dcgan, sngan, r3gan or mlp"
        )),
        (TaskKind::Translate, kind) if kind.translates() => None,
        (TaskKind::Translate, _) => Some(format!(
            "task translate goes from images to images, and model.kind {kind} does not: set model.kind = \"unet\" or \"resnet\""
        )),
        (_, kind) if kind.translates() => {
            Some(format!("model.kind {kind} goes from images to images: set task = \"translate\""))
        }
        (TaskKind::Autoencode, ModelKind::Lenet | ModelKind::Convnet) => Some(format!(
            "task autoencode needs an architecture that makes images, and model.kind {kind} makes none: set model.kind = \"dcgan\""
        )),
        (TaskKind::Classify, ModelKind::Dcgan | ModelKind::Sngan | ModelKind::R3gan | ModelKind::Mlp) => Some(format!(
            "task classify needs a classifier, and model.kind {kind} is none: set model.kind = \"lenet\" or \"convnet\""
        )),
        (TaskKind::Classify, _) if !recipe.data.labels => {
            Some("task classify needs labelled images: set data.labels = true".into())
        }
        (TaskKind::Classify, ModelKind::Lenet) if recipe.data.channels != 1 => {
            Some("model.kind lenet takes grey images: set data.channels = 1".into())
        }
        (TaskKind::Classify, ModelKind::Convnet) if recipe.data.channels != 3 => {
            Some("model.kind convnet takes colour images: set data.channels = 3".into())
        }
        _ => None,
    }
}

fn size(recipe: &Recipe) -> Option<String> {
    let sizes: &[usize] = match recipe.model.kind {
        ModelKind::Dcgan => &DcganConfig::SIZES,
        ModelKind::Sngan => &SnganConfig::SIZES,
        ModelKind::R3gan => &R3ganConfig::SIZES,
        ModelKind::Lenet => &[LeNet::SIZE],
        ModelKind::Convnet => &[ConvNet::SIZE],
        ModelKind::Unet => &[16, 32, 64, 128, 256, 512],
        ModelKind::Srresnet | ModelKind::Rrdb | ModelKind::Compact => return enlarged(recipe),
        ModelKind::Mlp => return None,
        kind @ (ModelKind::Resnet | ModelKind::Gated | ModelKind::Johnson | ModelKind::Adain) => {
            // Contextual attention halves the image once more.
            let thrice = kind == ModelKind::Adain || kind == ModelKind::Gated && recipe.model.stages > 1;
            let (size, multiple) = (recipe.data.size, if thrice { 8 } else { 4 });
            let message = || format!("data.size must be a multiple of {multiple} with model.kind {kind}, not {size}");
            return (!size.is_multiple_of(multiple)).then(message);
        }
    };
    let (kind, size) = (recipe.model.kind, recipe.data.size);
    let message = || format!("data.size must be {} with model.kind {kind}, not {size}", alternatives(sizes));
    (!sizes.contains(&size)).then(message)
}

/// Images are shrunk to whole pixels, which Real-ESRGAN's network for twice the size makes channels by twos.
fn enlarged(recipe: &Recipe) -> Option<String> {
    let (size, kind, scale) = (recipe.data.size, recipe.model.kind, recipe.upscale.scale);
    let multiple = if kind == ModelKind::Rrdb { 4 } else { scale };
    let message = || {
        format!(
            "data.size must be a multiple of {multiple} with model.kind {kind} and upscale.scale {scale}, not {size}"
        )
    };
    (!size.is_multiple_of(multiple)).then(message)
}

/// Settings of networks that others have not.
fn network(recipe: &Recipe) -> Option<String> {
    let model = &recipe.model;
    let kind = model.kind;
    let (own_weight, own_std) = (kind != ModelKind::R3gan, matches!(kind, ModelKind::Dcgan | ModelKind::Mlp));
    let made = [("model.weight", model.weight), ("model.generator_weight", model.generator_weight)];
    if let Some((key, _)) = made.into_iter().find(|(_, weight)| !own_weight && *weight != WeightKind::Plain) {
        return Some(format!("model.kind r3gan starts its weights by a rule of its own: set {key} = \"plain\""));
    }
    if model.minibatch_std && !own_std {
        return Some(format!(
            "model.minibatch_std is for dcgan and mlp, and model.kind is {kind}: set model.minibatch_std = false"
        ));
    }
    if model.attention > 0 && kind != ModelKind::Sngan {
        return Some(format!("model.attention is for sngan, and model.kind is {kind}: set model.attention = 0"));
    }
    let sides = || (3..recipe.data.size.ilog2()).map(|level| 1 << level);
    if model.attention > 0 && !sides().any(|side: usize| side == model.attention) {
        let sides: Vec<usize> = sides().collect();
        let (own, sides) = (model.attention, alternatives(&sides));
        return Some(format!("no map of model.kind sngan is {own} pixels wide: set model.attention to {sides}"));
    }
    let norms: &[GeneratorNormKind] = match kind {
        ModelKind::Sngan => &[GeneratorNormKind::Batch, GeneratorNormKind::Conditional],
        ModelKind::Dcgan => &[GeneratorNormKind::Batch, GeneratorNormKind::Pixel, GeneratorNormKind::None],
        ModelKind::Unet | ModelKind::Resnet | ModelKind::Srresnet => {
            &[GeneratorNormKind::Batch, GeneratorNormKind::Instance, GeneratorNormKind::None]
        }
        _ => return None,
    };
    let norm = model.generator_norm;
    (!norms.contains(&norm)).then(|| {
        format!("model.generator_norm {norm} is not made for model.kind {kind}: set it to {}", alternatives(norms))
    })
}

/// Settings that the game of a generator of noise has alone, and whether they are asked for.
fn of_generators(recipe: &Recipe) -> [(&'static str, bool); 11] {
    [
        ("condition.kind", recipe.condition.kind != ConditionKind::None),
        ("augment.kind", recipe.augment.kind != AugmentKind::None),
        ("augment.deceive", recipe.augment.deceive),
        ("augment.consistency", recipe.augment.consistency != ConsistencyKind::None),
        ("augment.latent_consistency", recipe.augment.latent_consistency > 0.0),
        ("train.pack", recipe.train.pack > 1),
        ("train.discriminator_steps", recipe.train.discriminator_steps > 1),
        ("penalty.clip", recipe.penalty.clip > 0.0),
        ("penalty.lecam", recipe.penalty.lecam > 0.0),
        ("cosine.share", recipe.cosine.share > 0.0),
        ("loss.kind", matches!(recipe.loss.kind, LossKind::EnergyBased | LossKind::BoundaryEquilibrium)),
    ]
}

/// Settings of autoencoders, and those that such have not.
fn autoencode(recipe: &Recipe) -> Option<String> {
    if recipe.task != TaskKind::Autoencode {
        return None;
    }
    let weights = &recipe.autoencode;
    if weights.features > 0.0 && weights.adversarial == 0.0 {
        return Some(
            "autoencode.features are a discriminator's, and there is none: set autoencode.adversarial above 0".into(),
        );
    }
    if weights.reconstruction == 0.0 && weights.features == 0.0 && weights.adversarial == 0.0 {
        return Some("nothing says what should come of an image: set autoencode.reconstruction above 0".into());
    }
    // Codes of an image should not depend on others.
    let mixed =
        [("model.norm", recipe.model.norm == NormKind::Virtual), ("model.minibatch_std", recipe.model.minibatch_std)];
    let asked = mixed.into_iter().chain(of_generators(recipe)).find(|(_, asked)| *asked);
    asked.map(|(key, _)| format!("{key} is not made for task autoencode: leave it at its default"))
}

/// Classes that are known of, or not.
fn condition(recipe: &Recipe) -> Option<String> {
    let kind = recipe.condition.kind;
    if recipe.condition.invariance > 0.0 && kind != ConditionKind::Info {
        return Some(
            "condition.invariance is of the categories that are made up: set condition.kind = \"info\"".into(),
        );
    }
    if recipe.condition.own && kind != ConditionKind::Info {
        return Some("condition.own is of what is made up: set condition.kind = \"info\"".into());
    }
    if recipe.condition.own && !DcganConfig::SIZES.contains(&recipe.data.size) {
        let sizes = alternatives(&DcganConfig::SIZES);
        return Some(format!("condition.own is DCGAN's network: set data.size to {sizes}"));
    }
    let of_data = !matches!(kind, ConditionKind::None | ConditionKind::Info);
    if of_data && !recipe.data.labels {
        return Some(format!("condition.kind {kind} needs labelled images: set data.labels = true"));
    }
    if !of_data && recipe.model.generator_norm == GeneratorNormKind::Conditional && kind == ConditionKind::None {
        return Some("model.generator_norm conditional needs classes: set condition.kind = \"projection\"".into());
    }
    if kind == ConditionKind::None {
        return None;
    }
    if recipe.train.pack > 1 {
        return Some(format!("condition.kind {kind} is of single images: set train.pack = 1"));
    }
    let energies = matches!(recipe.loss.kind, LossKind::EnergyBased | LossKind::BoundaryEquilibrium);
    energies.then(|| {
        format!(
            "condition.kind {kind} is for discriminators with a logit, and loss.kind {} has none: set condition.kind = \"none\"",
            recipe.loss.kind
        )
    })
}

/// What is done to images that makes no sense with the rest.
fn augment(recipe: &Recipe) -> Option<String> {
    let (augment, kind) = (&recipe.augment, recipe.loss.kind);
    let known = match augment.kind {
        AugmentKind::None => Ok(()),
        AugmentKind::Diff => parts(&augment.policy, &DiffPart::ALL, &USUAL_OF_DIFF).map(drop),
        AugmentKind::Ada => parts(&augment.policy, &AdaPart::ALL, &USUAL_OF_ADA).map(drop),
    };
    if let Err(unknown) = known {
        return Some(unknown);
    }
    let views = augment.consistency != ConsistencyKind::None || augment.latent_consistency > 0.0;
    if recipe.train.pack > 1 && (views || augment.deceive) {
        return Some("augment.consistency and augment.deceive are of single images: set train.pack = 1".into());
    }
    let adapts = augment.target > 0.0 && (augment.kind == AugmentKind::Ada || augment.deceive);
    let no_sign = matches!(
        kind,
        LossKind::RelativisticPairing
            | LossKind::RelativisticAverage
            | LossKind::Wasserstein
            | LossKind::EnergyBased
            | LossKind::BoundaryEquilibrium
    );
    (adapts && no_sign).then(|| {
        format!(
            "augment.target is a mean sign of logits, and those of loss.kind {kind} have no zero that means anything: set \
             augment.target = 0.0, with augment.p for a fixed probability"
        )
    })
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
    let free = penalties.is_empty() && clip == 0.0 && recipe.model.weight != WeightKind::Spectral;
    if recipe.loss.kind == LossKind::Wasserstein && free {
        let remedy = "set penalty.wgan_gp = 10.0, penalty.clip = 0.01, or model.weight = \"spectral\"";
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
    let others = match recipe.model.kind {
        ModelKind::Dcgan => "layer, instance or none",
        kind if kind.translates() => "instance or none",
        _ => return None,
    };
    let mixed = recipe.model.norm == NormKind::Batch;
    let one = penalties(recipe).into_iter().find(|name| ["penalty.wgan_gp", "penalty.dragan"].contains(name));
    one.filter(|_| mixed).map(|name| {
        format!(
            "{name} is on the gradient of each image by itself, and model.norm batch mixes a batch's images (Gulrajani et \
             al. 2017, section 4): set model.norm to {others}"
        )
    })
}

/// A norm after a layer takes the scale of its weight out again, and so does the weight's own.
fn weight(recipe: &Recipe) -> Option<String> {
    let (norm, weight) = (recipe.model.norm, recipe.model.weight);
    if !matches!(weight, WeightKind::Spectral | WeightKind::Normalised) {
        return None;
    }
    let normed = recipe.model.kind == ModelKind::Dcgan || recipe.model.kind.translates();
    if normed && norm != NormKind::None {
        return Some(format!(
            "model.weight {weight} sets the scale of the discriminator's weights, which model.norm {norm} takes out again: \
             set model.norm = \"none\""
        ));
    }
    let clipped = recipe.penalty.clip > 0.0;
    clipped.then(|| {
        format!(
            "penalty.clip cuts learned weights, whose scale does not count with model.weight {weight}: set one of them off"
        )
    })
}

/// What is said of energies, and of nothing else, or not of them.
fn energy(recipe: &Recipe) -> Option<String> {
    let kind = recipe.loss.kind;
    let energies = matches!(kind, LossKind::EnergyBased | LossKind::BoundaryEquilibrium);
    if recipe.loss.pull_away > 0.0 && kind != LossKind::EnergyBased {
        return Some(format!(
            "loss.pull_away is on the codes of an autoencoder, which loss.kind {kind} has not: set loss.kind = \"ebgan\""
        ));
    }
    if energies && recipe.penalty.lecam > 0.0 {
        return Some(format!("penalty.lecam holds logits together, and loss.kind {kind} energies apart: set it to 0"));
    }
    let one = penalties(recipe).into_iter().find(|name| ["penalty.wgan_gp", "penalty.dragan"].contains(name));
    one.filter(|_| energies).map(|name| {
        format!(
            "{name} asks for a slope of 1, and loss.kind {kind} for an energy that is least at real images: set it to 0"
        )
    })
}

/// Options of a loss that are defined for some only.
fn entropy(recipe: &Recipe) -> Option<String> {
    let kind = recipe.loss.kind;
    let entropy = matches!(kind, LossKind::Minimax | LossKind::NonSaturating);
    if recipe.loss.smoothing > 0.0 && !entropy {
        return Some(format!(
            "loss.smoothing moves the target of a probability, which loss.kind {kind} does not aim at: set it to 0{}",
            if kind == LossKind::LeastSquares { ", and loss.b to the target" } else { "" }
        ));
    }
    let compares = matches!(kind, LossKind::RelativisticPairing | LossKind::RelativisticAverage);
    (compares && recipe.train.top_k < 1.0).then(|| {
        format!("train.top_k leaves fakes out, and loss.kind {kind} compares each with a real image: set it to 1.0")
    })
}

fn batch(recipe: &Recipe) -> Option<String> {
    let (batch, pack) = (recipe.train.batch, recipe.train.pack);
    (!batch.is_multiple_of(pack)).then(|| format!("train.batch must be a multiple of train.pack, {pack}, not {batch}"))
}

fn adversary(recipe: &Recipe) -> Option<String> {
    let alone = match recipe.task {
        TaskKind::Generate => false,
        TaskKind::Classify => true,
        TaskKind::Translate => recipe.translate.adversarial == 0.0,
        TaskKind::Autoencode => recipe.autoencode.adversarial == 0.0,
    };
    if recipe.task == TaskKind::Classify && recipe.eval.every > 0 {
        return Some("eval.every judges generated images, and task classify makes none: set it to 0".into());
    }
    let (loss, penalty, train) = (&recipe.loss, &recipe.penalty, &recipe.train);
    let others = [
        ("penalty.clip", penalty.clip > 0.0),
        ("penalty.lecam", penalty.lecam > 0.0),
        ("penalty.orthogonal", penalty.orthogonal > 0.0),
        ("loss.feature_matching", loss.feature_matching > 0.0),
        ("train.discriminator_steps", train.discriminator_steps > 1),
        ("train.pack", train.pack > 1),
        ("train.instance_noise", train.instance_noise > 0.0),
        ("train.top_k", train.top_k < 1.0),
        ("condition.kind", recipe.condition.kind != ConditionKind::None),
        ("augment.kind", recipe.augment.kind != AugmentKind::None),
    ];
    let others = others.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name);
    penalties(recipe)
        .into_iter()
        .chain(others)
        .next()
        .filter(|_| alone)
        .map(|name| format!("{name} is for a discriminator, and this task {} has none", recipe.task))
}

fn milestone(recipe: &Recipe) -> Option<String> {
    let (milestone, every) = (recipe.checkpoint.milestone, recipe.checkpoint.every);
    let missed = milestone % every != 0;
    missed.then(|| format!("checkpoint.milestone must be a multiple of checkpoint.every, {every}, not {milestone}"))
}
