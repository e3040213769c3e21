//! `classifier:FILE`: a classifier of torchvision, recognized by the names and shapes of its weights.

use burn::tensor::Device;
use gannet_nn::extractors::classifier::recognize;

use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{Argument, ExtractorName, ExtractorSource};
use super::weights_file::{Fetch, WeightsFile};
use crate::EvalError;
use crate::resize::ResizeKind;

/// A file of a torchvision classifier.
pub struct ClassifierFile;

impl ExtractorSource for ClassifierFile {
    fn summary(&self) -> &'static str {
        "a classifier of torchvision (AlexNet, VGG, ResNet, ResNeXt, Inception-v3), recognized by its weights"
    }

    fn argument(&self) -> Argument {
        Argument::Required("FILE")
    }

    fn open(
        &self,
        name: &ExtractorName,
        fetch: &Fetch,
        device: &Device,
    ) -> Result<Option<FeatureExtractor>, EvalError> {
        let file = WeightsFile::open_or_fetch(name.argument, name.word, fetch)?;
        let (path, hash) = (file.path.clone(), file.hash.clone());
        let recognized = recognize(file.weights(device));
        let (network, found) = recognized.map_err(|misfit| EvalError::Misfit { path, misfit })?;
        let (name, framing) = (format!("{} ({found})", name.name), Framing::Whole(ResizeKind::Clean));
        let extractor = FeatureExtractor::new(&name, hash, "before the last layer", framing, network, device);
        Ok(Some(extractor.slow()))
    }
}
