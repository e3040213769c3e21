//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651, equation 3: what
//! a network makes of a patch should be nearer to that patch than to others of the same image.
//!
//! ```text
//! −log (exp(q·k⁺ / τ) / Σ exp(q·k / τ))
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// τ.
const TEMPERATURE: f64 = 0.07;

/// The mean over all patches: queries and keys `[n, p, c]` of length 1, patch i of one belonging to patch i of the other → `[1]`.
pub fn patch_contrast(queries: Tensor<3>, keys: Tensor<3>) -> Tensor<1> {
    let [n, p, _] = queries.dims();
    let alike = queries.matmul(keys.swap_dims(1, 2)) / TEMPERATURE;
    let own = Tensor::<2>::eye(p, &alike.device()).cast(alike.dtype()).reshape([1, p, p]);
    (log_softmax(alike, 2) * own).sum() * (-1.0 / (n * p) as f64)
}
