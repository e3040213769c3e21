//! `gannet recipes`.

use gannet_train::recipe::{Recipe, keys, registry};

use super::table;
use crate::Failure;
use crate::cli;

/// A table of the recipes, one in full, or every key.
pub fn recipes(args: cli::Recipes) -> Result<String, Failure> {
    match args.name {
        Some(name) => Ok(Recipe::load(&name, &[])?.to_toml()),
        None if args.keys => Ok(all_keys()),
        None => list(),
    }
}

fn list() -> Result<String, Failure> {
    let mut rows = vec![["NAME", "METHOD", "DATA", "TIME", "PAPER"].map(String::from).to_vec()];
    for entry in registry() {
        let recipe = entry.recipe()?;
        let data = match recipe.data.source.as_str() {
            "" => format!("--data {}", recipe.data.hint),
            built_in => format!("built-in {built_in}"),
        };
        rows.push(vec![recipe.name, recipe.method, data, recipe.expected, recipe.paper]);
    }
    let hint =
        "\nTrain one with `gannet train NAME`; `gannet recipes NAME` shows all its values, `--keys` what they mean.\n";
    Ok(table(&rows) + hint)
}

fn all_keys() -> String {
    let key = |key: &gannet_train::recipe::KeyDoc| {
        format!("{} = {}\n    {}\n    Takes {}.\n", key.key, key.default, key.doc, key.allowed)
    };
    keys().iter().map(key).collect::<Vec<_>>().join("\n")
}
