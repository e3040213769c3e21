//! What may change when a run goes on, and in the lab.

use super::RecipeError;
use super::leaf::Leaf;
use super::schema::Recipe;

/// The keys and whole sections that leave the networks' course as it is.
const CHANGEABLE: &[&str] = &[
    "train.steps",
    "data.source",
    "data.target",
    "sample.*",
    "checkpoint.*",
    "log.*",
    "eval.*",
    "doctor.every",
    "doctor.rollbacks",
];

/// The keys and whole sections that the lab sets itself or does without.
const FIXED_IN_LAB: &[&str] = &["task", "model.kind", "data.*", "sample.*", "checkpoint.*", "log.*", "eval.*"];

/// Refuses a change that would make a resumed run differ from an uninterrupted one.
///
/// How long it runs (`train.steps`), what is written and when (`sample.*`, `checkpoint.*`, `log.*`, `eval.*`, when the doctor looks),
/// and where the same images now are (`data.source`, `data.target`) may change; all else is refused with the remedy.
pub fn changes_allowed_on_resume(old: &Recipe, new: &Recipe) -> Result<(), RecipeError> {
    let (old, new) = (old.leaves(), new.leaves());
    let refused = old.iter().zip(&new).find(|(old, new)| old.literal != new.literal && !covers(CHANGEABLE, old));
    refused.map_or(Ok(()), |(old, new)| {
        Err(RecipeError::FixedOnResume {
            key: old.key.clone(),
            old: old.literal.clone(),
            new: new.literal.clone(),
            changeable: CHANGEABLE.join(", "),
        })
    })
}

/// Refuses a change of what makes the lab's experiments what they are, or of what they do not use.
pub(crate) fn changes_allowed_in_lab(own: &Recipe, changed: &Recipe) -> Result<(), RecipeError> {
    let (own, changed) = (own.leaves(), changed.leaves());
    let refused = own.iter().zip(&changed).find(|(own, new)| own.literal != new.literal && covers(FIXED_IN_LAB, own));
    refused.map_or(Ok(()), |(own, new)| {
        Err(RecipeError::FixedInLab { key: own.key.clone(), own: own.literal.clone(), new: new.literal.clone() })
    })
}

/// Whether a key is among these keys and whole sections.
fn covers(patterns: &[&str], leaf: &Leaf) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(section) => leaf.section() == section,
        None => leaf.key == *pattern,
    })
}
