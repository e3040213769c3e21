//! Contrastive Learning for Unpaired Image-to-Image Translation, Park, Efros, Zhang and Zhu 2020, arXiv:2007.15651,
//! equation 3: the features of an output patch should be nearer to those of the input patch in the same place than to those
//! of other patches of the same image.
//!
//! ```text
//! −log (exp(q·k⁺ / τ) / Σ exp(q·k / τ))
//! ```

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// The temperature τ.
const TEMPERATURE: f64 = 0.07;

/// The PatchNCE loss, as the mean over all patches `[1]`, of queries and keys `[n, p, c]` of unit length; query i of an image
/// belongs to its key i.
pub fn patch_nce(queries: Tensor<3>, keys: Tensor<3>) -> Tensor<1> {
    let [n, p, _] = queries.dims();
    let similarities = queries.matmul(keys.swap_dims(1, 2)) / TEMPERATURE;
    let positives = Tensor::<2>::eye(p, &similarities.device()).cast(similarities.dtype()).reshape([1, p, p]);
    (log_softmax(similarities, 2) * positives).sum() * (-1.0 / (n * p) as f64)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn the_loss_is_the_cross_entropy_of_the_matching_patch() {
        let unit = Tensor::<3>::from_floats([[[1.0, 0.0], [0.0, 1.0]]], &Device::flex());
        let swapped = Tensor::<3>::from_floats([[[0.0, 1.0], [1.0, 0.0]]], &Device::flex());
        let loss = |keys: &Tensor<3>| patch_nce(unit.clone(), keys.clone()).into_scalar::<f32>();
        let logit = 1.0 / TEMPERATURE as f32;
        assert!((loss(&unit) - (-logit).exp().ln_1p()).abs() < 1e-6);
        assert!((loss(&swapped) - logit).abs() < 1e-4);
    }
}
