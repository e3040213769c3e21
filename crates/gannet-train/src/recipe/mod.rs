//! Recipes: TOML files that hold only what differs from the defaults, or from the recipe named as their `base`.
//!
//! ```toml
//! base = "mnist-dcgan"         # a built-in name, or a file's path relative to this one
//!
//! [loss]
//! kind = "least-squares"
//! ```
//!
//! A recipe is read in layers, each winning over the next: `--set`, the file, its base, that one's base, the defaults.
//! Each layer is checked by itself, so that a message names the place of the mistake; values that do
//! not go together are refused at the end.
//!
//! Where things are: `schema` has every key with its default and range, `choices` the words that some take; `course` how
//! settings change over the steps; `registry` the built-in recipes.

#[macro_use]
mod macros;
mod changes;
mod choices;
mod conflicts;
mod course;
mod error;
mod leaf;
mod nearest;
mod registry;
mod resolve;
mod rule;
mod schema;
#[cfg(test)]
mod tests;
mod usage;

use std::path::Path;

pub(crate) use changes::changes_allowed_in_lab;
pub use changes::changes_allowed_on_resume;
pub use choices::{
    AugmentKind, CodeKind, ConditionKind, ConsistencyKind, DegradationKind, GeneratorNormKind, HoleKind, JudgeKind,
    LikelihoodKind, LossKind, ModelKind, NormKind, ScheduleKind, TaskKind, TranslateKind, WeightKind,
};
pub use error::RecipeError;
pub use leaf::{KeyDoc, keys};
pub use nearest::{did_you_mean, nearest};
pub use registry::{DEFAULT_RECIPE, Entry, registry};
pub use schema::{
    Augment, Autoencode, Checkpoint, Condition, Cosine, Data, Doctor, Ema, Eval, Log, Loss, Model, Optim, Penalty,
    Recipe, Sample, Train, Translate,
};
pub use usage::quote;

impl Recipe {
    /// The built-in recipe of this name, or the one in this `.toml` file, with `overrides` such as `train.steps=100`,
    /// of which a later one wins.
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self, RecipeError> {
        let source = resolve::Source::find(name_or_path, Path::new(""), "")?;
        resolve::resolve(source, overrides)
    }

    /// The recipe in `text`. `origin` is its path or a description: messages name it, a relative `base` is relative to
    /// its folder, and its stem is the recipe's name if the text has none.
    pub fn from_toml(text: &str, origin: &str, overrides: &[String]) -> Result<Self, RecipeError> {
        resolve::resolve(resolve::Source::text(text, origin), overrides)
    }

    /// All values, the same bytes for the same recipe; [`Recipe::from_toml`] gives the recipe back.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        let mut section = String::new();
        for leaf in self.leaves() {
            if leaf.section() != section {
                section = leaf.section().to_owned();
                text.push_str(&format!("\n[{section}]\n"));
            }
            let key = leaf.key.rsplit('.').next().unwrap_or_default();
            text.push_str(&format!("{key} = {}\n", leaf.literal));
        }
        text
    }

    /// Where the images are, or what to give if the recipe leaves that open.
    pub fn data_source(&self) -> Result<&str, RecipeError> {
        if !self.data.source.is_empty() {
            return Ok(&self.data.source);
        }
        let hint = if self.data.hint.is_empty() { "a folder of images" } else { &self.data.hint };
        Err(RecipeError::NoData { recipe: self.name.clone(), hint: hint.to_owned() })
    }
}
