//! Recipes as a user meets them: built-in ones, files, `--set`, and the messages for mistakes.

mod built_in;
mod contradictions;
mod files;
mod inheritance;
mod mistakes;
mod old_words;
mod schema;
mod settings;

use crate::{DEFAULT_RECIPE, Recipe, RecipeError};

/// The recipe of a file with this text.
fn read(text: &str) -> Result<Recipe, RecipeError> {
    Recipe::from_toml(text, "mine.toml", &[])
}

/// The default recipe with these values of `--set`.
fn set(overrides: &[&str]) -> Result<Recipe, RecipeError> {
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    Recipe::load(DEFAULT_RECIPE, &overrides)
}

/// The message of a refusal; empty where nothing was refused.
fn refusal<T>(result: Result<T, RecipeError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}
