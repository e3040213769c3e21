//! One result of a metric.

/// One number, or one for each class, with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// The name in JSON and logs.
    pub name: &'static str,
    /// A single value, or one for each class.
    pub values: Vec<f64>,
    /// A short explanation for tables.
    pub meaning: String,
}

impl Measurement {
    /// A measurement of a single value.
    pub fn one(name: &'static str, value: f64, meaning: impl Into<String>) -> Self {
        Self { name, values: vec![value], meaning: meaning.into() }
    }
}
