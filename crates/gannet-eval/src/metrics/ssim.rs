//! Image Quality Assessment: From Error Visibility to Structural Similarity, Wang et al. 2004: SSIM, mean over
//! channels.

use gannet_metrics::ssim;

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// Structural similarity.
pub struct Ssim;

impl PairMetric for Ssim {
    fn summary(&self) -> &'static str {
        "structural similarity (Wang et al. 2004), mean over pairs"
    }

    fn measure(&self, pair: &Pair, _: &PairTools) -> Result<f64, EvalError> {
        pair.mean_over_planes(ssim)
    }
}
