//! The settings of an experiment.

use gannet_recipe::{Recipe, RecipeError, changes_allowed_in_lab};

/// The settings of an experiment with points that differ from a recipe's defaults.
const POINTS: &str = r#"
name = "lab"

[model]
kind = "mlp"
latent = 2
hidden = 128

[optim]
generator_lr = 2e-3
discriminator_lr = 2e-3
beta1 = 0.0
beta2 = 0.99
schedule = "cosine"

[train]
steps = 16000
batch = 64

[ema]
decay = 0.999
"#;

/// The settings of an experiment with points of the plane, with changes such as `loss.kind=hinge`.
///
/// # Errors
/// A change is not understood, contradicts another, or would make it a different experiment.
pub fn settings(changes: &[String]) -> Result<Recipe, RecipeError> {
    with_changes(POINTS, changes)
}

/// An experiment's own settings with changes. Those that would make it a different experiment are refused.
pub fn with_changes(own: &str, changes: &[String]) -> Result<Recipe, RecipeError> {
    let read = |changes| Recipe::from_toml(own, "the lab's settings", changes);
    let recipe = read(changes)?;
    changes_allowed_in_lab(&read(&[])?, &recipe)?;
    Ok(recipe)
}
