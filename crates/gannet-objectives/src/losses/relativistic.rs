//! The relativistic discriminator: a key element missing from standard GAN, Jolicoeur-Martineau 2018, arXiv:1807.00734.
//!
//! A real image should look more real than a fake, rather than real by itself, so that the generator also wants real
//! images to look less so.
//!
//! ```text
//! pairing   min_D  −E log σ(D(x) − D(G(z)))                                             (RpGAN, equation 8)
//! average   min_D  −E log σ(D(x) − E D(G(z))) − E log σ(E D(x) − D(G(z)))               (RaGAN, equations 12 and 13)
//! ```
//!
//! The generator's loss is the same with the two exchanged. Pairing is what The GAN is dead; long live the GAN!, Huang et
//! al. 2024, arXiv:2501.05441, stands on: a discriminator can no longer drop all fakes beyond one boundary, so that modes
//! are not lost.

use burn::tensor::Tensor;

use super::surprise;

/// Each image of the first kind against the one beside it of the second: logits `[n]` and `[n]` → `[1]`.
pub(super) fn pairing(more: Tensor<1>, less: Tensor<1>) -> Tensor<1> {
    surprise(more - less)
}

/// Each image against the average of the other kind.
pub(super) fn average(more: Tensor<1>, less: Tensor<1>) -> Tensor<1> {
    let (of_more, of_less) = (more.clone().mean(), less.clone().mean());
    surprise(more - of_less) + surprise(of_more - less)
}
