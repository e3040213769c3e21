//! Invariant Information Clustering for Unsupervised Image Classification and Segmentation, Ji, Henriques and Vedaldi 2019,
//! arXiv:1807.06653, equation 3: an image and a distorted view of it should have the same category, and all categories
//! should be used.
//!
//! ```text
//! P = symmetric part of E p(x) p(x')ᵀ          I = Σᵢⱼ Pᵢⱼ ln (Pᵢⱼ / Pᵢ Pⱼ)
//! ```
//!
//! I is at most ln k; it is ln k where both views always have the same one of the k categories and all are equally
//! frequent. With InfoGAN's categories it keeps them from encoding what the distortion changes, as Elastic-InfoGAN does with
//! a contrastive loss (Ojha et al. 2019, arXiv:1910.01112).

use burn::tensor::Tensor;

/// Lower bound of a joint probability, which keeps its logarithm finite.
const MIN_PROBABILITY: f64 = 1e-6;

/// Mutual information `[1]`, in nats, of the categories of images and of their distorted views, from their class
/// probabilities `[n, k]`.
pub fn mutual_information(probabilities: Tensor<2>, of_views: Tensor<2>) -> Tensor<1> {
    let [n, _] = probabilities.dims();
    let joint = probabilities.transpose().matmul(of_views) / n as f64;
    let joint = ((joint.clone() + joint.transpose()) * 0.5).clamp_min(MIN_PROBABILITY);
    let (rows, columns) = (joint.clone().sum_dim(1), joint.clone().sum_dim(0));
    (joint.clone() * (joint.log() - rows.log() - columns.log())).sum()
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use gannet_ops::device::device;

    use super::*;

    fn probabilities(values: &[[f32; 2]]) -> Tensor<2> {
        let data = TensorData::new(values.as_flattened().to_vec(), [values.len(), 2]);
        Tensor::from_data(data, &device("cpu").unwrap())
    }

    fn information(probabilities: Tensor<2>, of_views: Tensor<2>) -> f32 {
        mutual_information(probabilities, of_views).into_scalar()
    }

    #[test]
    fn information_is_between_zero_and_its_maximum() {
        let certain = probabilities(&[[1.0, 0.0], [0.0, 1.0]]);
        let collapsed = probabilities(&[[0.0, 1.0], [0.0, 1.0]]);
        let uniform = probabilities(&[[0.5, 0.5], [0.5, 0.5]]);
        assert!((information(certain.clone(), certain.clone()) - 2.0_f32.ln()).abs() < 1e-4);
        assert!(information(certain, uniform).abs() < 1e-4);
        assert!(information(collapsed.clone(), collapsed).abs() < 1e-4, "one category for all images");
        // By hand: P = [[0.34, 0.16], [0.16, 0.34]].
        let (a, b) = (probabilities(&[[0.8, 0.2], [0.2, 0.8]]), probabilities(&[[0.8, 0.2], [0.2, 0.8]]));
        let expected = 2.0 * (0.34 * (0.34_f32 / 0.25).ln() + 0.16 * (0.16_f32 / 0.25).ln());
        assert!((information(a, b) - expected).abs() < 1e-5);
    }
}
