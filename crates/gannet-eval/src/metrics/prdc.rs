//! Reliable Fidelity and Diversity Metrics for Generative Models, Naeem et al. 2020, arXiv:2002.09797.

use gannet_metrics::prdc_in;

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::metrics::precision_recall::warn_of_copies;
use crate::needs::Needs;

/// The neighbor at whose distance the ball around an image ends.
const K: usize = 5;

/// Precision, recall, density and coverage.
pub struct Prdc;

impl Metric for Prdc {
    fn summary(&self) -> &'static str {
        "precision, recall, density and coverage (Naeem et al. 2020): 5 nearest neighbors"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (real, fake) = (&context.reference()?.statistics.features, &context.set().statistics.features);
        let found = prdc_in(context.subject.request.conventions.balls, real, fake, K)?;
        warn_of_copies(context)?;
        let one = |name, value, meaning: &str| Measurement::one(name, value, format!("{meaning}, {K} neighbors"));
        Ok(vec![
            one("precision_5", found.precision, "share of generated images near real ones"),
            one("recall_5", found.recall, "share of real images near generated ones"),
            one("density", found.density, "density of real images around generated ones"),
            one("coverage", found.coverage, "share of real images with a generated one nearby"),
        ])
    }
}
