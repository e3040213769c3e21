//! Invariant Information Clustering for Unsupervised Image Classification and Segmentation, Ji, Henriques and Vedaldi 2019,
//! arXiv:1807.06653: images are of one kind as their distorted copies are, and the kinds are many.
//!
//! ```text
//! P = symmetric part of E p(x) p(x')ᵀ          I = Σᵢⱼ Pᵢⱼ ln (Pᵢⱼ / Pᵢ Pⱼ)
//! ```
//!
//! I is at most ln k, where an image and its copy are always of one kind and each of the k kinds is as frequent. Beside InfoGAN's
//! categories it keeps them from being of what copies differ in, as Elastic-InfoGAN does by contrast (Ojha et al. 2019,
//! arXiv:1910.01112).

use burn::tensor::Tensor;

/// Frequencies below this count as it, so that their logarithm is finite.
const RAREST: f64 = 1e-6;

/// Probabilities of kinds, `[n, k]` each, of images and of their copies → the mutual information `[1]`, in nats.
pub fn mutual_information(kinds: Tensor<2>, of_copies: Tensor<2>) -> Tensor<1> {
    let [n, _] = kinds.dims();
    let together = kinds.transpose().matmul(of_copies) / n as f64;
    let together = ((together.clone() + together.transpose()) * 0.5).clamp_min(RAREST);
    let (rows, columns) = (together.clone().sum_dim(1), together.clone().sum_dim(0));
    (together.clone() * (together.log() - rows.log() - columns.log())).sum()
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use gannet_ops::device::device;

    use super::*;

    fn kinds(values: &[[f32; 2]]) -> Tensor<2> {
        let data = TensorData::new(values.as_flattened().to_vec(), [values.len(), 2]);
        Tensor::from_data(data, &device("cpu").unwrap())
    }

    fn information(kinds: Tensor<2>, of_copies: Tensor<2>) -> f32 {
        mutual_information(kinds, of_copies).into_scalar()
    }

    #[test]
    fn it_is_all_nothing_or_in_between() {
        let (sure, other) = (kinds(&[[1.0, 0.0], [0.0, 1.0]]), kinds(&[[0.0, 1.0], [0.0, 1.0]]));
        let unsure = kinds(&[[0.5, 0.5], [0.5, 0.5]]);
        assert!((information(sure.clone(), sure.clone()) - 2.0_f32.ln()).abs() < 1e-4);
        assert!(information(sure.clone(), unsure).abs() < 1e-4);
        assert!(information(other.clone(), other).abs() < 1e-4, "one kind for all says nothing");
        // By hand: P = [[0.32, 0.18], [0.18, 0.32]].
        let (a, b) = (kinds(&[[0.8, 0.2], [0.2, 0.8]]), kinds(&[[0.8, 0.2], [0.2, 0.8]]));
        let expected = 2.0 * (0.34 * (0.34_f32 / 0.25).ln() + 0.16 * (0.16_f32 / 0.25).ln());
        assert!((information(a, b) - expected).abs() < 1e-5);
    }
}
