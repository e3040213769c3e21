//! The values of one text or of the command line, checked against the schema and put over those of the base.

use std::collections::BTreeMap;

use gannet_choice::{Choice, alternatives};
use gannet_nn::NetworkKind;
use toml::{Table, Value};

use crate::error::RecipeError;
use crate::key::Key;
use crate::keys::{counterpart, find, in_words, is_section, known, list};
use crate::renamed;
use crate::scope::{Scope, readers};
use crate::source::Source;
use crate::task_kind::TaskKind;
use crate::value::Field;

/// Values by dotted key.
pub(crate) type Values = BTreeMap<String, Value>;

/// Where `--set` values come from, in messages.
const COMMAND_LINE: &str = "--set";
/// Tasks that a message lists at most.
const MOST: usize = 4;

/// Values from one place.
pub(crate) struct Layer {
    /// Where they were written.
    place: String,
    pub(crate) values: Values,
}

impl Layer {
    /// The values of a recipe's text, and its `base`.
    pub(crate) fn read(source: &Source) -> Result<(Self, Option<String>), RecipeError> {
        let (mut values, place) = (Values::new(), &source.place);
        flatten("", source.text.parse().map_err(|error| syntax(source, &error))?, &mut values);
        let base = take_base(&mut values, place)?;
        for (key, value) in &values {
            renamed::refuse(key, value.as_str(), place)?;
            known(key, place)?.rule.check(key, value, place)?;
        }
        Ok((Self { place: place.clone(), values }, base))
    }

    /// The values of `--set`, of which a later one wins.
    pub(crate) fn overrides(overrides: &[String]) -> Result<Self, RecipeError> {
        let values = overrides.iter().map(|text| parse_override(text)).collect::<Result<_, _>>()?;
        Ok(Self { place: COMMAND_LINE.to_owned(), values })
    }

    /// These values over those of the base, of which the keys stay that this layer's task and networks have.
    ///
    /// # Errors
    /// A key of this layer does not exist in its task, or with its networks.
    pub(crate) fn over(self, mut below: Values) -> Result<Values, RecipeError> {
        let task = self.values.get("task").or(below.get("task")).and_then(TaskKind::from_value).unwrap_or_default();
        below.retain(|key, _| find(key).is_some_and(|key| key.tasks.contains(task)));
        if network(&below).is_some_and(|network| !task.takes(network)) {
            below.remove("model.kind");
        }
        self.check_tasks(task)?;
        let mut values = below;
        values.extend(self.values.clone());
        let scope = scope(task, &values);
        self.check_networks(scope)?;
        values.retain(|key, _| scope.reads(key));
        Ok(values)
    }

    /// Refuses a key, or a network, of another task.
    fn check_tasks(&self, task: TaskKind) -> Result<(), RecipeError> {
        let foreign = self.values.keys().filter_map(|key| find(key)).find(|key| !key.tasks.contains(task));
        if let Some(key) = foreign {
            return Err(self.of_other_task(key, task));
        }
        match network(&self.values) {
            Some(network) if !task.takes(network) => Err(self.network_of_other_task(network, task)),
            _ => Ok(()),
        }
    }

    fn of_other_task(&self, key: &Key, task: TaskKind) -> RecipeError {
        let own = key.tasks.kinds();
        let remedy = match counterpart(&key.key, task) {
            Some(counterpart) => format!("set {counterpart}"),
            None if own.len() > MOST => "leave it out, or set another task".into(),
            None => format!("leave it out, or set task to {}", alternatives(&own)),
        };
        self.other_task(key.key.clone(), &own, task, remedy)
    }

    fn network_of_other_task(&self, network: NetworkKind, task: TaskKind) -> RecipeError {
        let own: Vec<TaskKind> = TaskKind::ALL.iter().copied().filter(|task| task.takes(network)).collect();
        let fitting: Vec<NetworkKind> = NetworkKind::of_role(task.role()).collect();
        let remedy = format!("set model.kind to {}, or set task to {}", alternatives(&fitting), alternatives(&own));
        self.other_task(format!("model.kind {network}"), &own, task, remedy)
    }

    fn other_task(&self, key: String, own: &[TaskKind], task: TaskKind, remedy: String) -> RecipeError {
        let (tasks, task, place) = (in_words(own), task.to_string(), self.place.clone());
        RecipeError::OtherTask { key, tasks, task, remedy, place }
    }

    /// Refuses a key of `[model]` that the networks do not read, unless it has its default.
    fn check_networks(&self, scope: Scope) -> Result<(), RecipeError> {
        let mut known = self.values.iter().filter_map(|(key, value)| Some((find(key)?, value)));
        let unread = known.find(|(key, value)| !scope.reads(&key.key) && **value != key.default);
        unread.map_or(Ok(()), |(key, _)| {
            Err(RecipeError::OtherNetwork {
                key: key.key.clone(),
                readers: list(&readers(&key.key)),
                networks: scope.networks(),
                place: self.place.clone(),
            })
        })
    }
}

fn network(values: &Values) -> Option<NetworkKind> {
    values.get("model.kind").and_then(NetworkKind::from_value)
}

/// The scope of a recipe with these values.
pub(crate) fn scope(task: TaskKind, values: &Values) -> Scope {
    Scope {
        task,
        network: network(values).unwrap_or(task.default_network()),
        discriminator: values.get("model.discriminator").and_then(Field::from_value).unwrap_or_default(),
        q_network: values.get("condition.q_network").and_then(Field::from_value).unwrap_or_default(),
    }
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

/// `key=value`, the value being TOML or, where the key takes a text, that text without quotes.
fn parse_override(text: &str) -> Result<(String, Value), RecipeError> {
    let malformed = || RecipeError::Override { text: text.to_owned() };
    let (key, written) = text.split_once('=').ok_or_else(malformed)?;
    let (key, written) = (key.trim(), written.trim());
    if key.is_empty() {
        return Err(malformed());
    }
    let parsed = written.parse::<Value>();
    let word = parsed.as_ref().ok().and_then(Value::as_str).unwrap_or(written);
    renamed::refuse(key, Some(word), COMMAND_LINE)?;
    let rule = known(key, COMMAND_LINE)?.rule;
    let value = match parsed {
        Ok(value) if value.is_str() || !rule.is_text() => value,
        _ => Value::String(written.to_owned()),
    };
    rule.check(key, &value, COMMAND_LINE)?;
    Ok((key.to_owned(), value))
}
