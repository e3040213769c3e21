//! `lenet:FILE`: LeNet-5 (LeCun et al. 1998) for handwritten digits, from PyTorch's weights.

use std::path::Path;

use burn::tensor::Device;
use gannet_apply::classifier::read_lenet;
use gannet_nn::architectures::lenet::LeNet;
use gannet_nn::extractors::classifier::Trained;

use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{Argument, ExtractorName, ExtractorSource};
use super::weights_file::Fetch;
use crate::EvalError;
use crate::digits::DigitFrame;

/// A file of LeNet-5.
pub struct LeNetFile;

impl ExtractorSource for LeNetFile {
    fn summary(&self) -> &'static str {
        "LeNet-5 for digits, from PyTorch's weights"
    }

    fn argument(&self) -> Argument {
        Argument::Required("FILE")
    }

    fn open(&self, name: &ExtractorName, _: &Fetch, device: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
        let (network, hash) = read_lenet(Path::new(name.argument.unwrap_or_default()), device)?;
        Ok(Some(extractor(name.name, hash, network, DigitFrame::Resize, device)))
    }
}

/// LeNet-5 as the extractor called `name`.
pub fn extractor(name: &str, hash: String, network: LeNet, frame: DigitFrame, device: &Device) -> FeatureExtractor {
    let network = Trained::new(network, LeNet::FEATURES, LeNet::CLASSES);
    FeatureExtractor::new(name, hash, "f6 after ReLU, 84", Framing::Digit(frame), Box::new(network), device)
}
