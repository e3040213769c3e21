//! The Fréchet distance (Heusel et al. 2017, arXiv:1706.08500) on the features of any extractor.

use super::frechet::frechet;
use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// The Fréchet distance.
pub struct Fd;

impl Metric for Fd {
    fn summary(&self) -> &'static str {
        "Fréchet distance on any features"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { moments: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        frechet("fd", context)
    }
}
