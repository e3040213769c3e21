//! What does not go together where images are made of images.

use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::extractors::style::DEEPEST;

use super::of_generators;
use crate::recipe::choices::{JudgeKind, ModelKind, NormKind, TaskKind, TranslateKind, WeightKind};
use crate::recipe::rule::alternatives;
use crate::recipe::schema::Recipe;
use crate::style::SMALLEST;

/// Settings of networks from images to images, and those that such have not.
pub(super) fn translate(recipe: &Recipe) -> Option<String> {
    let (kind, data, model) = (recipe.model.kind, &recipe.data, &recipe.model);
    if recipe.task != TaskKind::Translate {
        let target = !data.target.is_empty();
        return target.then(|| format!("data.target is for task translate, not {}: set it to \"\"", recipe.task));
    }
    if let Some(refusal) = kinds(recipe) {
        return Some(refusal);
    }
    let norms = [NormKind::Batch, NormKind::Instance, NormKind::None];
    if !norms.contains(&model.norm) {
        let (norm, others) = (model.norm, alternatives(&norms));
        return Some(format!("model.norm {norm} is not made for a judge of patches: set it to {others}"));
    }
    if recipe.translate.dropout && kind != ModelKind::Unet {
        return Some(format!("translate.dropout is for unet, and model.kind is {kind}: set translate.dropout = false"));
    }
    let (translate, smallest) = (&recipe.translate, 3);
    if model.judge == JudgeKind::Patch && model.halvings > 0 && data.size >> model.halvings < smallest {
        let most = (1..).take_while(|halvings| data.size >> halvings >= smallest).last().unwrap_or(0);
        let (halvings, size) = (model.halvings, data.size);
        return Some(format!(
            "model.halvings {halvings} leaves too little of {size} pixels to judge: set it to {most} at most"
        ));
    }
    let levels = data.size.ilog2() as usize;
    if translate.dropout && kind == ModelKind::Unet && levels <= UnetConfig::FIRST_NOISY + 1 {
        let size = 1 << (UnetConfig::FIRST_NOISY + 2);
        return Some(format!(
            "translate.dropout is in inner levels that smaller images have not: set data.size = {size} or more"
        ));
    }
    let unpaired = matches!(translate.kind, TranslateKind::Cycle | TranslateKind::Contrast);
    if translate.adversarial == 0.0 && (translate.l1 == 0.0 || unpaired) {
        return Some(
            "translate.adversarial is 0, and nothing else says what should come of an image: set it above 0".into(),
        );
    }
    if translate.dropout && translate.kind != TranslateKind::Paired {
        return Some("translate.dropout is for translate.kind paired: set it to false".into());
    }
    let others = [
        ("model.weight", model.weight != WeightKind::Plain && unpaired),
        ("model.generator_weight", model.generator_weight != WeightKind::Plain),
        ("eval.every", recipe.eval.every > 0),
        ("data.labels", data.labels),
    ];
    let asked = others.into_iter().chain(of_generators(recipe)).find(|(_, asked)| *asked);
    asked.map(|(key, _)| format!("{key} is not made for task translate: leave it at its default"))
}

/// Networks, judges and images that a kind of translation has not.
fn kinds(recipe: &Recipe) -> Option<String> {
    let (kind, data, model) = (recipe.translate.kind, &recipe.data, &recipe.model);
    let (upscale, inpaint) = (kind == TranslateKind::Upscale, kind == TranslateKind::Inpaint);
    if upscale && !model.kind.enlarges() {
        let own = model.kind;
        return Some(format!(
            "translate.kind upscale makes larger images, and model.kind {own} none: set model.kind to srresnet, rrdb or compact"
        ));
    }
    if !upscale && model.kind.enlarges() {
        return Some(format!("model.kind {} makes larger images: set translate.kind = \"upscale\"", model.kind));
    }
    for (job, network) in [
        (TranslateKind::Inpaint, ModelKind::Gated),
        (TranslateKind::Stylise, ModelKind::Johnson),
        (TranslateKind::Adain, ModelKind::Adain),
    ] {
        if (kind == job) != (model.kind == network) {
            let own = model.kind;
            return Some(format!(
                "translate.kind {job} and model.kind {network} belong together, and they are {kind} and {own}: set both"
            ));
        }
    }
    if kind == TranslateKind::Adain && model.halvings > DEEPEST {
        return Some(format!(
            "translate.kind adain has features of {DEEPEST} halvings: set model.halvings to that or less"
        ));
    }
    let paints = matches!(kind, TranslateKind::Stylise | TranslateKind::Adain);
    if paints && data.channels != 3 {
        return Some(format!("translate.kind {kind} paints in colour: set data.channels = 3"));
    }
    if paints && data.size < SMALLEST {
        return Some(format!("translate.kind {kind} needs larger images: set data.size = {SMALLEST} or more"));
    }
    let perceptual = recipe.translate.perceptual > 0.0;
    if perceptual && (paints || matches!(kind, TranslateKind::Cycle | TranslateKind::Contrast)) {
        return Some(format!(
            "translate.perceptual needs an image to be like, and translate.kind {kind} has none: set it to 0"
        ));
    }
    if perceptual && (data.channels != 3 || data.size < SMALLEST) {
        return Some(format!(
            "translate.perceptual looks at colour images of {SMALLEST} pixels or more: set data.channels = 3 and data.size = {SMALLEST}"
        ));
    }
    if (upscale || inpaint || kind == TranslateKind::Stylise) && !data.target.is_empty() {
        return Some(format!("translate.kind {kind} makes its own pairs: set data.target to \"\""));
    }
    if !upscale && !inpaint && !paints && data.patches > 0 {
        return Some("data.patches would cut through pairs: set it to 0".into());
    }
    if model.judge == JudgeKind::Unet && matches!(kind, TranslateKind::Cycle | TranslateKind::Contrast) {
        return Some(format!("translate.kind {kind} has judges of patches: set model.judge = \"patch\""));
    }
    let multiple = 8;
    (model.judge == JudgeKind::Unet && !data.size.is_multiple_of(multiple))
        .then(|| format!("data.size must be a multiple of {multiple} with model.judge unet, not {}", data.size))
}
