//! Values that are allowed alone but not together. What a family can say of its own kinds is asked of it: a network or
//! a discriminator by its `check`, a loss by its [`Needs`](gannet_objectives::losses::Needs).

use gannet_choice::Choice;
use gannet_data::DegradationKind;
use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::{AugmentKind, ConditionKind, GeneratorNormKind, NetworkKind, NormKind, WeightKind};
use gannet_objectives::losses::LossKind;
use gannet_objectives::penalties::PenaltyKind;

use crate::choices::ConsistencyKind;
use crate::recipe::Recipe;
use crate::scope::Scope;
use crate::task::Task;
use crate::task_kind::TaskKind;
use crate::terms::SMALLEST_STYLE_SIDE as SMALLEST;

/// Whether values contradict each other; which do, and what to set.
type Conflict = (bool, String);

/// The first contradiction, if there is one.
pub(crate) fn find(recipe: &Recipe) -> Option<String> {
    let rules = [images, outputs, autoencode, condition, augment, losses, slopes, weights, options, numbers];
    let mut conflicts = rules.into_iter().flat_map(|rules| rules(recipe));
    networks(recipe).or_else(|| conflicts.find(|(contradicts, _)| *contradicts).map(|(_, conflict)| conflict))
}

fn networks(recipe: &Recipe) -> Option<String> {
    let discriminator = || recipe.model.discriminator.check(&recipe.discriminator_settings()).err();
    let network = recipe.model.kind.check(&recipe.network_settings()).err();
    network.or_else(|| Scope::of(recipe).is_image_to_image().then(discriminator).flatten())
}

fn images(recipe: &Recipe) -> Vec<Conflict> {
    let (task, data) = (recipe.task.kind(), &recipe.data);
    let (small, style) = (data.size < SMALLEST, recipe.style_weights().is_some());
    let perceptual = recipe.perceptual_weight() > 0.0 && (small || data.channels != 3);
    vec![
        (task == TaskKind::Classify && !data.labels, "task classify needs labels: set data.labels = true".into()),
        (style && small, format!("task {task} needs larger images: set data.size = {SMALLEST} or more")),
        (
            perceptual,
            format!("{task}.perceptual needs larger color images: set data.channels = 3 and data.size = {SMALLEST}"),
        ),
    ]
}

/// Image-to-image tasks: a loss must say what an output should look like, and dropout is in inner layers of the U-Net.
fn outputs(recipe: &Recipe) -> Vec<Conflict> {
    let (task, kind) = (recipe.task.kind(), recipe.model.kind);
    let wanted = matches!(recipe.task, Task::Pix2pix(_) | Task::Upscale(_) | Task::Inpaint(_));
    let size = 1 << (UnetConfig::FIRST_NOISY + 2);
    let milder = matches!(&recipe.task, Task::Upscale(own)
        if own.degradation_strength < 1.0 && own.degradation != DegradationKind::Real);
    let (pixel, side) = (recipe.pixel_loss(), recipe.pixel_loss().smallest_side());
    vec![
        (
            recipe.data.size < side,
            format!("{task}.pixel {pixel} compares images at three scales: set data.size = {side} or more"),
        ),
        (milder, "upscale.degradation_strength is for random degradations: set upscale.degradation = \"real\"".into()),
        (
            recipe.dropout() && kind != NetworkKind::Unet,
            format!("pix2pix.dropout is for unet, not {kind}: set pix2pix.dropout = false"),
        ),
        (
            recipe.dropout() && recipe.data.size < size,
            format!("pix2pix.dropout needs more layers: set data.size = {size} or more"),
        ),
        (
            wanted && recipe.pixel_weight() == 0.0 && !recipe.has_discriminator(),
            format!("{task}.adversarial and {task}.l1 are 0, and nothing is learned: set one above 0"),
        ),
    ]
}

fn autoencode(recipe: &Recipe) -> Vec<Conflict> {
    let Task::Autoencode(own) = &recipe.task else { return Vec::new() };
    let alone = !recipe.has_discriminator();
    vec![
        (
            own.features > 0.0 && alone,
            "autoencode.features needs a discriminator: set autoencode.adversarial above 0".into(),
        ),
        (
            own.reconstruction == 0.0 && own.features == 0.0 && alone,
            "nothing compares images with reconstructions: set autoencode.reconstruction above 0".into(),
        ),
        (recipe.model.norm == NormKind::Virtual, "model.norm virtual mixes codes: leave it at its default".into()),
    ]
}

fn condition(recipe: &Recipe) -> Vec<Conflict> {
    let (condition, loss) = (&recipe.condition, recipe.loss.kind);
    let (kind, sizes) = (condition.kind, NetworkKind::Dcgan.sizes());
    let (on, info) = (kind != ConditionKind::None, kind == ConditionKind::Info);
    let of_info = |key: &str| format!("{key} is for the codes of an InfoGAN: set condition.kind = \"info\"");
    vec![
        (condition.iic_weight > 0.0 && !info, of_info("condition.iic_weight")),
        (condition.q_network && !info, of_info("condition.q_network")),
        (
            condition.q_network && !sizes.contains(recipe.data.size),
            format!("condition.q_network is DCGAN's network: set data.size to {sizes}"),
        ),
        (on && !info && !recipe.data.labels, format!("condition.kind {kind} needs labels: set data.labels = true")),
        (
            !on && recipe.model.generator_norm == GeneratorNormKind::Conditional,
            "model.generator_norm conditional needs classes: set condition.kind = \"projection\"".into(),
        ),
        (on && recipe.train.pack > 1, format!("condition.kind {kind} is for single images: set train.pack = 1")),
        (
            on && loss.needs().energy.is_some(),
            format!("condition.kind {kind} needs logits, and loss.kind {loss} has none: set condition.kind = \"none\""),
        ),
    ]
}

fn augment(recipe: &Recipe) -> Vec<Conflict> {
    let (augment, loss) = (&recipe.augment, recipe.loss.kind);
    let unknown = match augment.kind {
        AugmentKind::None => None,
        AugmentKind::Diff => augment.diff_parts().err(),
        AugmentKind::Ada => augment.ada_parts().err(),
    };
    let views = augment.consistency != ConsistencyKind::None || augment.latent_consistency > 0.0;
    vec![
        (unknown.is_some(), unknown.unwrap_or_default()),
        (
            recipe.train.pack > 1 && (views || augment.deceive),
            "augment.consistency and augment.deceive need single images: set train.pack = 1".into(),
        ),
        (
            augment.adapts() && !loss.needs().signed_logits,
            format!(
                "augment.target is a mean sign of logits, and with loss.kind {loss} their sign means nothing: set \
                 augment.target = 0.0, with augment.p for a fixed probability"
            ),
        ),
    ]
}

fn losses(recipe: &Recipe) -> Vec<Conflict> {
    let (task, loss) = (recipe.task.kind(), &recipe.loss);
    let (kind, needs) = (loss.kind, loss.kind.needs());
    let target = if kind == LossKind::LeastSquares { ", and loss.b to the target" } else { "" };
    vec![
        (
            needs.energy.is_some() && task != TaskKind::Generate,
            format!("loss.kind {kind} is for task generate, not {task}: leave it at its default"),
        ),
        (
            kind == LossKind::LeastSquares && loss.a == loss.b,
            format!("loss.a and loss.b are both {}, for generated and real images: set them apart", loss.a),
        ),
        (
            loss.pull_away > 0.0 && kind != LossKind::EnergyBased,
            format!("loss.pull_away is for loss.kind ebgan, not {kind}: set loss.kind = \"ebgan\""),
        ),
        (
            loss.smoothing > 0.0 && !needs.label_smoothing,
            format!("loss.smoothing is for cross-entropy losses, not {kind}: set it to 0{target}"),
        ),
        (
            needs.real_logits && recipe.train.top_k < 1.0,
            format!("train.top_k omits images that {kind} compares with real ones: set it to 1.0"),
        ),
    ]
}

/// The keys of the gradient penalties that are on, and whether each asks for a gradient of norm 1.
fn penalties(recipe: &Recipe) -> Vec<(String, bool)> {
    let on = PenaltyKind::ALL.iter().filter(|kind| recipe.penalty.weight(**kind) > 0.0);
    on.map(|kind| (format!("penalty.{}", kind.word().replace('-', "_")), kind.target_norm() > 0.0)).collect()
}

/// What bounds the discriminator's slope, and what contradicts a penalty towards a gradient of norm 1: that is on each
/// image's own gradient, and batch norm mixes images (Gulrajani et al. 2017, arXiv:1704.00028, section 4).
fn slopes(recipe: &Recipe) -> Vec<Conflict> {
    let (loss, clip, model, scope) = (recipe.loss.kind, recipe.penalty.clip, &recipe.model, Scope::of(recipe));
    let penalties = penalties(recipe);
    let free = penalties.is_empty() && clip == 0.0 && model.weight != WeightKind::Spectral;
    let others = if scope.is_image_to_image() { "instance or none" } else { "layer, instance or none" };
    let unit = penalties.iter().find(|(_, unit)| *unit).map_or("", |(key, _)| key);
    let (on, energies) = (!unit.is_empty(), loss.needs().energy.is_some());
    vec![
        (
            loss.needs().bounded_slope && free,
            format!(
                "loss.kind {loss} is a distance only for a discriminator of bounded slope, and nothing bounds it: set \
                 penalty.wgan_gp = 10.0, penalty.clip = 0.01, or model.weight = \"spectral\""
            ),
        ),
        (
            on && clip > 0.0,
            format!("{unit} wants a gradient of norm 1, and penalty.clip prevents it: set one of them to 0"),
        ),
        (
            on && scope.reads("model.norm") && model.norm == NormKind::Batch,
            format!(
                "{unit} is on each image's own gradient, and model.norm batch mixes images: set model.norm to {others}"
            ),
        ),
        (
            on && energies,
            format!(
                "{unit} wants a slope of 1, and loss.kind {loss} an energy that is least at real images: set it to 0"
            ),
        ),
        (
            energies && recipe.penalty.lecam > 0.0,
            format!("penalty.lecam keeps logits together, and loss.kind {loss} energies apart: set it to 0"),
        ),
    ]
}

/// A norm after a layer undoes the scale that spectral and weight normalization set, and so does clipping.
fn weights(recipe: &Recipe) -> Vec<Conflict> {
    let (norm, weight) = (recipe.model.norm, recipe.model.weight);
    let scaled = matches!(weight, WeightKind::Spectral | WeightKind::WeightNorm);
    let normalized = Scope::of(recipe).reads("model.norm") && norm != NormKind::None;
    vec![
        (
            scaled && normalized,
            format!("model.norm {norm} undoes the scale that model.weight {weight} sets: set model.norm = \"none\""),
        ),
        (
            scaled && recipe.penalty.clip > 0.0,
            format!("penalty.clip cannot act on weights that model.weight {weight} rescales: set one of them off"),
        ),
    ]
}

/// Settings of a discriminator, where there is none.
fn options(recipe: &Recipe) -> Vec<Conflict> {
    let (task, train) = (recipe.task.kind(), &recipe.train);
    let others = [
        ("penalty.orthogonal", recipe.penalty.orthogonal > 0.0),
        ("loss.feature_matching", recipe.loss.feature_matching > 0.0),
        ("train.instance_noise", train.instance_noise > 0.0),
        ("train.top_k", train.top_k < 1.0),
    ];
    let keys = penalties(recipe).into_iter().map(|(key, _)| (key, true));
    let keys = keys.chain(others.map(|(key, on)| (key.to_owned(), on)));
    let message = |key| format!("{key} is for a discriminator, and there is none: set {task}.adversarial above 0");
    keys.map(|(key, on)| (on && !recipe.has_discriminator(), message(key))).collect()
}

fn numbers(recipe: &Recipe) -> Vec<Conflict> {
    let (batch, pack, checkpoint) = (recipe.train.batch, recipe.train.pack, &recipe.checkpoint);
    let (milestone, every) = (checkpoint.milestone, checkpoint.every);
    vec![
        (!batch.is_multiple_of(pack), format!("train.batch must be a multiple of train.pack, {pack}, not {batch}")),
        (
            !milestone.is_multiple_of(every),
            format!("checkpoint.milestone must be a multiple of checkpoint.every, {every}, not {milestone}"),
        ),
    ]
}
