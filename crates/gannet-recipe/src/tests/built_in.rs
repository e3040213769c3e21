//! The recipes that come with Gannet.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::read;
use crate::{Recipe, registry};

#[test]
fn every_registered_recipe_resolves_and_survives_a_round_trip() {
    for entry in registry() {
        let recipe = entry.recipe().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recipe.name, entry.name);
        for (key, text) in [("summary", &recipe.summary), ("method", &recipe.method), ("paper", &recipe.paper)] {
            assert!(!text.is_empty(), "{} has no {key}", entry.name);
        }
        let text = recipe.to_toml();
        let again = Recipe::from_toml(&text, "runs/1/recipe.toml", &[]).unwrap();
        assert_eq!(again, recipe);
        assert_eq!(again.to_toml(), text);
        assert_eq!(serde_json::from_str::<Recipe>(&serde_json::to_string(&recipe).unwrap()).unwrap(), recipe);
    }
}

#[test]
fn every_file_of_the_recipes_folder_is_registered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recipes");
    let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let recipes = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let files: BTreeSet<String> = recipes.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(files, registry().iter().map(|entry| entry.name.to_owned()).collect());
}

#[test]
fn a_built_in_recipe_says_only_what_differs() {
    for entry in registry() {
        let written: toml::Table = entry.text.parse().unwrap();
        let text = |key: &str| written.get(key).and_then(|value| value.as_str()).unwrap_or_default();
        // Without its own sections it is its base, or the defaults, of its task.
        let heads: Vec<String> = ["base", "task"]
            .into_iter()
            .filter(|key| !text(key).is_empty())
            .map(|key| format!("{key} = \"{}\"\n", text(key)))
            .collect();
        let below: toml::Table = super::schema::unchecked(&heads.concat()).to_toml().parse().unwrap();
        for (section, values) in written.iter().filter_map(|(key, value)| Some((key, value.as_table()?))) {
            for (key, value) in values {
                let said_of_the_subject = ["data.source", "data.size", "data.channels"];
                let dotted = format!("{section}.{key}");
                let differs = below.get(section).and_then(|section| section.get(key)) != Some(value);
                assert!(differs || said_of_the_subject.contains(&&*dotted), "{}: {dotted}", entry.name);
            }
        }
    }
}

#[test]
fn a_recipe_without_images_says_what_to_give() {
    let message = super::refusal(Recipe::load("mnist-gan", &[]).unwrap().data_source());
    assert!(message.starts_with("recipe 'mnist-gan' needs images: give --data PATH, the folder of MNIST"), "{message}");
    assert_eq!(read("").unwrap().data_source().unwrap(), "digits");
}
