//! From a source to a recipe: layers of differences, the nearest winning, and `--set` above them all.

use std::path::PathBuf;

use crate::conflicts;
use crate::error::RecipeError;
use crate::key::Section;
use crate::keys::find;
use crate::layer::{Layer, Values, scope};
use crate::recipe::Recipe;
use crate::source::Source;
use crate::task::Task;
use crate::value::Field;

/// The recipe with its bases below it and the overrides above it.
pub(crate) fn resolve(source: Source, overrides: &[String]) -> Result<Recipe, RecipeError> {
    let place = source.place.clone();
    let recipe = unchecked(source, overrides)?;
    match conflicts::find(&recipe) {
        Some(conflict) => Err(RecipeError::Conflict { place, conflict }),
        None => Ok(recipe),
    }
}

/// The recipe, whose values may contradict each other.
pub(crate) fn unchecked(source: Source, overrides: &[String]) -> Result<Recipe, RecipeError> {
    let (name, place) = (source.name.clone(), source.place.clone());
    let overrides = Layer::overrides(overrides)?;
    let mut values = Values::new();
    for layer in layers(source)?.into_iter().rev() {
        values = layer.over(values)?;
    }
    let mut values = overrides.over(values)?;
    let name = values.entry("name".into()).or_insert(name.to_value());
    if let Some(key) = find("name") {
        key.rule.check("name", name, &place)?;
    }
    build(values, &place)
}

/// The layers of a source and its bases, which leave their names behind; the nearest first.
fn layers(source: Source) -> Result<Vec<Layer>, RecipeError> {
    let (mut layers, mut seen) = (Vec::new(), Vec::new());
    let mut next = Some(source);
    while let Some(source) = next {
        refuse_circle(&mut seen, &source)?;
        let (mut layer, base) = Layer::read(&source)?;
        if !layers.is_empty() {
            layer.values.remove("name");
        }
        layers.push(layer);
        next = base.map(|wanted| source.base(&wanted)).transpose()?;
    }
    Ok(layers)
}

/// Notes the recipe's identity and place among those read before, where it must not be.
fn refuse_circle(seen: &mut Vec<(PathBuf, String)>, source: &Source) -> Result<(), RecipeError> {
    let start = seen.iter().position(|(identity, _)| *identity == source.identity);
    seen.push((source.identity.clone(), source.place.clone()));
    let Some(start) = start else { return Ok(()) };
    let chain: Vec<&str> = seen[start..].iter().map(|(_, place)| place.as_str()).collect();
    Err(RecipeError::Circle { chain: chain.join(" → ") })
}

/// The recipe with these values, which have been checked, and defaults for the rest.
fn build(values: Values, place: &str) -> Result<Recipe, RecipeError> {
    let task = values.get("task").and_then(Task::from_value).unwrap_or_default();
    let network = scope(task.kind(), &values).network;
    // The task first: it decides which sections exist.
    let mut recipe = Recipe { task, ..Recipe::default() };
    recipe.model.kind = network;
    for (key, value) in values.iter().filter(|(key, _)| *key != "task") {
        // Rules and scopes leave nothing else to refuse here.
        recipe.set(key, value).ok_or_else(|| RecipeError::Conflict {
            place: place.to_owned(),
            conflict: format!("{key} cannot be {value}"),
        })?;
    }
    Ok(recipe)
}
