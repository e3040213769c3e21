//! Words and keys of earlier versions, answered with what they are called now. The one table of them.

use crate::error::RecipeError;

/// An old key, an old word as `KEY WORD`, or an old recipe as `recipe NAME`; and what is said of it.
pub(crate) const RENAMED: &[(&str, &str)] = &[
    ("recipe folder-compact", "is called folder-srvgg now"),
    // The task was three keys: task, translate.kind and model.kind.
    ("task translate", "is several tasks now: set task to pix2pix, cyclegan, cut, upscale, inpaint, stylize or adain"),
    ("translate.kind paired", "is task now: task = \"pix2pix\""),
    ("translate.kind cycle", "is task now: task = \"cyclegan\""),
    ("translate.kind contrast", "is task now: task = \"cut\""),
    ("translate.kind upscale", "is task now: task = \"upscale\""),
    ("translate.kind inpaint", "is task now: task = \"inpaint\""),
    ("translate.kind stylise", "is task now: task = \"stylize\""),
    ("translate.kind adain", "is task now: task = \"adain\""),
    ("translate.kind", "is task now: set task to pix2pix, cyclegan, cut, upscale, inpaint, stylize or adain"),
    // Each task has a section of its own.
    ("translate.reverse", "is called pix2pix.reverse, cyclegan.reverse or cut.reverse now, by the task"),
    ("translate.l1", "is called pix2pix.l1, upscale.l1 or inpaint.l1 now, by the task"),
    (
        "translate.adversarial",
        "is called pix2pix.adversarial, cyclegan.adversarial, cut.adversarial, upscale.adversarial or inpaint.adversarial \
         now, by the task",
    ),
    ("translate.perceptual", "is called pix2pix.perceptual, upscale.perceptual or inpaint.perceptual now, by the task"),
    ("translate.features", "is called pix2pix.features, upscale.features or inpaint.features now, by the task"),
    ("translate.dropout", "is called pix2pix.dropout now"),
    ("translate.cycle", "is called cyclegan.cycle now"),
    ("translate.identity", "is called cyclegan.identity now"),
    ("translate.pool", "is called cyclegan.pool now"),
    ("translate.contrast", "is called cut.contrast now"),
    ("translate.patches", "is called cut.patches now"),
    ("inpaint.holes", "is called inpaint.masks now"),
    ("style.image", "is called stylize.image now"),
    ("style.features", "is called stylize.features or adain.features now, by the task"),
    ("style.size", "is called stylize.size or adain.size now, by the task"),
    ("style.strength", "is called stylize.style_weight or adain.style_weight now, by the task"),
    ("style.content", "is called stylize.content_weight or adain.content_weight now, by the task"),
    ("style.variation", "is called stylize.tv_weight or adain.tv_weight now, by the task"),
    ("model.judge", "is called model.discriminator now"),
    ("model.halvings", "is called model.n_layers now, and adain.depth for task adain"),
    ("model.kind compact", "is called srvgg now"),
    ("model.kind gated", "is called deepfill now"),
    ("model.kind convnet", "is called small-resnet now"),
    ("model.weight normalised", "is called weight-norm now"),
    ("model.weight equalised", "is called equalized now"),
    ("model.generator_weight normalised", "is called weight-norm now"),
    ("model.generator_weight equalised", "is called equalized now"),
    ("condition.invariance", "is called condition.iic_weight now"),
    ("condition.own", "is called condition.q_network now"),
];

/// Refuses an old key, or an old word of a key. `place` is where it was written.
pub(crate) fn refuse(key: &str, word: Option<&str>, place: &str) -> Result<(), RecipeError> {
    let pair = word.map(|word| format!("{key} {word}"));
    let place = format!(" (in {place})");
    pair.as_deref()
        .and_then(answer)
        .or_else(|| answer(key))
        .map_or(Ok(()), |(old, now)| Err(RecipeError::Renamed { old, now, place }))
}

/// The error for an old name of a recipe; `wanted_by` says who asked, in brackets, where a `base` did.
pub(crate) fn recipe(name: &str, wanted_by: &str) -> Option<RecipeError> {
    let (old, now) = answer(&format!("recipe {name}"))?;
    Some(RecipeError::Renamed { old, now, place: wanted_by.to_owned() })
}

fn answer(old: &str) -> Option<(&'static str, &'static str)> {
    RENAMED.iter().copied().find(|(known, _)| *known == old)
}
