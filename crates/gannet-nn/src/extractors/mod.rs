//! Networks that judge images rather than make them. Each file is one paper; [`frozen`] has what they are made of.

pub mod classifier;
pub mod convnet;
pub mod dinov2;
pub mod frozen;
pub mod inception;
pub mod lenet;
pub mod lpips;
pub mod resnet;
pub mod style;
pub mod vgg;

use burn::tensor::Tensor;

/// What an extractor makes of images, one row each.
pub struct Seen {
    /// `[n, features]`.
    pub features: Tensor<2>,
    /// `[n, classes]`, where it is a classifier.
    pub logits: Option<Tensor<2>>,
}

/// A network that turns images into features.
pub trait Extractor: Send {
    /// Shape `[c, h, w]` of the images it takes.
    fn input(&self) -> [usize; 3];

    /// How many features an image has.
    fn features(&self) -> usize;

    /// How many classes it tells apart; 0 where it names none.
    fn classes(&self) -> usize;

    /// `images [n, c, h, w]` in `[0, 255]` → what it sees in them.
    fn look(&self, images: Tensor<4>) -> Seen;
}
