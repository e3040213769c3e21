//! `cifar`: the built-in classifier of color images, trained by recipe cifar10-classifier on 45,000 training images of
//! CIFAR-10.

use std::path::Path;

use burn::tensor::Device;
use gannet_nn::architectures::small_resnet::SmallResnet;
use gannet_nn::extractors::classifier::Trained;
use gannet_ops::random::Stream;
use gannet_weights::{load, parse_safetensors, sha256};

use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{ExtractorName, ExtractorSource};
use super::weights_file::Fetch;
use crate::EvalError;
use crate::resize::ResizeKind;

static WEIGHTS: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/cifar10-classifier.safetensors"));
const CLASSES: usize = 10;
/// The layer of the features of [`SmallResnet`].
pub const LAYER: &str = "mean of the last map, 112";

/// The built-in classifier.
pub struct Cifar;

impl ExtractorSource for Cifar {
    fn summary(&self) -> &'static str {
        "a small built-in classifier of CIFAR-10: it needs no download, and is no substitute for Inception"
    }

    fn open(&self, name: &ExtractorName, _: &Fetch, device: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
        let (tensors, _) = parse_safetensors(WEIGHTS, Path::new(name.name))?;
        let fresh = SmallResnet::new(CLASSES, &mut Stream::placeholder(), device);
        let network = Trained::new(load(fresh, tensors)?, SmallResnet::FEATURES, CLASSES);
        let framing = Framing::Whole(ResizeKind::Antialiased);
        let extractor = FeatureExtractor::new(name.name, sha256(WEIGHTS), LAYER, framing, Box::new(network), device);
        Ok(Some(extractor.with_caveat(
            "a small classifier of CIFAR-10, no substitute for Inception: its distances compare with each other only",
        )))
    }
}
