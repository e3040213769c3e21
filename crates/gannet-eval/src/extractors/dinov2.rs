//! `dinov2[:FILE]`: DINOv2 (Oquab et al. 2023, arXiv:2304.07193), ViT-B/14 without registers.

use burn::tensor::Device;
use gannet_nn::extractors::dinov2::DinoV2;

use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{Argument, ExtractorName, ExtractorSource};
use super::weights_file::{Fetch, WeightsFile};
use crate::EvalError;
use crate::resize::ResizeKind;

/// DINOv2 ViT-B/14.
pub struct DinoV2Base;

impl ExtractorSource for DinoV2Base {
    fn summary(&self) -> &'static str {
        "the class token of DINOv2 ViT-B/14"
    }

    fn argument(&self) -> Argument {
        Argument::Optional("FILE")
    }

    fn open(
        &self,
        name: &ExtractorName,
        fetch: &Fetch,
        device: &Device,
    ) -> Result<Option<FeatureExtractor>, EvalError> {
        let file = WeightsFile::open_or_fetch(name.argument, name.word, fetch)?;
        let (path, hash) = (file.path.clone(), file.hash.clone());
        let network = DinoV2::new(file.weights(device)).map_err(|misfit| EvalError::Misfit { path, misfit })?;
        let framing = Framing::Whole(ResizeKind::Clean);
        let extractor = FeatureExtractor::new(name.name, hash, "class token", framing, Box::new(network), device);
        Ok(Some(extractor.slow()))
    }
}
