//! Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498, section 3.1: the generator matches the
//! mean of the discriminator's features, so that it does not overtrain on the current discriminator.
//!
//! ```text
//! ‖E f(x) − E f(G(z))‖²
//! ```

use burn::tensor::Tensor;

/// The squared distance `[1]` of the mean features of real and of generated images, `[n, f, h, w]` each.
pub fn feature_matching(real: Tensor<4>, fake: Tensor<4>) -> Tensor<1> {
    let difference = real.mean_dim(0) - fake.mean_dim(0);
    (difference.clone() * difference).sum()
}
