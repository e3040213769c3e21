//! Small recipes for tests.

use gannet_recipe::{Recipe, RecipeError};

/// The recipe of `settings`, made small by those of `small` that its task and its networks read and that `settings` do not
/// set.
pub fn recipe(settings: &[&str], small: &[&str]) -> Result<Recipe, RecipeError> {
    let read = |more: &[&str]| {
        let all: Vec<String> = settings.iter().chain(more).map(|setting| (*setting).to_owned()).collect();
        Recipe::from_toml("", "the test", &all)
    };
    let is_used = |setting: &&str| {
        let key = setting.split('=').next().unwrap_or_default();
        let is_unset = settings.iter().all(|own| own.split('=').next() != Some(key));
        let of_another = |error| matches!(error, RecipeError::OtherTask { .. } | RecipeError::OtherNetwork { .. });
        is_unset && !read(&[setting]).is_err_and(of_another)
    };
    read(&small.iter().copied().filter(|setting| is_used(setting)).collect::<Vec<_>>())
}
