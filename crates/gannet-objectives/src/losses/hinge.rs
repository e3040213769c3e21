//! The hinge loss: Geometric GAN, Lim and Ye 2017, arXiv:1705.02894, equations 9 and 10; as Spectral Normalization for
//! GANs, Miyato et al. 2018, arXiv:1802.05957, trains its networks.
//!
//! ```text
//! min_D  E max(0, 1 − D(x)) + E max(0, 1 + D(G(z)))
//! min_G  −E D(G(z))
//! ```
//!
//! The discriminator learns only from images that it has not told apart by a margin.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// `E max(0, 1 − logit)`.
pub(super) fn below_margin(logits: Tensor<1>) -> Tensor<1> {
    relu(logits.neg() + 1.0).mean()
}
