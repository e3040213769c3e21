//! Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498, section 3.1: the generator matches the
//! mean of the discriminator's features, of which it cannot overshoot one.
//!
//! ```text
//! ‖E f(x) − E f(G(z))‖²
//! ```

use burn::tensor::Tensor;

/// Of the features `[n, f, h, w]` of real and of generated images, `[1]`.
pub fn feature_matching(real: Tensor<4>, fake: Tensor<4>) -> Tensor<1> {
    let apart = real.mean_dim(0) - fake.mean_dim(0);
    (apart.clone() * apart).sum()
}
