//! `RUN`: the classifier that a run trained, such as one of digits-lenet or cifar10-classifier.

use std::path::Path;

use burn::tensor::Device;
use gannet_apply::CheckpointChoice;
use gannet_apply::classifier::{TrainedClassifier, open_any_classifier};
use gannet_nn::architectures::small_resnet::SmallResnet;
use gannet_nn::extractors::classifier::Trained;
use gannet_weights::{NamedTensor, collect, safetensors_bytes, sha256};

use super::cifar::LAYER;
use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::lenet;
use super::source::{ExtractorName, ExtractorSource};
use super::weights_file::Fetch;
use crate::EvalError;
use crate::digits::DigitFrame;
use crate::resize::ResizeKind;

/// The folder of a run.
pub struct ClassifierRun;

impl ExtractorSource for ClassifierRun {
    fn summary(&self) -> &'static str {
        "the folder of a classifier's run, such as one of digits-lenet"
    }

    fn fits(&self, name: &ExtractorName, _: &str) -> bool {
        Path::new(name.name).join("recipe.toml").is_file()
    }

    fn open(&self, name: &ExtractorName, _: &Fetch, device: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
        let hash = |tensors: &[NamedTensor]| sha256(&safetensors_bytes(tensors, ""));
        let classifier = open_any_classifier(Path::new(name.name), CheckpointChoice::Newest, device)?;
        Ok(Some(match classifier {
            TrainedClassifier::Digits(network, fit) => {
                let hash = hash(&collect(&*network));
                lenet::extractor(name.name, hash, *network, DigitFrame::of_fit(fit), device)
            }
            TrainedClassifier::Color(network, classes) => {
                let hash = hash(&collect(&*network));
                let network = Box::new(Trained::new(*network, SmallResnet::FEATURES, classes));
                let framing = Framing::Whole(ResizeKind::Antialiased);
                FeatureExtractor::new(name.name, hash, LAYER, framing, network, device)
            }
        }))
    }
}
