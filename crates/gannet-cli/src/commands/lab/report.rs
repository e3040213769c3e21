//! The outcome of an experiment as rows of a table.

use gannet_lab::Outcome;
use gannet_metrics::modes::Coverage;

/// Rows about an outcome that `evaluated` samples show.
pub fn outcome_rows(outcome: &Outcome, evaluated: usize) -> Vec<Vec<String>> {
    let Coverage { modes, of, high_quality, reverse_kl } = outcome.coverage;
    vec![
        row("modes", format!("{modes} of {of}")),
        row("high quality", format!("{:.1}% of {evaluated} samples", 100.0 * high_quality)),
        row("reverse KL", format!("{reverse_kl:.3} nats")),
        row("time", format!("{:.1} s for {} steps", outcome.seconds, outcome.steps)),
    ]
}

/// A row that says that an experiment of `steps` steps diverged.
pub fn divergence_row(outcome: &Outcome, steps: u64) -> Option<Vec<String>> {
    let text = || format!("at step {}: a loss is not finite", outcome.steps);
    (outcome.steps < steps).then(|| row("stopped", text()))
}

/// A row of a name and a value.
pub fn row(name: &str, value: impl Into<String>) -> Vec<String> {
    vec![name.to_owned(), value.into()]
}
