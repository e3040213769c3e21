//! The real images that others are compared with.

use std::cell::OnceCell;

use crate::EvalError;
use crate::cache::CacheFile;
use crate::extractors::FeatureExtractor;
use crate::images::EvaluationImages;
use crate::needs::Needs;
use crate::progress::Progress;
use crate::statistics::ImageStatistics;

/// Reference images, whose statistics are computed at the first evaluation and kept for later ones.
pub struct Reference<'a> {
    /// The images.
    pub images: EvaluationImages<'a>,
    statistics: OnceCell<(ImageStatistics, Vec<String>)>,
}

impl<'a> Reference<'a> {
    /// A reference without statistics yet.
    pub fn new(images: EvaluationImages<'a>) -> Self {
        Self { images, statistics: OnceCell::new() }
    }

    /// The statistics of the first `count` images, and warnings about the feature cache. Extractor, count and needs of
    /// later calls must be those of the first.
    pub(crate) fn statistics(
        &self,
        count: usize,
        extractor: Option<&FeatureExtractor>,
        needs: Needs,
        progress: &Progress,
    ) -> Result<&(ImageStatistics, Vec<String>), EvalError> {
        if let Some(statistics) = self.statistics.get() {
            return Ok(statistics);
        }
        let found = self.collect(count, extractor, needs, progress)?;
        Ok(self.statistics.get_or_init(|| found))
    }

    /// Statistics from stored features where there are some; else the features are stored.
    fn collect(
        &self,
        count: usize,
        extractor: Option<&FeatureExtractor>,
        needs: Needs,
        progress: &Progress,
    ) -> Result<(ImageStatistics, Vec<String>), EvalError> {
        let file = extractor.map(|extractor| CacheFile::find(&self.images, count, extractor)).transpose()?.flatten();
        let Some(file) = file else {
            let statistics = ImageStatistics::collect(&self.images, count, extractor, needs, None, progress)?;
            return Ok((statistics, Vec::new()));
        };
        let (stored, damaged) = file.read();
        let mut warnings = Vec::from_iter(damaged);
        let is_stored = stored.is_some();
        let all = Needs { features: true, logits: true, ..needs };
        let statistics = ImageStatistics::collect(&self.images, count, extractor, all, stored, progress)?;
        if !is_stored {
            let features = &statistics.features;
            warnings.extend(file.write(features.dims(), features.values(), &statistics.logits).err());
        }
        Ok((statistics, warnings))
    }
}
