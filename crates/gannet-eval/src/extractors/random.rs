//! `random:SEED`: a network with random weights, for tests and rough comparisons.

use burn::tensor::{Device, Tensor};
use gannet_nn::architectures::small_resnet::SmallResnet;
use gannet_nn::extractors::classifier::Trained;
use gannet_nn::extractors::{ExtractedFeatures, Extractor};
use gannet_ops::random::Streams;

use super::cifar::LAYER;
use super::feature_extractor::FeatureExtractor;
use super::framing::Framing;
use super::source::{Argument, ExtractorName, ExtractorSource};
use super::weights_file::Fetch;
use crate::EvalError;
use crate::resize::ResizeKind;

/// Random weights.
pub struct RandomWeights;

impl ExtractorSource for RandomWeights {
    fn summary(&self) -> &'static str {
        "an untrained network, for tests and rough comparisons"
    }

    fn argument(&self) -> Argument {
        Argument::Required("SEED")
    }

    fn open(&self, name: &ExtractorName, _: &Fetch, device: &Device) -> Result<Option<FeatureExtractor>, EvalError> {
        let seed = name.argument.and_then(|seed| seed.parse().ok());
        let seed = seed.ok_or_else(|| {
            EvalError::Setting(format!("{}: the seed of random weights is a whole number", name.name))
        })?;
        let fresh = SmallResnet::new(10, &mut Streams::new(seed).at("random features", 0), device);
        let network = Box::new(FeaturesOnly(Trained::new(fresh, SmallResnet::FEATURES, 0)));
        let framing = Framing::Whole(ResizeKind::Antialiased);
        let extractor = FeatureExtractor::new(name.name, String::new(), LAYER, framing, network, device);
        Ok(Some(extractor.with_caveat("RANDOM WEIGHTS: for tests and rough comparisons only")))
    }
}

/// A network whose logits mean nothing.
struct FeaturesOnly(Trained<SmallResnet>);

impl Extractor for FeaturesOnly {
    fn input(&self) -> [usize; 3] {
        self.0.input()
    }

    fn features(&self) -> usize {
        self.0.features()
    }

    fn classes(&self) -> usize {
        0
    }

    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures {
        ExtractedFeatures { logits: None, ..self.0.extract(images) }
    }
}
