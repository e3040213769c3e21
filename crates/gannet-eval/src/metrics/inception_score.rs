//! Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498: the inception score over splits in
//! random order.

use gannet_metrics::inception_score_of;

use crate::EvalError;
use crate::context::Context;
use crate::conventions::Conventions;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// With fewer images the score is biased by sampling.
const FEW: usize = 5000;

/// The inception score.
pub struct InceptionScore;

impl Metric for InceptionScore {
    fn summary(&self) -> &'static str {
        "inception score (Salimans et al. 2016): 10 splits"
    }

    fn compares(&self) -> Compares {
        Compares::Images
    }

    fn needs(&self) -> Needs {
        Needs { logits: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (classifier, logits) = (context.subject.classifier()?, &context.set().statistics.logits);
        let classes = classifier.classes();
        let count = logits.len() / classes;
        let request = context.subject.request;
        let Conventions { splits, split_order, .. } = request.conventions;
        let order = split_order.start(request.order_seed(), "inception score").permutation(count);
        let found = inception_score_of(logits, classes, splits, &order)?;
        if count < FEW {
            context.warn(&format!("{count} images are few; the score rises with their number, and 50,000 are usual"));
        }
        if !classifier.is_inception {
            context.warn("on another classifier than Inception, so it does not compare with published scores");
        }
        context.note_setting(&format!("{} splits", splits.count));
        Ok(vec![
            Measurement::one("is", found.mean, format!("inception score, 1 to {classes}, higher is better")),
            Measurement::one("is_std", found.std, "standard deviation between splits"),
        ])
    }
}
