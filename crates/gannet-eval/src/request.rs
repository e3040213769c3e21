//! The settings of an evaluation: how many images, and what metrics may use.

use burn::tensor::{Device, Tensor};

use crate::conventions::Conventions;
use crate::extractors::FeatureExtractor;
use crate::perceptual::PerceptualDistance;

/// A number of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageCount {
    /// The largest number.
    pub most: usize,
    /// Whether fewer are an error.
    pub exact: bool,
}

impl ImageCount {
    /// Exactly `count` images; fewer are an error.
    pub fn exactly(count: usize) -> Self {
        Self { most: count, exact: true }
    }

    /// At most `count` images; fewer where there are fewer.
    pub fn at_most(count: usize) -> Self {
        Self { most: count, exact: false }
    }
}

/// The settings of an evaluation, apart from its images and metrics.
pub struct Request<'a> {
    /// The number of images.
    pub count: ImageCount,
    /// The number of reference images.
    pub reference_count: ImageCount,
    /// The seed of random subsets, orders, and latents of paths.
    pub seed: u64,
    /// What papers leave open.
    pub conventions: Conventions,
    /// The source of features and logits.
    pub extractor: Option<&'a FeatureExtractor>,
    /// The perceptual distance LPIPS.
    pub perceptual: Option<&'a PerceptualDistance>,
    /// A generator, for metrics of paths through its latent space.
    pub latent_paths: Option<&'a LatentPaths<'a>>,
    /// The device of perceptual distances.
    pub device: &'a Device,
}

impl Request<'_> {
    /// The seed of random subsets and orders.
    pub(crate) fn order_seed(&self) -> u64 {
        self.conventions.order_seed.unwrap_or(self.seed)
    }
}

/// A generator as a function of latents.
pub struct LatentPaths<'a> {
    /// `latents [n, z]` → images `[n, c, h, w]` in `[-1, 1]`.
    pub generate: &'a dyn Fn(Tensor<2>) -> Tensor<4>,
    /// The length z of a latent.
    pub latent_size: usize,
    /// The device of the latents.
    pub device: &'a Device,
}
