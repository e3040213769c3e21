//! One-sided label smoothing: Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498, section 3.4.
//!
//! With a target of 1 − s instead of 1 for real images the cross-entropy is
//!
//! ```text
//! −(1 − s) log σ(x) − s log(1 − σ(x))  =  −log σ(x) + s·x
//! ```
//!
//! so that smoothing is a penalty on large logits of real images.

use burn::tensor::Tensor;

/// What smoothing by `share` adds to the discriminator's cross-entropy, `[1]`, from the logits of real images `[n]`.
pub fn label_smoothing(real: Tensor<1>, share: f64) -> Tensor<1> {
    real.mean() * share
}
