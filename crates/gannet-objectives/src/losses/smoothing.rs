//! One-sided label smoothing: Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498, section 3.4.
//!
//! With a target of 1 − s for real images in place of 1 the discriminator pays
//!
//! ```text
//! −(1 − s) log σ(x) − s log(1 − σ(x))  =  −log σ(x) + s·x
//! ```
//!
//! so that smoothing is a price on large logits of real images.

use burn::tensor::Tensor;

/// What smoothing by `share` adds to the discriminator's cross-entropy, from the logits of real images `[n]`; `[1]`.
pub fn smoothing(real: Tensor<1>, share: f64) -> Tensor<1> {
    real.mean() * share
}
