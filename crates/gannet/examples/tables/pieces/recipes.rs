//! Recipes and their keys.

use gannet_choice::Choice;
use gannet_recipe::{KeyDoc, Recipe, TaskKind, keys, registry};

use super::markdown::{code, codes, table};

/// All built-in recipes, task by task.
pub fn recipes() -> String {
    let recipes: Vec<Recipe> = registry().iter().map(|entry| entry.recipe().expect("a test resolves each")).collect();
    let mut page = String::new();
    for task in TaskKind::ALL {
        let rows: Vec<_> = recipes.iter().filter(|recipe| recipe.task.kind() == *task).map(row).collect();
        page += &format!("\n## {task}\n\n{}\n\n", task.doc());
        page += &table(["name", "what it trains", "method", "data", "time", "paper"], rows);
    }
    page
}

fn row(recipe: &Recipe) -> [String; 6] {
    let data = match recipe.data.source.as_str() {
        "" => format!("`--data`: {}", recipe.data.hint),
        built_in => format!("built-in `{built_in}`"),
    };
    let own = |text: &String| text.clone();
    let [summary, method, time, paper] = [&recipe.summary, &recipe.method, &recipe.expected, &recipe.paper].map(own);
    let link = format!("[{}](../recipes/{}.toml)", code(&recipe.name), recipe.name);
    [link, summary, method, data, time, paper]
}

/// All keys, section by section.
pub fn recipe_keys() -> String {
    let keys = keys();
    let mut page = String::new();
    for section in sections(&keys) {
        let rows = keys.iter().filter(|key| self::section(key) == section).map(key_row);
        let title = if section.is_empty() { "At the top".to_owned() } else { format!("`[{section}]`") };
        page += &format!("\n## {title}\n\n{}", table(["key", "meaning", "default", "takes", "where"], rows));
    }
    page
}

fn key_row(key: &KeyDoc) -> [String; 5] {
    [code(&key.key), key.doc.to_owned(), code(&key.default), key.allowed.clone(), place(key)]
}

/// For which tasks and networks the key exists; empty for all.
fn place(key: &KeyDoc) -> String {
    let tasks = if key.tasks.len() == TaskKind::ALL.len() { String::new() } else { codes(&key.tasks) };
    let networks = if key.networks.is_empty() { String::new() } else { format!("read by {}", codes(&key.networks)) };
    [tasks, networks].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// The sections in the order of a recipe.
fn sections(keys: &[KeyDoc]) -> Vec<String> {
    let mut found: Vec<String> = keys.iter().map(|key| section(key).to_owned()).collect();
    found.dedup();
    found
}

fn section(key: &KeyDoc) -> &str {
    key.key.split_once('.').map_or("", |(section, _)| section)
}
