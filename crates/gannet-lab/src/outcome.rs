//! The result of an experiment.

use gannet_choice::Choice;
use gannet_metrics::modes::Coverage;
use gannet_objectives::penalties::PenaltyKind;
use gannet_recipe::Recipe;
use gannet_train::doctor::Diagnosis;
use serde::Serialize;

/// The result of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The set's name.
    pub set: String,
    /// The loss.
    pub loss: String,
    /// The penalties that are on, with their weights.
    pub penalty: String,
    /// The seed.
    pub seed: u64,
    /// Number of steps done; fewer than the settings say where a loss was not finite.
    pub steps: u64,
    /// The modes that samples of the averaged generator cover.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Seconds that the steps took.
    pub seconds: f64,
    /// The doctor's findings, each with its step.
    #[serde(skip)]
    pub findings: Vec<(u64, Diagnosis)>,
}

/// The penalties that are on, such as `r1=1 r2=1`; `none` without.
pub fn penalties(recipe: &Recipe) -> String {
    let penalty = &recipe.penalty;
    let gradient = PenaltyKind::ALL.iter().map(|kind| (kind.word().replace('-', "_"), penalty.weight(*kind)));
    let all = gradient.chain([("clip".to_owned(), penalty.clip)]);
    let on: Vec<String> =
        all.filter(|(_, weight)| *weight > 0.0).map(|(name, weight)| format!("{name}={weight}")).collect();
    if on.is_empty() { "none".to_owned() } else { on.join(" ") }
}
