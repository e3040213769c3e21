//! The table of all keys.

use std::sync::LazyLock;

use gannet_choice::{Choice, alternatives, did_you_mean, nearest};

use crate::error::RecipeError;
use crate::key::{Key, Section, last_part, section};
use crate::recipe::Recipe;
use crate::scope::{readers, tasks};
use crate::task_kind::TaskKind;
use crate::value::literal;

/// A key of recipes, for `gannet recipes --keys` and the documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// The dotted key, such as `train.steps`.
    pub key: String,
    /// The default, as TOML.
    pub default: String,
    /// The values it takes, in words.
    pub allowed: String,
    /// The tasks whose recipes have the key, in the order of [`TaskKind`].
    pub tasks: Vec<TaskKind>,
    /// The networks and discriminators that read the key; empty for keys that do not depend on them.
    pub networks: Vec<String>,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
}

impl KeyDoc {
    /// The tasks and networks that have the key, in words; nothing where all recipes have it.
    pub fn scope(&self) -> Option<String> {
        let tasks = (self.tasks.len() < TaskKind::ALL.len()).then(|| in_words(&self.tasks));
        let networks = (!self.networks.is_empty()).then(|| format!("read by {}", list(&self.networks)));
        let parts: Vec<String> = tasks.into_iter().chain(networks).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// Every key of a recipe, in the order of a resolved one. `base`, which a resolved recipe no longer has, is not among
/// them.
pub fn keys() -> Vec<KeyDoc> {
    let describe = |key: &Key| KeyDoc {
        key: key.key.clone(),
        default: literal(&key.default),
        allowed: key.rule.allowed(),
        tasks: tasks(key),
        networks: readers(&key.key),
        doc: key.doc,
    };
    schema().iter().map(describe).collect()
}

/// Every key, in the order of a resolved recipe.
pub(crate) fn schema() -> &'static [Key] {
    static SCHEMA: LazyLock<Vec<Key>> = LazyLock::new(Recipe::keys);
    &SCHEMA
}

/// The key of this name, if there is one.
pub(crate) fn find(key: &str) -> Option<&'static Key> {
    schema().iter().find(|known| known.key == key)
}

/// The key of this name, or the error that suggests others.
pub(crate) fn known(key: &str, place: &str) -> Result<&'static Key, RecipeError> {
    find(key).ok_or_else(|| RecipeError::UnknownKey {
        key: key.to_owned(),
        place: place.to_owned(),
        suggestion: suggest(key),
    })
}

pub(crate) fn is_section(name: &str) -> bool {
    !name.is_empty() && schema().iter().any(|key| key.section() == name)
}

/// The keys of a section, or the nearest keys, or where all are listed.
fn suggest(key: &str) -> String {
    if is_section(key) {
        let keys: Vec<&str> = schema().iter().filter(|known| known.section() == key).map(|key| &*key.key).collect();
        return format!("; '{key}' is a section: set {}", alternatives(&keys));
    }
    match did_you_mean(&near(key)) {
        none if none.is_empty() => "; 'gannet recipes --keys' lists all keys".into(),
        suggestion => suggestion,
    }
}

/// The one key that only misses its section, or else the nearest by the whole key, or else by its last part.
fn near(key: &str) -> Vec<&'static str> {
    let known = || schema().iter().map(|key| key.key.as_str());
    let last = last_part(key);
    let namesakes: Vec<&str> = known().filter(|known| last_part(known) == last).collect();
    match (namesakes.as_slice(), nearest(key, known())) {
        ([_], _) => namesakes,
        (_, near) if !near.is_empty() => near,
        _ => nearest(last, known()),
    }
}

/// The key of the same last part in the section of `task`, such as `upscale.l1` for `pix2pix.l1`.
pub(crate) fn counterpart(key: &str, task: TaskKind) -> Option<&'static str> {
    let own = |other: &&Key| other.section() == task.to_string() && last_part(&other.key) == last_part(key);
    let other = |section: &str| section.parse::<TaskKind>().is_ok();
    schema().iter().find(own).filter(|_| other(section(key))).map(|key| key.key.as_str())
}

/// `task a`, `tasks a, b and c`, or `all tasks but c`.
pub(crate) fn in_words(tasks: &[TaskKind]) -> String {
    let others: Vec<TaskKind> = TaskKind::ALL.iter().copied().filter(|task| !tasks.contains(task)).collect();
    match tasks {
        [task] => format!("task {task}"),
        _ if others.len() < tasks.len() => format!("all tasks but {}", list(&others)),
        _ => format!("tasks {}", list(tasks)),
    }
}

/// `a, b and c`.
pub(crate) fn list(items: &[impl ToString]) -> String {
    let words: Vec<String> = items.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => words.concat(),
    }
}
