//! Classifiers as extractors: those that Gannet trains, and any of torchvision's that the names and shapes of its weights
//! tell.

use burn::tensor::Tensor;

use super::frozen::{Misfit, Weights};
use super::inception::{Inception, Kind};
use super::resnet::ResNet;
use super::vgg::Vgg;
use super::{Extractor, Seen};
use crate::network::{Classifier, Mode};

/// A trained classifier as an extractor.
pub struct Trained<C> {
    network: C,
    sizes: [usize; 2],
}

impl<C: Classifier> Trained<C> {
    /// A network with so many features and classes.
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

    fn look(&self, images: Tensor<4>) -> Seen {
        let (features, logits) = self.network.clone().classify(images / 255.0, Mode::Eval);
        Seen { features, logits: Some(logits) }
    }
}

/// The classifier of torchvision that these weights are of, and its name.
///
/// # Errors
/// They are of none that is known, or not complete.
pub fn recognise(weights: Weights) -> Result<(Box<dyn Extractor>, &'static str), Misfit> {
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
        "tensors such as {} are of no network that is known here; torchvision's AlexNet, VGG, ResNet, ResNeXt, Wide ResNet \
         and Inception-v3 are",
        first.join(", ")
    );
    Err(Misfit { network: "a classifier", complaints })
}
