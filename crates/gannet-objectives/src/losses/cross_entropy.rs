//! The binary cross-entropy that several losses consist of.

use burn::tensor::Tensor;
use burn::tensor::activation::log_sigmoid;

/// `−E log σ(logit)`: the cross-entropy of logits `[n]` with targets of 1, as `[1]`. Negated logits give that with targets
/// of 0.
pub fn binary_cross_entropy(logits: Tensor<1>) -> Tensor<1> {
    log_sigmoid(logits).mean().neg()
}
