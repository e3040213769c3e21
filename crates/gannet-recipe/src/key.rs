//! The keys of a section: what each means and takes, and for which tasks it exists.

use toml::Value;

use crate::rule::Rule;
use crate::task_kind::Tasks;

/// A key of the schema.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The dotted key, such as `train.steps`.
    pub(crate) key: String,
    /// The default of a recipe whose task has the key.
    pub(crate) default: Value,
    /// What it takes.
    pub(crate) rule: Rule,
    /// The tasks that have it.
    pub(crate) tasks: Tasks,
    /// What it means.
    pub(crate) doc: &'static str,
}

impl Key {
    /// The key below a section.
    pub(crate) fn below(mut self, section: &str) -> Self {
        self.key = format!("{section}.{}", self.key);
        self
    }

    /// The section of the key, empty at the top.
    pub(crate) fn section(&self) -> &str {
        section(&self.key)
    }
}

/// The section of a dotted key, empty at the top.
pub(crate) fn section(key: &str) -> &str {
    key.split_once('.').map_or("", |(section, _)| section)
}

/// The last part of a dotted key.
pub(crate) fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// What `settings!` writes for each section.
pub(crate) trait Section {
    /// Every key, in the order of the file.
    fn keys() -> Vec<Key>;

    /// Every key with its value, in the same order.
    fn values(&self) -> Vec<(String, Value)>;

    /// Sets the key to a value that its rule admits; nothing where there is no such key, or its type is another.
    fn set(&mut self, key: &str, value: &Value) -> Option<()>;
}

/// The keys of a section, prefixed by its name.
pub(crate) fn keys_below<S: Section>(section: &str) -> impl Iterator<Item = Key> {
    S::keys().into_iter().map(move |key| key.below(section))
}

/// The values of a section, their keys prefixed by its name.
pub(crate) fn values_below<S: Section>(name: &str, section: &S) -> impl Iterator<Item = (String, Value)> {
    section.values().into_iter().map(move |(key, value)| (format!("{name}.{key}"), value))
}
