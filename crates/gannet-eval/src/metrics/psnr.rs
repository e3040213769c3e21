//! The peak signal-to-noise ratio in decibels, of all channels together.

use gannet_metrics::psnr;

use crate::EvalError;
use crate::conventions::{Channels, Conventions};
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// The peak signal-to-noise ratio.
pub struct Psnr;

impl PairMetric for Psnr {
    fn summary(&self) -> &'static str {
        "peak signal-to-noise ratio in decibels, mean over pairs"
    }

    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError> {
        let planes = pair.channels(if tools.luma { tools.conventions.psnr.luma } else { Channels::AsRequested });
        let decibels: Result<Vec<f64>, _> = planes.iter().map(|[image, partner]| psnr(image, partner)).collect();
        let errors = decibels?.into_iter().map(squared_error).sum::<f64>();
        Ok(decibels_of(errors / planes.len() as f64 + tools.conventions.psnr.epsilon))
    }

    fn summarize(&self, values: &[f64], sizes: &[usize], conventions: &Conventions) -> f64 {
        if !conventions.psnr.pooled {
            return values.iter().sum::<f64>() / values.len() as f64;
        }
        let errors = values.iter().zip(sizes).map(|(decibels, size)| squared_error(*decibels) * *size as f64);
        decibels_of(errors.sum::<f64>() / sizes.iter().sum::<usize>() as f64)
    }
}

/// The mean squared error of values in `[0, 1]` that has so many decibels.
fn squared_error(decibels: f64) -> f64 {
    10_f64.powf(-decibels / 10.0)
}

fn decibels_of(squared_error: f64) -> f64 {
    -10.0 * squared_error.log10()
}
