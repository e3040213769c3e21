//! GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium, Heusel et al. 2017,
//! arXiv:1706.08500: the Fréchet Inception distance. Its formula is in `gannet-metrics/src/frechet.rs`, its network in
//! `gannet-nn/src/extractors/inception.rs`.

use super::frechet::frechet;
use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::subject::Subject;

/// The Fréchet distance of Inception's features.
pub struct Fid;

impl Metric for Fid {
    fn summary(&self) -> &'static str {
        "Fréchet Inception distance (Heusel et al. 2017); needs the features of Inception"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { moments: true, ..Needs::default() }
    }

    fn check(&self, subject: &Subject) -> Result<(), EvalError> {
        if subject.extractor()?.is_inception {
            return Ok(());
        }
        Err(subject.refuse(
            "is the Fréchet distance of Inception's features: with others ask for fd, or give --features inception",
        ))
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        frechet("fid", context)
    }
}
