//! The mean LPIPS (Zhang et al. 2018, arXiv:1801.03924) between different images of a set, as a measure of variety.

use gannet_metrics::MetricError;

use crate::EvalError;
use crate::context::Context;
use crate::measurement::Measurement;
use crate::metric::{Compares, Metric};
use crate::needs::Needs;
use crate::perceptual::{enlarge_for_lpips, enlargement};
use crate::pixels::rgb_tensor;

/// The largest number of pairs.
const PAIRS: usize = 1000;

/// The mean perceptual distance of neighboring images, two by two.
pub struct Diversity;

impl Metric for Diversity {
    fn summary(&self) -> &'static str {
        "mean LPIPS between 1,000 pairs of the images: variety"
    }

    fn compares(&self) -> Compares {
        Compares::Images
    }

    fn needs(&self) -> Needs {
        Needs { perceptual: true, ..Needs::default() }
    }

    fn measure(&self, context: &mut Context) -> Result<Vec<Measurement>, EvalError> {
        let (set, perceptual) = (context.set(), context.subject.perceptual()?);
        let pairs = (set.statistics.count / 2).min(PAIRS);
        if pairs == 0 {
            let (name, count) = (&set.images.name, set.statistics.count);
            return Err(context.subject.refuse(&format!("needs 2 images, and {name} has {count}")));
        }
        let (mut sum, mut enlarged) = (0.0, None);
        for pair in 0..pairs {
            let both = set.images.read(2 * pair, 2).into_iter().collect::<Result<Vec<_>, _>>()?;
            let sizes = [&both[0], &both[1]].map(|image| (image.height, image.width));
            if sizes[0] != sizes[1] {
                return Err(MetricError::Sizes(sizes[0], sizes[1]).into());
            }
            enlarged = enlarged.or_else(|| enlargement(sizes[0]));
            let tensor = |image| enlarge_for_lpips(rgb_tensor(image, context.subject.request.device));
            let [x, y] = [&both[0], &both[1]].map(tensor);
            sum += f64::from(perceptual.distance(x, y).into_scalar::<f32>());
            (context.progress)("pairs", pair + 1, pairs);
        }
        if let Some(enlarged) = enlarged {
            context.warn(&enlarged);
        }
        Ok(vec![Measurement::one("diversity", sum / pairs as f64, format!("mean LPIPS of {pairs} pairs"))])
    }
}
