//! What metrics need of images and of the evaluation.

/// What a metric needs. The needs of several metrics are joined by [`Needs::union`], so that one pass over the images
/// serves all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Mean and covariance of the features.
    pub moments: bool,
    /// The features of each image.
    pub features: bool,
    /// The logits of each image; the extractor must be a classifier.
    pub logits: bool,
    /// The mean power spectrum of the pixels.
    pub spectrum: bool,
    /// The mean sharpness of the pixels.
    pub sharpness: bool,
    /// The perceptual distance LPIPS.
    pub perceptual: bool,
    /// The class of each image, in both sets.
    pub labels: bool,
}

impl Needs {
    /// Whether a feature extractor is needed.
    pub fn extractor(self) -> bool {
        self.moments || self.features || self.logits
    }

    /// Everything that either needs.
    pub fn union(self, other: Self) -> Self {
        Self {
            moments: self.moments || other.moments,
            features: self.features || other.features,
            logits: self.logits || other.logits,
            spectrum: self.spectrum || other.spectrum,
            sharpness: self.sharpness || other.sharpness,
            perceptual: self.perceptual || other.perceptual,
            labels: self.labels || other.labels,
        }
    }
}
