//! Wasserstein GAN, Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, equation 3 and algorithm 1.
//!
//! ```text
//! min_D  E D(G(z)) − E D(x)         over functions of bounded slope
//! min_G  −E D(G(z))
//! ```
//!
//! With a discriminator (their critic) of slope at most 1 the loss is the earth mover's distance, turned; something must
//! bound the slope: clipped weights as in the paper, or a penalty on the gradient.

use burn::tensor::Tensor;

/// `E logit`.
pub(super) fn mean(logits: Tensor<1>) -> Tensor<1> {
    logits.mean()
}
