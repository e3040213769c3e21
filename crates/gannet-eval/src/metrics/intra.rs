//! cGANs with Projection Discriminator, Miyato and Koyama 2018, arXiv:1802.05637: the intra-class Fréchet distance.

use gannet_metrics::intra_frechet;

use crate::EvalError;
use crate::context::{Context, MeasuredSet};
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::reading::KEPT;

/// The Fréchet distance class by class.
pub struct IntraFd;

impl Metric for IntraFd {
    fn summary(&self) -> &'static str {
        "mean of the Fréchet distances of all classes (Miyato and Koyama 2018); needs two labeled sets"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { features: true, labels: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (set, reference) = (context.set(), context.reference()?);
        let classes = set.images.class_names().len();
        let (a, b) = (labels(set), labels(reference));
        let found = intra_frechet((&set.statistics.features, &a), (&reference.statistics.features, &b), classes)?;
        Ok(vec![
            Measurement::one("intra_fd", found.mean, format!("mean of {classes} classes")),
            Measurement { name: "intra_fd_classes", values: found.per_class, meaning: "of each class".into() },
        ])
    }
}

/// The class of each image whose features were kept.
fn labels(set: MeasuredSet) -> Vec<usize> {
    set.statistics.indices.iter().take(KEPT).map(|index| set.images.class_of(*index).unwrap_or(0)).collect()
}
