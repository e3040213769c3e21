//! Recipes in and out: by name, from files and texts, and as text.

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::Table;

use crate::error::RecipeError;
use crate::key::{Section, last_part, section};
use crate::keys::schema;
use crate::recipe::Recipe;
use crate::registry::Entry;
use crate::resolve::resolve;
use crate::scope::Scope;
use crate::source::Source;
use crate::value::literal;

impl Recipe {
    /// The built-in recipe of this name, or the one in this `.toml` file, with `overrides` such as `train.steps=100`,
    /// of which a later one wins.
    ///
    /// # Errors
    /// There is no such recipe, or it, one of its bases or an override is refused.
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self, RecipeError> {
        resolve(Source::find(name_or_path, Path::new(""), "")?, overrides)
    }

    /// The recipe in `text`. `origin` is its path or a description: messages name it, a relative `base` is relative to
    /// its folder, and its stem is the recipe's name if the text has none.
    ///
    /// # Errors
    /// The text is no TOML, or it, one of its bases or an override is refused.
    pub fn from_toml(text: &str, origin: &str, overrides: &[String]) -> Result<Self, RecipeError> {
        resolve(Source::text(text, origin), overrides)
    }

    /// This recipe with `overrides` such as `train.steps=100`, checked as [`Recipe::load`] checks them.
    ///
    /// # Errors
    /// An override is refused, or contradicts the recipe.
    pub fn with(&self, overrides: &[String]) -> Result<Self, RecipeError> {
        Self::from_toml(&self.to_toml(), &self.name, overrides)
    }

    /// All values that the recipe's task and networks have, the same bytes for equal recipes; [`Recipe::from_toml`]
    /// gives the recipe back.
    pub fn to_toml(&self) -> String {
        let (mut text, mut above) = (String::new(), String::new());
        for (key, literal) in self.literals() {
            if section(key) != above {
                above = section(key).to_owned();
                text.push_str(&format!("\n[{above}]\n"));
            }
            text.push_str(&format!("{} = {literal}\n", last_part(key)));
        }
        text
    }

    /// The keys that the recipe's task and networks have, each with its value as TOML, in the order of the schema.
    pub fn literals(&self) -> impl Iterator<Item = (&'static str, String)> {
        let scope = Scope::of(self);
        let values = self.values();
        let keys = schema().iter().filter(move |key| scope.has(key));
        keys.filter_map(move |key| {
            let (_, value) = values.iter().find(|(name, _)| *name == key.key)?;
            Some((key.key.as_str(), literal(value)))
        })
    }

    /// Where the images are.
    ///
    /// # Errors
    /// The recipe leaves that open; the message says what to give.
    pub fn data_source(&self) -> Result<&str, RecipeError> {
        if !self.data.source.is_empty() {
            return Ok(&self.data.source);
        }
        let hint = if self.data.hint.is_empty() { "a folder of images" } else { &self.data.hint };
        Err(RecipeError::NoData { recipe: self.name.clone(), hint: hint.to_owned() })
    }
}

impl Entry {
    /// The recipe with all values resolved.
    ///
    /// # Errors
    /// None, as a test holds for each built-in recipe.
    pub fn recipe(&self) -> Result<Recipe, RecipeError> {
        Recipe::load(self.name, &[])
    }
}

/// A recipe is serialized as the table that [`Recipe::to_toml`] writes.
impl Serialize for Recipe {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table: Table = self.to_toml().parse().map_err(serde::ser::Error::custom)?;
        table.serialize(serializer)
    }
}

/// A table is read as [`Recipe::from_toml`] reads it, with the same checks.
impl<'de> Deserialize<'de> for Recipe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = toml::to_string(&Table::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        Self::from_toml(&text, "recipe", &[]).map_err(serde::de::Error::custom)
    }
}
