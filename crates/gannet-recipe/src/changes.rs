//! What may change when a run is resumed, and in the lab.

use std::collections::BTreeMap;

use crate::error::RecipeError;
use crate::key::section;
use crate::keys::schema;
use crate::recipe::Recipe;

/// The keys and whole sections that do not change what the networks learn.
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

/// The keys and whole sections that the lab sets itself or does not read.
const FIXED_IN_LAB: &[&str] =
    &["task", "model.kind", "train.precision", "data.*", "sample.*", "checkpoint.*", "log.*", "eval.*"];

/// Refuses a change that would make a resumed run differ from an uninterrupted one.
///
/// The number of steps (`train.steps`), what is written and measured (`sample.*`, `checkpoint.*`, `log.*`, `eval.*`,
/// `doctor.every`, `doctor.rollbacks`) and where the images are now (`data.source`, `data.target`) may change.
///
/// # Errors
/// Another key differs.
pub fn changes_allowed_on_resume(old: &Recipe, new: &Recipe) -> Result<(), RecipeError> {
    let changed = changes(old, new).into_iter().find(|change| !covers(CHANGEABLE, change.key));
    changed.map_or(Ok(()), |Change { key, old, new }| {
        let (key, changeable) = (key.to_owned(), CHANGEABLE.join(", "));
        Err(RecipeError::FixedOnResume { key, old, new, changeable })
    })
}

/// Refuses a change of the keys that make the lab's experiments what they are, or that they do not read.
///
/// # Errors
/// Such a key differs.
pub fn changes_allowed_in_lab(own: &Recipe, changed: &Recipe) -> Result<(), RecipeError> {
    let refused = changes(own, changed).into_iter().find(|change| covers(FIXED_IN_LAB, change.key));
    refused
        .map_or(Ok(()), |Change { key, old: own, new }| Err(RecipeError::FixedInLab { key: key.to_owned(), own, new }))
}

/// A key whose value differs between two recipes, both values as TOML.
struct Change {
    key: &'static str,
    old: String,
    new: String,
}

/// The keys that differ, in the order of the schema.
fn changes(old: &Recipe, new: &Recipe) -> Vec<Change> {
    let [old, new]: [BTreeMap<_, _>; 2] = [old, new].map(|recipe| recipe.literals().collect());
    let value = |values: &BTreeMap<&str, String>, key| values.get(key).cloned().unwrap_or_else(|| "nothing".into());
    let compare = |key| Change { key, old: value(&old, key), new: value(&new, key) };
    let changes = schema().iter().map(|key| compare(key.key.as_str()));
    changes.filter(|change| change.old != change.new).collect()
}

/// Whether a key is among these keys and whole sections.
fn covers(patterns: &[&str], key: &str) -> bool {
    patterns.iter().any(|pattern| pattern.strip_suffix(".*").map_or(*pattern == key, |whole| section(key) == whole))
}
