//! The Unreasonable Effectiveness of Deep Features as a Perceptual Metric, Zhang et al. 2018, arXiv:1801.03924: LPIPS
//! of an image and its partner.

use crate::EvalError;
use crate::metric::PairMetric;
use crate::needs::Needs;
use crate::pair::{Pair, PairTools};
use crate::pixels::rgb_tensor;

/// The perceptual distance.
pub struct Lpips;

impl PairMetric for Lpips {
    fn summary(&self) -> &'static str {
        "perceptual distance LPIPS 0.1 (Zhang et al. 2018), mean over pairs"
    }

    fn needs(&self) -> Needs {
        Needs { perceptual: true, ..Needs::default() }
    }

    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError> {
        pair.check_sizes()?;
        let perceptual = tools.perceptual()?;
        perceptual.check_size((pair.image.height, pair.image.width))?;
        let [x, y] = [&pair.image, &pair.partner].map(|image| rgb_tensor(image, tools.device));
        Ok(f64::from(perceptual.distance(x, y).into_scalar::<f32>()))
    }
}
