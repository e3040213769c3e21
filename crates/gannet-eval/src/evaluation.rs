//! The results of an evaluation.

use gannet_apply::image_grid::ImageGrid;
use serde_json::{Map, Value, json};

use crate::measurement::Measurement;
use crate::protocol::Protocol;

/// The numbers of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// In the order of the metrics.
    pub measurements: Vec<Measurement>,
    /// Everything that the numbers depend on.
    pub protocol: Protocol,
    /// Reasons why they mean less than they seem to.
    pub warnings: Vec<String>,
    /// Generated images beside their nearest neighbors, where metric `neighbors` was requested.
    pub picture: Option<ImageGrid>,
}

impl Evaluation {
    /// The first value of the measurement called `name`.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.measurements.iter().find(|measurement| measurement.name == name)?.values.first().copied()
    }

    /// `{"metrics": {…}, "protocol": {…}, "warnings": […]}`.
    pub fn to_json(&self) -> Value {
        json!({"metrics": values(&self.measurements), "protocol": self.protocol, "warnings": self.warnings})
    }
}

/// The means over pairs of images.
#[derive(Debug, Clone, PartialEq)]
pub struct PairEvaluation {
    /// In the order of the metrics.
    pub measurements: Vec<Measurement>,
    /// The number of pairs.
    pub pairs: usize,
    /// Everything that the numbers depend on, in one line.
    pub protocol: String,
    /// What reading the images left out.
    pub warnings: Vec<String>,
}

impl PairEvaluation {
    /// `{"metrics": {…}, "pairs": …, "protocol": "…", "warnings": […]}`.
    pub fn to_json(&self) -> Value {
        let Self { measurements, pairs, protocol, warnings } = self;
        json!({"metrics": values(measurements), "pairs": pairs, "protocol": protocol, "warnings": warnings})
    }
}

/// Each measurement's value or values, by name.
fn values(measurements: &[Measurement]) -> Map<String, Value> {
    let value = |values: &[f64]| if let [one] = values { json!(one) } else { json!(values) };
    measurements.iter().map(|measurement| (measurement.name.to_owned(), value(&measurement.values))).collect()
}
