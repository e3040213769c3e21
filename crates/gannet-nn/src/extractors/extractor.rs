//! What every extractor does.

use burn::tensor::Tensor;

/// What an extractor computes from images, one row an image.
pub struct ExtractedFeatures {
    /// `[n, features]`.
    pub features: Tensor<2>,
    /// `[n, classes]`, where the extractor is a classifier.
    pub logits: Option<Tensor<2>>,
}

/// A network from images to features.
pub trait Extractor: Send {
    /// Shape `[c, h, w]` of the images it takes.
    fn input(&self) -> [usize; 3];

    /// Number of features of an image.
    fn features(&self) -> usize;

    /// Number of classes; 0 where the extractor is not a classifier.
    fn classes(&self) -> usize;

    /// `images [n, c, h, w]` in `[0, 255]` → their features, and logits of a classifier.
    fn extract(&self, images: Tensor<4>) -> ExtractedFeatures;
}
