//! Generative Adversarial Networks, Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
//!
//! ```text
//! min_G max_D  E log D(x) + E log(1 − D(G(z)))        D = σ(logit)
//! ```
//!
//! Where D is sure of a fake, the generator's term is flat: its gradient is −σ(logit), which goes to
//! zero with D(G(z)). That is why the paper itself trains with the non-saturating form.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;

/// `E log(1 − D(G(z)))`, which falls without bound as the fakes convince.
pub(super) fn generator(logits: Tensor<1>) -> Tensor<1> {
    log_sigmoid(logits.neg()).mean()
}
