//! Image Quality Assessment: From Error Visibility to Structural Similarity, Wang et al. 2004: SSIM, mean over
//! channels.

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// Structural similarity.
pub struct Ssim;

impl PairMetric for Ssim {
    fn summary(&self) -> &'static str {
        "structural similarity (Wang et al. 2004), mean over pairs"
    }

    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError> {
        let (form, planes) = (tools.conventions.ssim, pair.channels(tools.conventions.ssim_channels));
        let values: Result<Vec<f64>, _> = planes.iter().map(|[image, partner]| form.ssim(image, partner)).collect();
        Ok(values?.iter().sum::<f64>() / planes.len() as f64)
    }
}
