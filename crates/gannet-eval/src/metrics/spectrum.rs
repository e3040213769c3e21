//! Watch your Up-Convolution: CNN Based Generative Deep Neural Networks are Failing to Reproduce Spectral
//! Distributions, Durall et al. 2020, arXiv:2003.01826: the distance of power spectra.

use gannet_metrics::{MetricError, spectral_distance};

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;

/// The distance of power spectra.
pub struct Spectrum;

impl Metric for Spectrum {
    fn summary(&self) -> &'static str {
        "mean difference of power spectra in decibels (Durall et al. 2020)"
    }

    fn compares(&self) -> Compares {
        Compares::Sets
    }

    fn needs(&self) -> Needs {
        Needs { spectrum: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let spectra = (&context.set().statistics.spectrum, &context.reference()?.statistics.spectrum);
        let (Some(a), Some(b)) = spectra else {
            return Err(MetricError::TooFew { metric: "a spectrum", needed: 1, found: 0 }.into());
        };
        let meaning = "mean difference of power spectra in dB, lower is better";
        Ok(vec![Measurement::one("spectrum", spectral_distance(a, b)?, meaning)])
    }
}
