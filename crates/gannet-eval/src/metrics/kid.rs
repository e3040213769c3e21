//! Demystifying MMD GANs, Bińkowski et al. 2018, arXiv:1801.01401: the kernel inception distance over random subsets.

use gannet_metrics::{draw_subsets, kid};
use gannet_ops::random::Streams;

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// The number of subsets.
const SUBSETS: usize = 100;
/// Images in a subset.
const SUBSET: usize = 1000;

/// The kernel distance.
pub struct Kid;

impl Metric for Kid {
    fn summary(&self) -> &'static str {
        "kernel distance, unbiased (Bińkowski et al. 2018): 100 subsets of 1,000 images"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (a, b) = (&context.set().statistics.features, &context.reference()?.statistics.features);
        let size = SUBSET.min(a.count()).min(b.count());
        if size < SUBSET {
            context.warn(&format!("subsets of {size} images, since there are no more; {SUBSET} are usual"));
        }
        let stream = &mut Streams::new(context.subject.request.seed).at("kid", 0);
        let found = kid(a, b, &draw_subsets(a.count(), b.count(), SUBSETS, size, stream)?)?;
        context.note_setting(&format!("{SUBSETS} subsets of {size}, cubic kernel"));
        Ok(vec![
            Measurement::one("kid", found.mean, "kernel distance, lower is better"),
            Measurement::one("kid_std", found.std, "standard deviation between subsets"),
        ])
    }
}
