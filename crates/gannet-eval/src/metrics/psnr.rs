//! The peak signal-to-noise ratio in decibels, of all channels together.

use gannet_metrics::psnr;

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// The peak signal-to-noise ratio.
pub struct Psnr;

impl PairMetric for Psnr {
    fn summary(&self) -> &'static str {
        "peak signal-to-noise ratio in decibels, mean over pairs"
    }

    fn measure(&self, pair: &Pair, _: &PairTools) -> Result<f64, EvalError> {
        let decibels: Result<Vec<f64>, _> = pair.planes.iter().map(|[image, partner]| psnr(image, partner)).collect();
        let errors = decibels?.into_iter().map(|decibels| 10_f64.powf(-decibels / 10.0)).sum::<f64>();
        Ok(-10.0 * (errors / pair.planes.len() as f64).log10())
    }
}
