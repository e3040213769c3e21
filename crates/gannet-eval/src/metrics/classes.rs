//! What a classifier predicts for the images: confidence, the share of each class, and accuracy on labeled images.

use gannet_metrics::clustering_accuracy;

use crate::EvalError;
use crate::class_report::{CONFIDENT, class_report};
use crate::context::{Context, MeasuredSet};
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// A classifier's predictions.
pub struct Classes;

impl Metric for Classes {
    fn summary(&self) -> &'static str {
        "a classifier's predictions: confident ones, entropy and shares of classes, accuracy on labeled images"
    }

    fn compares(&self) -> Compares {
        Compares::Images
    }

    fn needs(&self) -> Needs {
        Needs { logits: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (set, classes) = (context.set(), context.subject.classifier()?.classes());
        let report = class_report(&set.statistics.logits, classes);
        let entropy = format!("of the classes' shares in nats, at most {:.3}", (classes as f64).ln());
        let confident = format!("share of predictions with a probability above {CONFIDENT}");
        let mut measurements = vec![
            Measurement::one("confident", report.confident, confident),
            Measurement::one("entropy", report.entropy, entropy),
        ];
        measurements.extend(accuracy(set, classes));
        measurements.push(Measurement {
            name: "classes",
            values: report.shares,
            meaning: "share of each class".into(),
        });
        Ok(measurements)
    }
}

/// The share of images whose most likely class is their label; `None` where the images do not have as many classes as
/// the classifier. The arbitrary classes of an InfoGAN are first matched to the classifier's.
fn accuracy(set: MeasuredSet, classes: usize) -> Option<Measurement> {
    if set.images.class_names().len() != classes {
        return None;
    }
    let rows = set.statistics.indices.iter().zip(set.statistics.logits.chunks_exact(classes));
    let pairs = rows.map(|(index, row)| {
        let predicted = (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b]));
        Some((set.images.class_of(*index)?, predicted?))
    });
    let pairs = pairs.collect::<Option<Vec<_>>>()?;
    if set.images.has_arbitrary_classes() {
        let share = clustering_accuracy(&pairs, classes)?;
        return Some(Measurement::one("accuracy", share, "share predicted as its category, by the best matching"));
    }
    let right = pairs.iter().filter(|(label, predicted)| label == predicted).count();
    Some(Measurement::one("accuracy", right as f64 / pairs.len().max(1) as f64, "share predicted as labeled"))
}
