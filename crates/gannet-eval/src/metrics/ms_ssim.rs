//! Multi-scale Structural Similarity for Image Quality Assessment, Wang et al. 2003: MS-SSIM, mean over channels.

use gannet_metrics::ms_ssim;

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// Structural similarity at five scales.
pub struct MsSsim;

impl PairMetric for MsSsim {
    fn summary(&self) -> &'static str {
        "structural similarity at five scales (Wang et al. 2003), mean over pairs"
    }

    fn measure(&self, pair: &Pair, _: &PairTools) -> Result<f64, EvalError> {
        pair.mean_over_planes(ms_ssim)
    }
}
