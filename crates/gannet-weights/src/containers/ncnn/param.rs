//! The text of a graph.

use super::refusal::Refusal;

/// The number that begins a graph.
pub(super) const MAGIC: u32 = 7_767_517;
/// Keys of arrays are this number minus the key.
const ARRAY: i64 = -23_300;

/// A layer of a graph.
pub(super) struct Layer {
    pub kind: String,
    pub name: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// Its parameters by their numbers.
    parameters: Vec<(i64, Vec<f64>)>,
}

/// The layers of a graph, in their order.
pub(super) fn layers(text: &str) -> Result<Vec<Layer>, Refusal> {
    let wrong = |reason: &str| Refusal::Damaged(reason.to_owned());
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).skip(1);
    let counts = lines.next().ok_or_else(|| wrong("its graph has no layers"))?;
    let count = counts.split_whitespace().next().and_then(|count| count.parse::<usize>().ok());
    let layers: Vec<Layer> = lines.map(layer).collect::<Result<_, _>>()?;
    if count != Some(layers.len()) {
        return Err(wrong(&format!("its graph has {} layers and says '{counts}'", layers.len())));
    }
    Ok(layers)
}

/// The layer of a line: kind, name, numbers of inputs and outputs, their names, and parameters.
fn layer(line: &str) -> Result<Layer, Refusal> {
    let parse = || {
        let mut words = line.split_whitespace();
        let (kind, name) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (inputs, outputs) = (words.next()?.parse::<usize>().ok()?, words.next()?.parse::<usize>().ok()?);
        let words: Vec<&str> = words.collect();
        let (names, parameters) = words.split_at_checked(inputs.checked_add(outputs)?)?;
        let (inputs, outputs) = names.split_at(inputs);
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let parameters = parameters.iter().map(|word| parameter(word)).collect::<Option<_>>()?;
        Some(Layer { kind, name, inputs: own(inputs), outputs: own(outputs), parameters })
    };
    if line.starts_with("pnnx.") {
        return Err(Refusal::Foreign("it is pnnx's own form: give the file that it calls NAME.ncnn.param".to_owned()));
    }
    parse().ok_or_else(|| Refusal::Damaged(format!("its graph has no layer in the line '{line}'")))
}

/// A parameter, `KEY=VALUE`, or `-23300-KEY=COUNT,VALUE,…`.
fn parameter(word: &str) -> Option<(i64, Vec<f64>)> {
    let (key, value) = word.split_once('=')?;
    let key: i64 = key.parse().ok()?;
    let values: Vec<f64> = value.split(',').map(|value| value.parse().ok()).collect::<Option<_>>()?;
    if key > ARRAY {
        return (values.len() == 1).then_some((key, values));
    }
    let (count, values) = values.split_first()?;
    (*count == values.len() as f64).then(|| (ARRAY - key, values.to_vec()))
}

impl Layer {
    /// The values of a parameter; none where the layer does not have it.
    pub fn all(&self, key: i64) -> &[f64] {
        self.parameters.iter().find(|(found, _)| *found == key).map_or(&[], |(_, values)| values)
    }

    /// A number, or `otherwise` where the layer does not have it.
    pub fn number(&self, key: i64, otherwise: f64) -> f64 {
        self.all(key).first().copied().unwrap_or(otherwise)
    }

    /// A whole number of 0 or more.
    pub fn whole(&self, key: i64, otherwise: usize) -> Result<usize, Refusal> {
        let Some(value) = self.all(key).first() else { return Ok(otherwise) };
        let is_whole = value.fract() == 0.0 && (0.0..9e15).contains(value);
        let wrong = || Refusal::Damaged(format!("{} has {key}={value}", self.name));
        is_whole.then_some(*value as usize).ok_or_else(wrong)
    }
}
