//! The Fréchet distance of two sets with its warnings; `fid` and `fd` are this distance on different features.

use gannet_metrics::{Moments, frechet_distance};

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;

/// Below so many images the distance on many features is biased.
const USUAL: usize = 10_000;
/// So many features are many.
const MANY_FEATURES: usize = 1000;

/// The distance, under the name `name`.
pub fn frechet(name: &'static str, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
    let (set, reference) = (context.set().statistics, context.reference()?.statistics);
    let (a, b) = (&set.moments, &reference.moments);
    let (fewest, dims) = (a.count().min(b.count()), a.dims());
    let value = frechet_distance(a, b)?;
    if fewest <= dims {
        context.warn(&format!(
            "{fewest} images are too few for the covariance of {dims} features, so the distance is far too large; \
             compare it only with distances of as many images"
        ));
    } else if fewest < USUAL && dims > MANY_FEATURES {
        context.warn(&format!("with {fewest} images the distance is biased; 10,000 or more are usual"));
    }
    if set.count > 1 && is_constant(a) {
        context.warn("all images look the same to the network: has the generator collapsed?");
    }
    Ok(vec![Measurement::one(name, value, format!("Fréchet distance of {dims} features, lower is better"))])
}

/// Whether no feature varies.
fn is_constant(moments: &Moments) -> bool {
    let covariance = moments.covariance();
    (0..moments.dims()).all(|at| covariance[(at, at)] == 0.0)
}
