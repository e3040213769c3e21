//! What is known of a batch besides its images.

use burn::tensor::Tensor;

/// Labels and codes of a batch. Real and generated images of a batch have the same labels.
#[derive(Debug, Clone, Default)]
pub struct Conditioning {
    /// The class of each image; empty where training is unconditional.
    pub labels: Vec<usize>,
    /// The continuous codes `[n, k]` that the images were generated from (InfoGAN).
    pub codes: Option<Tensor<2>>,
    /// Images generated from slightly perturbed latents, where latent consistency (zCR) compares them.
    pub perturbed: Option<Tensor<4>>,
}
