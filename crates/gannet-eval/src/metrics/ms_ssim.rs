//! Multi-scale Structural Similarity for Image Quality Assessment, Wang et al. 2003: MS-SSIM, mean over channels.

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// Structural similarity at five scales.
pub struct MsSsim;

impl PairMetric for MsSsim {
    fn summary(&self) -> &'static str {
        "structural similarity at five scales (Wang et al. 2003), mean over pairs"
    }

    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError> {
        Ok(tools.conventions.ssim.ms_ssim(&pair.channels(tools.conventions.ssim_channels))?)
    }
}
