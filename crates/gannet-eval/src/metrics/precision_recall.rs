//! Improved Precision and Recall Metric for Assessing Generative Models, Kynkäänniemi et al. 2019, arXiv:1904.06991.

use gannet_metrics::prdc;

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// The neighbor at whose distance the ball around an image ends.
const K: usize = 3;

/// Precision and recall.
pub struct PrecisionRecall;

impl Metric for PrecisionRecall {
    fn summary(&self) -> &'static str {
        "improved precision and recall (Kynkäänniemi et al. 2019): 3 nearest neighbors"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let found = prdc(&context.reference()?.statistics.features, &context.set().statistics.features, K)?;
        let one = |name, value| Measurement::one(name, value, format!("{K} neighbors"));
        Ok(vec![one("precision", found.precision), one("recall", found.recall)])
    }
}
