//! Which classes the images show, compared with a reference (Srivastava et al. 2017, arXiv:1705.07761).

use crate::EvalError;
use crate::class_report::class_report;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// Classes as modes.
pub struct Modes;

impl Metric for Modes {
    fn summary(&self) -> &'static str {
        "number of classes found, and the KL divergence of their shares from the reference's, in nats"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { logits: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let classes = context.subject.classifier()?.classes();
        let report = class_report(&context.set().statistics.logits, classes);
        let reference = class_report(&context.reference()?.statistics.logits, classes);
        let found = report.compare(&reference.shares)?;
        Ok(vec![
            Measurement::one("modes", found.found as f64, format!("classes found of {classes}")),
            Measurement::one("modes_kl", found.kl, "KL divergence from the reference's shares of classes, in nats"),
        ])
    }
}
