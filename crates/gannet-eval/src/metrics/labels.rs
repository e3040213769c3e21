//! Fully Convolutional Networks for Semantic Segmentation, Long et al. 2014, arXiv:1411.4038: the pixel accuracy of
//! label maps, each label drawn in a color.

use gannet_metrics::{MetricError, label_accuracy};

use crate::EvalError;
use crate::metric::PairMetric;
use crate::pair::{Pair, PairTools};

/// The share of pixels with the right label.
pub struct Labels;

impl PairMetric for Labels {
    fn summary(&self) -> &'static str {
        "share of pixels with the partner's label, by the nearest color of --palette, mean over pairs"
    }

    fn check(&self, tools: &PairTools) -> Result<(), EvalError> {
        if tools.palette.is_empty() {
            let text = "labels needs the colors of the labels: give them with --palette, such as 804080,800000";
            return Err(EvalError::Setting(text.into()));
        }
        Ok(())
    }

    fn measure(&self, pair: &Pair, tools: &PairTools) -> Result<f64, EvalError> {
        pair.check_sizes()?;
        if pair.image.data.is_empty() {
            let found = (pair.image.height, pair.image.width);
            return Err(MetricError::TooSmall { metric: "labels", needed: 1, found }.into());
        }
        let [image, partner] = [&pair.image, &pair.partner].map(|image| image.clone().convert(3).data);
        Ok(label_accuracy(&image, &partner, tools.palette)?)
    }
}
