//! Metrics.

use gannet_choice::Choice;
use gannet_eval::{Compares, MetricKind, Needs};

use super::markdown::{code, table};

/// Every metric: what it is, what it compares, and what it needs.
pub fn metrics() -> String {
    let row = |metric: &MetricKind| {
        [code(metric), metric.doc().to_owned(), compares(metric.compares()).to_owned(), needs(metric.needs())]
    };
    table(["word", "metric", "compares", "needs"], MetricKind::ALL.iter().map(row))
}

fn compares(compares: Compares) -> &'static str {
    match compares {
        Compares::Images => "the images alone",
        Compares::Sets => "the images with a reference",
        Compares::Pairs => "each image with its partner",
        Compares::Generator => "images of a generator along paths",
    }
}

fn needs(needs: Needs) -> String {
    let parts = [
        (needs.logits, "a classifier (`--features`)"),
        (needs.extractor() && !needs.logits, "`--features`"),
        (needs.perceptual, "LPIPS"),
        (needs.labels, "labels"),
    ];
    parts.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}
