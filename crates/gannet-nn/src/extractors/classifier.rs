//! Classifiers as extractors: those that Gannet trains, and those of torchvision, recognized by the names and shapes of
//! their weights.

use burn::tensor::Tensor;

use super::extractor::{ExtractedFeatures, Extractor};
use super::frozen::{Misfit, Weights};
use super::inception::{Inception, Kind};
use super::resnet::ResNet;
use super::vgg::Vgg;
use crate::mode::Mode;
use crate::network::Classifier;

/// A trained classifier as an extractor.
pub struct Trained<C> {
    network: C,
    sizes: [usize; 2],
}

impl<C: Classifier> Trained<C> {
    /// An extractor from a classifier with this many features and classes.
    pub fn new(network: C, features: usize, classes: usize) -> Self {
        Self { network, sizes: [features, classes] }
    }
}

impl<C: Classifier> Extractor for Trained<C> {
    fn input(&self) -> [usize; 3] {
        self.network.image_shape()
    }

    fn features(&self) -> usize {
        self.sizes[0]
    }

    fn classes(&self) -> usize {
        self.sizes[1]
    }

    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures {
        let (features, logits) = self.network.clone().classify(images / 255.0, Mode::Eval);
        ExtractedFeatures { features, logits: Some(logits) }
    }
}

/// The classifier of torchvision whose weights these are, and its name.
///
/// # Errors
/// The weights are not those of a known classifier, or not complete.
pub fn recognize(weights: Weights) -> Result<(Box<dyn Extractor>, &'static str), Misfit> {
    let has = |name: &str| weights.shape(name).is_some();
    if has("Conv2d_1a_3x3.conv.weight") {
        return Ok((Box::new(Inception::new(Kind::Torchvision, weights)?), "Inception-v3"));
    }
    if has("layer1.0.conv1.weight") {
        return Ok((Box::new(ResNet::new(weights)?), "ResNet"));
    }
    if has("features.0.weight") && has("classifier.6.weight") {
        let name = if has("classifier.0.weight") { "VGG" } else { "AlexNet" };
        return Ok((Box::new(Vgg::new(weights)?), name));
    }
    let first: Vec<&str> = weights.names().take(3).collect();
    let complaints = format!(
        "tensors such as {} belong to no known classifier; known are torchvision's AlexNet, VGG, ResNet, ResNeXt, Wide ResNet \
         and Inception-v3",
        first.join(", ")
    );
    Err(Misfit { network: "a classifier", complaints })
}
