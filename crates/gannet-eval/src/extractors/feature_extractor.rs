//! A network that turns images into features, with everything that its numbers depend on.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::Pixels;
use gannet_nn::extractors::Extractor;
use rayon::prelude::*;

use super::framing::Framing;
use crate::EvalError;
use crate::resize::ResizeKind;

/// The factor that makes Inception's input that of pytorch-fid, 2x/255 − 1, where TensorFlow's graph has (x − 128)/128.
const PYTORCH_FID: f32 = 256.0 / 255.0;

/// Features and logits of images, row by row.
pub struct ExtractedFeatures {
    /// `[n, features]`.
    pub features: Vec<f32>,
    /// `[n, classes]`; empty where the network is no classifier.
    pub logits: Vec<f32>,
}

/// A network that turns images into features.
pub struct FeatureExtractor {
    /// The name that the user gave.
    pub name: String,
    /// SHA-256 of its weights; empty where they are random.
    pub hash: String,
    /// A warning about all its numbers.
    pub caveat: Option<&'static str>,
    /// The layer of the features.
    pub layer: &'static str,
    /// Whether it is the network by which the FID is defined.
    pub is_inception: bool,
    /// Whether its features are worth storing.
    pub is_slow: bool,
    framing: Framing,
    /// The factor of pixel values before the network.
    gain: f32,
    network: Box<dyn Extractor>,
    device: Device,
}

impl FeatureExtractor {
    /// The extractor called `name` on `device`: `network`, whose weights have this hash and whose features are `layer`.
    /// It is fast, has no caveat and is not the Inception of the FID.
    pub(super) fn new(
        name: &str,
        hash: String,
        layer: &'static str,
        framing: Framing,
        network: Box<dyn Extractor>,
        device: &Device,
    ) -> Self {
        let (name, device) = (name.to_owned(), device.clone());
        let (caveat, is_inception, is_slow, gain) = (None, false, false, 1.0);
        Self { name, hash, caveat, layer, is_inception, is_slow, framing, gain, network, device }
    }

    /// With a warning about all its numbers.
    pub(super) fn with_caveat(self, caveat: &'static str) -> Self {
        Self { caveat: Some(caveat), ..self }
    }

    /// As a slow network, whose features are worth storing.
    pub(super) fn slow(self) -> Self {
        Self { is_slow: true, ..self }
    }

    /// As the network by which the FID is defined.
    pub(super) fn inception(self) -> Self {
        Self { is_inception: true, ..self }
    }

    /// With another resize.
    pub(super) fn with_resize(self, resize: ResizeKind) -> Result<Self, EvalError> {
        if let Framing::Digit(_) = self.framing {
            return Err(EvalError::Setting(
                "--resize is for whole images, and these features frame digits: leave it out".into(),
            ));
        }
        let gain = if self.is_inception && resize == ResizeKind::Bilinear { PYTORCH_FID } else { self.gain };
        Ok(Self { framing: Framing::Whole(resize), gain, ..self })
    }

    /// The number of features of an image.
    pub fn features(&self) -> usize {
        self.network.features()
    }

    /// The number of classes; 0 where it is no classifier.
    pub fn classes(&self) -> usize {
        self.network.classes()
    }

    /// How images are brought to its size, in words.
    pub fn resize(&self) -> String {
        let [channels, height, width] = self.network.input();
        let scaled = if self.gain == 1.0 { "" } else { ", scaled as pytorch-fid does it" };
        format!("{} to {channels}×{height}×{width}{scaled}", self.framing.describe())
    }

    /// Features and logits of `images`; `padded` says that their content is in the middle of black padding.
    ///
    /// The last batch is filled up with black images, so that the features of an image do not depend on the others.
    pub fn extract(&self, images: &[Pixels], padded: bool) -> ExtractedFeatures {
        let (framing, gain, input) = (self.framing, self.gain, self.network.input());
        let [c, h, w] = input;
        let batch = if h > 64 { 16 } else { 64 };
        let mut extracted = ExtractedFeatures { features: Vec::new(), logits: Vec::new() };
        for images in images.chunks(batch) {
            let mut values = vec![0.0; batch * c * h * w];
            let slots = values.par_chunks_exact_mut(c * h * w).zip(images);
            slots.for_each(|(slot, image)| {
                slot.copy_from_slice(&framing.prepare(image, input, padded));
                slot.iter_mut().for_each(|value| *value *= gain);
            });
            let values = Tensor::from_data(TensorData::new(values, [batch, c, h, w]), &self.device);
            let found = self.network.extract(values);
            let rows = |x: Tensor<2>| x.narrow(0, 0, images.len()).into_data().iter::<f32>().collect::<Vec<_>>();
            extracted.features.extend(rows(found.features));
            extracted.logits.extend(found.logits.map(rows).unwrap_or_default());
        }
        extracted
    }
}
