//! Diatom autofocusing in brightfield microscopy: a comparative study, Pech-Pacheco et al. 2000, ICPR: the variance of
//! the Laplacian.

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::statistics::ImageStatistics;

/// The mean sharpness of both sets.
pub struct Sharpness;

impl Metric for Sharpness {
    fn summary(&self) -> &'static str {
        "mean variance of the Laplacian (Pech-Pacheco et al. 2000): far below the reference's means blur"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { sharpness: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let mean = |statistics: &ImageStatistics| statistics.sharpness / statistics.count as f64;
        let (found, reference) = (mean(context.set().statistics), mean(context.reference()?.statistics));
        let meaning = "mean variance of the Laplacian of brightness from 0 to 255";
        Ok(vec![
            Measurement::one("sharpness", found, meaning),
            Measurement::one("sharpness_reference", reference, "sharpness of the reference"),
        ])
    }
}
