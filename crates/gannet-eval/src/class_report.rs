//! A classifier's predictions for a set, from its logits.

use gannet_metrics::ClassReport;

/// The probability above which a classifier counts as confident.
pub const CONFIDENT: f32 = 0.95;

/// The summary of `logits [n, classes]`.
pub fn class_report(logits: &[f32], classes: usize) -> ClassReport {
    ClassReport::new(&softmax(logits, classes), classes, CONFIDENT)
}

/// `logits [n, classes]` → probabilities `[n, classes]`.
fn softmax(logits: &[f32], classes: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = row.iter().map(|logit| (logit - largest).exp()).collect();
        let total: f32 = powers.iter().sum();
        powers.into_iter().map(move |power| power / total).collect::<Vec<_>>()
    };
    logits.chunks_exact(classes.max(1)).flat_map(row).collect()
}
