//! The table of keys.

use std::collections::BTreeSet;

use super::read;
use crate::keys::find;
use crate::resolve;
use crate::source::Source;
use crate::{Choice, Recipe, Task, TaskKind, keys};

/// The recipe of a text whose values may contradict each other.
pub(super) fn unchecked(text: &str) -> Recipe {
    resolve::unchecked(Source::text(text, "recipe.toml"), &[]).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The keys that a recipe writes.
fn written(recipe: &Recipe) -> BTreeSet<String> {
    let mut leaves = BTreeSet::new();
    for (key, value) in recipe.to_toml().parse::<toml::Table>().unwrap() {
        match value {
            toml::Value::Table(section) => leaves.extend(section.keys().map(|inner| format!("{key}.{inner}"))),
            _ => drop(leaves.insert(key)),
        }
    }
    leaves
}

#[test]
fn a_recipe_writes_the_keys_of_its_task_and_its_networks() {
    for task in TaskKind::ALL {
        let recipe = unchecked(&format!("task = '{task}'"));
        let network = recipe.model.kind.to_string();
        let read = |key: &crate::KeyDoc| {
            let readers = ["discriminator patch", network.as_str()];
            key.networks.is_empty() || readers.iter().any(|reader| key.networks.iter().any(|name| name == reader))
        };
        let expected = keys().into_iter().filter(|key| key.tasks.contains(task) && read(key)).map(|key| key.key);
        assert_eq!(written(&recipe), expected.collect(), "{task}");
        for other in TaskKind::ALL.iter().filter(|other| *other != task) {
            assert!(!recipe.to_toml().contains(&format!("[{other}]")), "{task}");
        }
    }
}

#[test]
fn every_key_is_described_once() {
    let described = keys();
    let names: BTreeSet<&str> = described.iter().map(|key| key.key.as_str()).collect();
    assert_eq!(described.len(), names.len());
    for key in &described {
        assert!(key.doc.ends_with('.') && !key.allowed.is_empty() && !key.tasks.is_empty(), "{}", key.key);
    }
    let tasks: BTreeSet<String> =
        TaskKind::ALL.iter().flat_map(|task| written(&unchecked(&format!("task = '{task}'")))).collect();
    let unwritten: Vec<&&str> = names.iter().filter(|name| !tasks.contains(**name)).collect();
    assert_eq!(unwritten, [&"model.attention", &"model.hidden"]);
}

#[test]
fn scopes_are_said_in_words() {
    let scope = |name: &str| keys().into_iter().find(|key| key.key == name).unwrap().scope().unwrap_or_default();
    assert_eq!(scope("train.steps"), "");
    assert_eq!(scope("condition.kind"), "task generate");
    assert_eq!(scope("loss.kind"), "all tasks but classify, stylize and adain");
    assert_eq!(scope("data.labels"), "tasks generate and classify");
    assert_eq!(scope("model.attention"), "tasks generate and autoencode; read by sngan");
    assert_eq!(
        scope("model.n_layers"),
        "tasks pix2pix, cyclegan, cut, upscale and inpaint; read by discriminator patch"
    );
}

#[test]
fn every_default_is_written_as_keys_say_and_obeys_its_own_rule() {
    assert_eq!(unchecked(""), Recipe::default());
    assert_eq!(Recipe::default().task, Task::new(TaskKind::default()));
    for key in keys().iter().filter(|key| !["task", "model.kind"].contains(&key.key.as_str())) {
        for task in &key.tasks {
            let head = format!("task = '{task}'");
            let text = format!("{head}\n{} = {}", key.key, key.default);
            let bare = Recipe { name: unchecked(&text).name, ..unchecked(&head) };
            assert_eq!(unchecked(&text), bare, "{text}");
        }
    }
    for task in TaskKind::ALL {
        let bare = unchecked(&format!("task = '{task}'"));
        assert_eq!(bare.model.kind, task.default_network());
        assert_eq!(unchecked(&format!("task = '{task}'\nmodel.kind = '{}'", bare.model.kind)), bare);
    }
}

#[test]
fn unusual_values_survive_a_round_trip() {
    let mut recipe = Recipe { name: "with space".into(), seed: i64::MAX as u64, ..Recipe::default() };
    recipe.data.source = "C:\\images \"of\" 'mine'\n\ttab é 🐦 # no comment".into();
    recipe.optim.epsilon = 5e-324;
    recipe.optim.generator_lr = 0.1 + 0.2;
    recipe.optim.discriminator_lr = 1e300;
    recipe.loss.a = -1.0;
    assert_eq!(read(&recipe.to_toml()).unwrap(), recipe);
}

#[test]
fn sections_of_tasks_are_those_of_the_struct() {
    for task in TaskKind::ALL {
        let own = keys().iter().any(|key| key.key.starts_with(&format!("{task}.")));
        assert_eq!(own, !matches!(Task::new(*task), Task::Generate | Task::Classify), "{task}");
        assert_eq!(Task::new(*task).kind(), *task);
    }
    assert!(find("generate.kind").is_none());
}
