//! What may change when a run goes on.

use super::RecipeError;
use super::schema::{Leaf, Recipe};

/// The keys and whole sections that leave the networks' course as it is.
const CHANGEABLE: &[&str] = &["train.steps", "data.source", "sample.*", "checkpoint.*", "log.*"];

/// Refuses a change that would make a resumed run differ from an uninterrupted one.
///
/// How long it runs (`train.steps`), what is written and when (`sample.*`, `checkpoint.*`, `log.*`), and where the same
/// images now are (`data.source`) may change; all else is refused with the remedy.
pub fn changes_allowed_on_resume(old: &Recipe, new: &Recipe) -> Result<(), RecipeError> {
    let (old, new) = (old.leaves(), new.leaves());
    let refused = old.iter().zip(&new).find(|(old, new)| old.literal != new.literal && !changeable(old));
    refused.map_or(Ok(()), |(old, new)| {
        Err(RecipeError::FixedOnResume {
            key: old.key.clone(),
            old: old.literal.clone(),
            new: new.literal.clone(),
            changeable: CHANGEABLE.join(", "),
        })
    })
}

fn changeable(leaf: &Leaf) -> bool {
    CHANGEABLE.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(section) => leaf.section() == section,
        None => leaf.key == *pattern,
    })
}
