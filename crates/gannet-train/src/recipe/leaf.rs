//! The keys of a recipe one by one, each with its value as TOML writes it.

use std::sync::LazyLock;

use gannet_data::Fit;
use toml::Value;

use super::rule::Rule;
use super::schema::Recipe;

/// A key of a recipe, for the table of `gannet recipes --keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDoc {
    /// The dotted key, such as `train.steps`.
    pub key: String,
    /// The default, as TOML.
    pub default: String,
    /// The values it takes, in words.
    pub allowed: String,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

/// Every key of a recipe, in the order of a resolved one. `base`, which a resolved recipe no longer has, is not among
/// them.
pub fn keys() -> Vec<KeyDoc> {
    let describe = |leaf: &Leaf| KeyDoc {
        key: leaf.key.clone(),
        default: leaf.literal.clone(),
        allowed: leaf.rule.allowed(),
        doc: leaf.doc,
    };
    schema().iter().map(describe).collect()
}

/// One key with a value.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The dotted key.
    pub(super) key: String,
    /// The value, as TOML.
    pub(super) literal: String,
    /// What it takes.
    pub(super) rule: Rule,
    /// What it means.
    pub(super) doc: &'static str,
}

impl Leaf {
    pub(super) fn below(mut self, section: &str) -> Self {
        self.key = format!("{section}.{}", self.key);
        self
    }

    /// The section of the key, empty at the top.
    pub(super) fn section(&self) -> &str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }
}

/// Every key with its default.
pub(super) fn schema() -> &'static [Leaf] {
    static SCHEMA: LazyLock<Vec<Leaf>> = LazyLock::new(|| Recipe::default().leaves());
    &SCHEMA
}

/// A value as TOML writes it, the same bytes each time.
pub(super) trait Literal {
    fn literal(&self) -> String;
}

impl Literal for String {
    fn literal(&self) -> String {
        Value::String(self.clone()).to_string()
    }
}

impl Literal for f64 {
    fn literal(&self) -> String {
        format!("{self:?}")
    }
}

impl Literal for usize {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Literal for u64 {
    fn literal(&self) -> String {
        self.to_string()
    }
}

impl Literal for Fit {
    fn literal(&self) -> String {
        self.word().to_owned().literal()
    }
}

impl Literal for bool {
    fn literal(&self) -> String {
        self.to_string()
    }
}
