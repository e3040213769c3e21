//! What a metric is. A new metric is a type that implements [`Metric`] or [`PairMetric`] in a file of `metrics/`, and a
//! line of the registry.

use crate::EvalError;
use crate::context::Context;
use crate::conventions::Conventions;
use crate::measurement::Measurement;
use crate::needs::Needs;
use crate::pair::{Pair, PairTools};
use crate::subject::Subject;

/// What a metric compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compares {
    /// Nothing: it measures the images alone.
    Images,
    /// The images with a reference, as sets.
    Sets,
    /// Each image with its partner.
    Pairs,
    /// A generator's images along paths between latents.
    Generator,
}

/// A metric of a set of images.
pub trait Metric: Sync {
    /// One line for help and documentation, with its source.
    fn summary(&self) -> &'static str;

    /// What it compares; never pairs.
    fn compares(&self) -> Compares;

    /// What it needs; checked before anything is computed.
    fn needs(&self) -> Needs;

    /// Refuses what it cannot measure for a reason that [`Metric::needs`] does not say.
    ///
    /// # Errors
    /// The message names the metric and the remedy.
    fn check(&self, _subject: &Subject) -> Result<(), EvalError> {
        Ok(())
    }

    /// The numbers. It is called after the checks, with everything that it needs.
    ///
    /// # Errors
    /// Too few images, images of different sizes, or values that are not finite.
    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError>;
}

/// A metric of one image and its partner; its mean over all pairs is reported.
pub trait PairMetric: Sync {
    /// One line for help and documentation, with its source.
    fn summary(&self) -> &'static str;

    /// What it needs.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Refuses what it cannot measure, before anything is computed.
    ///
    /// # Errors
    /// The message names the metric and the remedy.
    fn check(&self, _tools: &PairTools) -> Result<(), EvalError> {
        Ok(())
    }

    /// The value of one pair.
    ///
    /// # Errors
    /// The images have different sizes or are too small.
    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError>;

    /// The number of all pairs from the `values` of each, whose images have `sizes` values: their mean, unless the conventions
    /// say otherwise.
    fn summarize(&self, values: &[f64], _sizes: &[usize], _conventions: &Conventions) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }
}
