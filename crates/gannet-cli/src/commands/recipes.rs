//! `gannet recipes`: the built-in recipes and the keys of recipes.

use clap::Args;
use gannet_choice::Choice;
use gannet_recipe::{KeyDoc, Recipe, RecipeError, TaskKind, keys, registry};

use crate::failure::Failure;
use crate::table;

const HEAD: [&str; 5] = ["NAME", "METHOD", "DATA", "TIME", "PAPER"];
/// The columns' widths; with two spaces between columns a row has at most 120 characters.
const WIDTHS: [usize; 5] = [18, 20, 14, 19, 41];
/// The most characters in a line about a key, after the indent.
const KEY_WIDTH: usize = 100;
const HINT: &str = "\n'gannet train NAME' trains a recipe, with --data PATH where it says so. 'gannet recipes NAME' shows all its \
                    values,\n'gannet recipes --keys' explains them.\n";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet recipes
  gannet recipes mnist-r3gan > mine.toml     # a recipe of your own to start from
  gannet recipes --keys")]
pub struct Recipes {
    /// Show this recipe with all its values
    name: Option<String>,
    /// Explain all keys: default, values, and the tasks that have them
    #[arg(long, conflicts_with = "name", help_heading = "Keys")]
    keys: bool,
}

/// A table of the recipes, one recipe in full, or all keys.
pub fn recipes(args: &Recipes) -> Result<String, Failure> {
    match &args.name {
        Some(name) => Ok(Recipe::load(name, &[])?.to_toml()),
        None if args.keys => Ok(all_keys()),
        None => Ok(list()?),
    }
}

fn list() -> Result<String, RecipeError> {
    let recipes: Vec<Recipe> = registry().iter().map(|entry| entry.recipe()).collect::<Result<_, _>>()?;
    let mut text = table::row(&HEAD.map(String::from), &WIDTHS);
    for task in TaskKind::ALL {
        text += &format!("\n{task}: {}\n", task.doc().trim_end_matches('.'));
        text.extend(recipes.iter().filter(|recipe| recipe.task.kind() == *task).map(row));
    }
    Ok(text + HINT)
}

fn row(recipe: &Recipe) -> String {
    let data = if recipe.data.source.is_empty() { "--data PATH" } else { &recipe.data.source };
    let cells = [&recipe.name, &recipe.method, data, &recipe.expected, &recipe.paper];
    table::row(&cells.map(str::to_owned), &WIDTHS)
}

fn all_keys() -> String {
    keys().iter().map(describe).collect::<Vec<_>>().join("\n")
}

fn describe(key: &KeyDoc) -> String {
    let mut text = format!("{} = {}\n", key.key, key.default);
    let mut paragraph = |paragraph: String| {
        text.extend(table::lines(&paragraph, KEY_WIDTH).iter().map(|line| format!("    {line}\n")));
    };
    paragraph(key.doc.to_owned());
    paragraph(format!("Takes {}.", key.allowed));
    if let Some(scope) = key.scope() {
        paragraph(match scope.strip_prefix("read by") {
            Some(networks) => format!("Read by{networks}."),
            None => format!("Only for {scope}."),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_120_columns_and_has_every_recipe() {
        let text = list().unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 120, "{line}");
        }
        let named = |name: &str| text.lines().any(|line| line.split_whitespace().next() == Some(name));
        for entry in registry() {
            assert!(named(entry.name), "{} is missing in\n{text}", entry.name);
        }
    }

    #[test]
    fn keys_say_which_tasks_have_them() {
        let text = all_keys();
        let entry = |key: &str| {
            let start = format!("{key} = ");
            text.split("\n\n").find(|entry| entry.trim_start().starts_with(&start)).unwrap_or_else(|| panic!("{key}"))
        };
        assert!(
            entry("train.accumulate").contains("train.accumulate = 1")
                && !entry("train.accumulate").contains("Only for ")
        );
        assert!(entry("cut.contrast").contains("Only for task cut."), "{}", entry("cut.contrast"));
        assert!(entry("data.target").contains("Only for tasks pix2pix, cyclegan, cut and adain."));
        assert!(entry("model.attention").contains("read by sngan."), "{}", entry("model.attention"));
    }
}
