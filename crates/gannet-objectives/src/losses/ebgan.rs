//! Energy-based Generative Adversarial Network, Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, equations 1, 2 and 4. The
//! logit is the negative energy.
//!
//! ```text
//! min_D  E energy(x) + E max(0, m − energy(G(z)))
//! min_G  E energy(G(z)) + weight · pull_away
//!
//! pull_away = 1 / (n (n − 1)) · Σ_{i≠j} cos²(fᵢ, fⱼ)       f the codes of the batch's fakes
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// What keeps a code of zeros from being divided by its norm.
const EPSILON: f64 = 1e-12;

/// `E max(0, margin − energy)`.
pub(super) fn below_margin(logits: Tensor<1>, margin: f64) -> Tensor<1> {
    relu(logits + margin).mean()
}

/// How much the features `[n, f, h, w]` of a batch's images point the same way, `[1]` between 0 and 1.
pub fn pull_away(features: Tensor<4>) -> Tensor<1> {
    let [n, c, h, w] = features.dims();
    let features = features.reshape([n, c * h * w]);
    let squares = (features.clone() * features.clone()).sum_dim(1);
    let directions = features / (squares + EPSILON).sqrt();
    let cosines = directions.clone().matmul(directions.transpose());
    let all = (cosines.clone() * cosines).sum();
    // The n on the diagonal are 1.
    (all - n as f64) / (n * (n - 1).max(1)) as f64
}
