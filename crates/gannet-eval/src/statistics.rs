//! Statistics of a set from one pass over its images, which serves all metrics. Memory does not grow beyond [`KEPT`]
//! images.

use std::collections::BTreeMap;

use gannet_data::{DataError, Pixels};
use gannet_metrics::{Features, MetricError, Moments, Plane, Spectrum, sharpness};

use crate::EvalError;
use crate::extractors::FeatureExtractor;
use crate::images::EvaluationImages;
use crate::needs::Needs;
use crate::progress::Progress;
use crate::reading::{KEPT, read_chunks};

/// Features and logits of a set that were computed before.
pub struct StoredFeatures {
    /// `[n, features]`, row by row.
    pub features: Vec<f32>,
    /// `[n, classes]`, row by row.
    pub logits: Vec<f32>,
}

/// What one pass over a set found; only what the metrics need is filled.
pub struct ImageStatistics {
    /// Images that were measured.
    pub count: usize,
    /// Mean and covariance of the features.
    pub moments: Moments,
    /// The features of the first [`KEPT`] images.
    pub features: Features,
    /// The logits of the first [`KEPT`] images, `[n, classes]`.
    pub logits: Vec<f32>,
    /// The number in the set of each measured image.
    pub indices: Vec<usize>,
    /// The errors of unreadable images, which were left out.
    pub unreadable: Vec<String>,
    /// The number of images of each height and width.
    pub sizes: BTreeMap<(usize, usize), usize>,
    /// The mean power spectrum of the brightness.
    pub spectrum: Option<Spectrum>,
    /// The sum of the sharpness of all images.
    pub sharpness: f64,
}

impl ImageStatistics {
    /// The statistics of the first `count` readable images of `set`. Features are taken from `stored` where there are
    /// some, else from `extractor`.
    ///
    /// # Errors
    /// No image can be read, images have different sizes where a metric needs one size, or features are not finite.
    pub fn collect(
        set: &EvaluationImages,
        count: usize,
        extractor: Option<&FeatureExtractor>,
        needs: Needs,
        stored: Option<StoredFeatures>,
        progress: &Progress,
    ) -> Result<Self, EvalError> {
        let total = set.available().map_or(count, |available| available.min(count));
        let mut collector = Collector::new(set, extractor, needs, stored.is_some());
        let unreadable = read_chunks(set, count, |images, indices| {
            collector.add(images, indices)?;
            progress(&set.name, collector.statistics.count, total);
            Ok(())
        })?;
        let mut statistics = collector.finish(stored);
        statistics.unreadable = unreadable.iter().map(DataError::to_string).collect();
        Ok(statistics)
    }

    fn empty(dims: usize) -> Self {
        Self {
            count: 0,
            moments: Moments::new(dims),
            features: Features::new(dims, Vec::new()),
            logits: Vec::new(),
            indices: Vec::new(),
            unreadable: Vec::new(),
            sizes: BTreeMap::new(),
            spectrum: None,
            sharpness: 0.0,
        }
    }

    fn add_spectrum(&mut self, image: &Pixels) -> Result<(), MetricError> {
        let (height, width) = (image.height, image.width);
        let spectrum = self.spectrum.get_or_insert_with(|| Spectrum::new(height, width));
        if spectrum.size() != (height, width) {
            return Err(MetricError::Sizes(spectrum.size(), (height, width)));
        }
        let gray: Vec<f32> = image.clone().convert(1).data.iter().map(|value| f32::from(*value)).collect();
        spectrum.add(&gray)
    }
}

/// A pass over a set.
struct Collector<'a> {
    set: &'a EvaluationImages<'a>,
    /// The extractor that is still to be run.
    extractor: Option<&'a FeatureExtractor>,
    dims: usize,
    needs: Needs,
    features: Vec<f32>,
    statistics: ImageStatistics,
}

impl<'a> Collector<'a> {
    fn new(
        set: &'a EvaluationImages<'a>,
        extractor: Option<&'a FeatureExtractor>,
        needs: Needs,
        is_stored: bool,
    ) -> Self {
        let dims = extractor.map_or(1, FeatureExtractor::features).max(1);
        let extractor = extractor.filter(|_| !is_stored);
        Self { set, extractor, dims, needs, features: Vec::new(), statistics: ImageStatistics::empty(dims) }
    }

    fn add(&mut self, images: &[Pixels], indices: &[usize]) -> Result<(), EvalError> {
        for image in images {
            *self.statistics.sizes.entry((image.height, image.width)).or_default() += 1;
            if self.needs.spectrum {
                self.statistics.add_spectrum(image)?;
            }
            if self.needs.sharpness {
                self.statistics.sharpness += sharpness(&brightness(image))?;
            }
        }
        if let Some(extractor) = self.extractor {
            self.add_features(extractor, images, indices)?;
        }
        self.statistics.count += images.len();
        self.statistics.indices.extend(indices);
        Ok(())
    }

    fn add_features(
        &mut self,
        extractor: &FeatureExtractor,
        images: &[Pixels],
        indices: &[usize],
    ) -> Result<(), EvalError> {
        let found = extractor.extract(images, self.set.padded);
        check_finite(&found.features, self.dims, |row| self.set.name_of(indices[row]))?;
        if self.needs.moments {
            self.statistics.moments.add(&found.features);
        }
        let kept = KEPT.saturating_sub(self.statistics.count).min(images.len());
        if self.needs.features {
            self.features.extend(&found.features[..kept * self.dims]);
        }
        if self.needs.logits {
            self.statistics.logits.extend(&found.logits[..kept * extractor.classes()]);
        }
        Ok(())
    }

    fn finish(self, stored: Option<StoredFeatures>) -> ImageStatistics {
        let Self { dims, needs, mut features, mut statistics, .. } = self;
        if let Some(stored) = stored {
            if needs.moments {
                statistics.moments.add(&stored.features);
            }
            (features, statistics.logits) = (stored.features, stored.logits);
        }
        statistics.features = Features::new(dims, features);
        statistics
    }
}

fn check_finite(features: &[f32], dims: usize, name: impl Fn(usize) -> String) -> Result<(), EvalError> {
    let broken = features.chunks_exact(dims).position(|row| row.iter().any(|value| !value.is_finite()));
    broken.map_or(Ok(()), |row| Err(EvalError::NotFinite(name(row))))
}

/// The image in gray.
fn brightness(image: &Pixels) -> Plane {
    let values = image.clone().convert(1).data.into_iter().map(f64::from);
    Plane::new(image.height, image.width, values.collect())
}
