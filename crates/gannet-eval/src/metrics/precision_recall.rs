//! Improved Precision and Recall Metric for Assessing Generative Models, Kynkäänniemi et al. 2019, arXiv:1904.06991.

use gannet_metrics::{copies, prdc_in};

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
        let (real, fake) = (&context.reference()?.statistics.features, &context.set().statistics.features);
        let found = prdc_in(context.subject.request.conventions.balls, real, fake, K)?;
        warn_of_copies(context)?;
        let one = |name, value| Measurement::one(name, value, format!("{K} neighbors"));
        Ok(vec![one("precision", found.precision), one("recall", found.recall)])
    }
}

/// Tells how many images of each set equal others of their set: they shrink the balls around them to nothing, so that the numbers
/// say less about distributions.
pub(super) fn warn_of_copies(context: &mut Context) -> Result<(), EvalError> {
    let sets = [("the images", context.set()), ("the reference", context.reference()?)];
    for (name, set) in sets {
        let (features, copies) = (&set.statistics.features, copies(&set.statistics.features));
        if copies > 0 {
            let count = features.count();
            context.warn(&format!(
                "{copies} of {count} features of {name} equal those of another one: remove repeated images, which make balls \
                 around images smaller"
            ));
        }
    }
    Ok(())
}
