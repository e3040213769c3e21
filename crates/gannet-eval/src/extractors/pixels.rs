//! `pixels`: no features, for metrics of pixels alone.

use burn::tensor::Device;

use super::feature_extractor::FeatureExtractor;
use super::source::{ExtractorName, ExtractorSource};
use super::weights_file::Fetch;
use crate::EvalError;

/// No network.
pub struct PixelsOnly;

impl ExtractorSource for PixelsOnly {
    fn summary(&self) -> &'static str {
        "no features, for metrics of pixels alone"
    }

    fn open(&self, _: &ExtractorName, _: &Fetch, _: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
        Ok(None)
    }
}
