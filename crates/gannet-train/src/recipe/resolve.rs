//! From a name or a text to a recipe: layers of differences, the nearest winning, and `--set` above them all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::leaf::{Leaf, schema};
use super::nearest::{did_you_mean, nearest};
use super::registry::{Entry, built_in, registry};
use super::rule::alternatives;
use super::schema::Recipe;
use super::{RecipeError, conflicts};

/// Values by dotted key. Merging two recipes deeply is merging these.
type Values = BTreeMap<String, Value>;

/// Where `--set` values come from, in messages.
const COMMAND_LINE: &str = "--set";

/// A recipe's text and where it came from.
pub(super) struct Source {
    /// The recipe's name, unless the text gives another.
    name: String,
    /// What to call it in messages.
    place: String,
    /// What tells it from every other recipe.
    identity: PathBuf,
    /// What a path in `base` is relative to.
    folder: PathBuf,
    text: String,
}

impl Source {
    /// A text that came from `origin`, a path or any other description.
    pub(super) fn text(text: &str, origin: &str) -> Self {
        let path = Path::new(origin);
        let stem = path.file_stem().map_or_else(|| origin.into(), |stem| stem.to_string_lossy());
        Self {
            name: stem.into_owned(),
            place: format!("recipe {origin}"),
            identity: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            text: text.to_owned(),
        }
    }

    fn built_in(entry: &Entry) -> Self {
        Self {
            name: entry.name.to_owned(),
            place: format!("recipe {}", entry.name),
            identity: Path::new("built-in").join(entry.name),
            folder: PathBuf::new(),
            text: entry.text.to_owned(),
        }
    }

    fn file(path: &Path) -> Result<Self, RecipeError> {
        let shown = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::text(&text, &shown)),
            Err(source) => Err(RecipeError::Unreadable { path: shown, source }),
        }
    }

    /// The recipe of this name, or in this file, a relative path being relative to `folder`.
    pub(super) fn find(wanted: &str, folder: &Path, wanted_by: &str) -> Result<Self, RecipeError> {
        let path = folder.join(wanted);
        if let Some(entry) = built_in(wanted) {
            Ok(Self::built_in(entry))
        } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            Self::file(&path)
        } else if !wanted.is_empty() && path.exists() {
            Err(RecipeError::NotARecipe { path: path.display().to_string() })
        } else {
            Err(unknown_recipe(wanted, wanted_by))
        }
    }

    fn base(&self, wanted: &str) -> Result<Self, RecipeError> {
        Self::find(wanted, &self.folder, &format!(" (the base of {})", self.place))
    }
}

fn unknown_recipe(name: &str, wanted_by: &str) -> RecipeError {
    let near = did_you_mean(&nearest(name, registry().iter().map(|entry| entry.name)));
    let suggestion = if near.is_empty() { String::from(";") } else { near };
    RecipeError::UnknownRecipe { name: name.to_owned(), wanted_by: wanted_by.to_owned(), suggestion }
}

/// The recipe with its bases below it and the overrides above it.
pub(super) fn resolve(source: Source, overrides: &[String]) -> Result<Recipe, RecipeError> {
    let (name, place) = (source.name.clone(), source.place.clone());
    let mut values = parse_overrides(overrides)?;
    let mut seen: Vec<(PathBuf, String)> = Vec::new();
    let mut next = Some(source);
    while let Some(source) = next {
        refuse_circle(&mut seen, &source)?;
        let (mut layer, base) = read_layer(&source)?;
        if seen.len() > 1 {
            layer.remove("name");
        }
        for (key, value) in layer {
            values.entry(key).or_insert(value);
        }
        next = base.map(|wanted| source.base(&wanted)).transpose()?;
    }
    let name = values.entry("name".into()).or_insert(Value::String(name));
    find_key("name", &place)?.rule.check("name", name, &place)?;
    let recipe = build(values, &place)?;
    conflicts::refuse(&recipe, &place)?;
    Ok(recipe)
}

/// Notes the recipe's identity and place among those read before, where it must not be.
fn refuse_circle(seen: &mut Vec<(PathBuf, String)>, source: &Source) -> Result<(), RecipeError> {
    let start = seen.iter().position(|(identity, _)| *identity == source.identity);
    seen.push((source.identity.clone(), source.place.clone()));
    let Some(start) = start else { return Ok(()) };
    let chain: Vec<&str> = seen[start..].iter().map(|(_, place)| place.as_str()).collect();
    Err(RecipeError::Circle { chain: chain.join(" → ") })
}

/// The checked values of one text, and its `base`.
fn read_layer(source: &Source) -> Result<(Values, Option<String>), RecipeError> {
    let table: Table = source.text.parse().map_err(|error| syntax(source, &error))?;
    let mut values = Values::new();
    flatten("", table, &mut values);
    let base = take_base(&mut values, &source.place)?;
    for (key, value) in &values {
        find_key(key, &source.place)?.rule.check(key, value, &source.place)?;
    }
    Ok((values, base))
}

fn syntax(source: &Source, error: &toml::de::Error) -> RecipeError {
    let before = error.span().and_then(|span| source.text.get(..span.start)).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    RecipeError::Syntax { place: source.place.clone(), line, message }
}

fn take_base(values: &mut Values, place: &str) -> Result<Option<String>, RecipeError> {
    match values.remove("base") {
        None => Ok(None),
        Some(Value::String(base)) => Ok(Some(base)),
        Some(other) => Err(RecipeError::WrongType {
            key: "base".into(),
            expected: "a recipe's name or file",
            found: other.to_string(),
            place: place.to_owned(),
        }),
    }
}

/// Turns tables in tables into dotted keys. An empty table counts as a value unless it is a section.
fn flatten(above: &str, table: Table, values: &mut Values) {
    for (key, value) in table {
        let key = if above.is_empty() { key } else { format!("{above}.{key}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => flatten(&key, inner, values),
            Value::Table(_) if is_section(&key) => {}
            value => {
                values.insert(key, value);
            }
        }
    }
}

fn is_section(key: &str) -> bool {
    !key.is_empty() && schema().iter().any(|leaf| leaf.section() == key)
}

fn find_key(key: &str, place: &str) -> Result<&'static Leaf, RecipeError> {
    schema().iter().find(|leaf| leaf.key == key).ok_or_else(|| RecipeError::UnknownKey {
        key: key.to_owned(),
        place: place.to_owned(),
        suggestion: suggest_key(key),
    })
}

/// The keys of a section, or the nearest keys, or where all are listed.
fn suggest_key(key: &str) -> String {
    if is_section(key) {
        let keys: Vec<&str> = schema().iter().filter(|leaf| leaf.section() == key).map(|leaf| &*leaf.key).collect();
        return format!("; '{key}' is a section: set {}", alternatives(&keys));
    }
    match did_you_mean(&near_keys(key)) {
        none if none.is_empty() => "; 'gannet recipes --keys' lists all keys".into(),
        suggestion => suggestion,
    }
}

/// The one key that only misses its section, or else the nearest by the whole key, or else by its last part.
fn near_keys(key: &str) -> Vec<&'static str> {
    let known = || schema().iter().map(|leaf| leaf.key.as_str());
    let last = key.rsplit('.').next().unwrap_or(key);
    let namesakes: Vec<&str> = known().filter(|known| known.rsplit('.').next() == Some(last)).collect();
    match (namesakes.as_slice(), nearest(key, known())) {
        ([_], _) => namesakes,
        (_, near) if !near.is_empty() => near,
        _ => nearest(last, known()),
    }
}

fn parse_overrides(overrides: &[String]) -> Result<Values, RecipeError> {
    overrides.iter().map(|text| parse_override(text)).collect()
}

/// `key=value`, the value being TOML or, where the key takes a text, that text without quotes.
fn parse_override(text: &str) -> Result<(String, Value), RecipeError> {
    let malformed = || RecipeError::Override { text: text.to_owned() };
    let (key, written) = text.split_once('=').ok_or_else(malformed)?;
    let key = key.trim();
    if key.is_empty() {
        return Err(malformed());
    }
    let leaf = find_key(key, COMMAND_LINE)?;
    let value = match written.trim().parse::<Value>() {
        Ok(value) if value.is_str() || !leaf.rule.is_text() => value,
        _ => Value::String(written.trim().to_owned()),
    };
    leaf.rule.check(key, &value, COMMAND_LINE)?;
    Ok((key.to_owned(), value))
}

/// The recipe with these values, which have been checked, and defaults for the rest.
fn build(values: Values, place: &str) -> Result<Recipe, RecipeError> {
    let mut table = Table::new();
    for (key, value) in values {
        match key.split_once('.') {
            None => drop(table.insert(key, value)),
            Some((section, key)) => insert_below(&mut table, section, key, value),
        }
    }
    table.try_into().map_err(|error: toml::de::Error| RecipeError::Conflict {
        place: place.to_owned(),
        conflict: error.message().to_owned(),
    })
}

fn insert_below(table: &mut Table, section: &str, key: &str, value: Value) {
    let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(inner) = inner {
        inner.insert(key.to_owned(), value);
    }
}
