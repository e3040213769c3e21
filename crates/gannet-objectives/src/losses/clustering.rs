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

use burn::tensor::{Tensor, TensorData};

/// Frequencies below this count as it, so that their logarithm is finite.
const RAREST: f64 = 1e-6;

/// The share of P that is kept in each step.
const DECAY: f64 = 0.9;

/// How often kinds of images and of their copies come together, over the last steps: the images of one batch are too few to say
/// how frequent a kind is, and would be sorted evenly where they are not even.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clustering {
    /// P, `[k · k]`; nothing before the first step.
    pub together: Vec<f32>,
}

impl Clustering {
    /// Probabilities of kinds, `[n, k]` each, of images and of their copies → the mutual information `[1]`, in nats. Its value is that
    /// of the average, into which this batch goes; its gradient takes what this batch adds for all of it.
    pub fn information(&mut self, kinds: Tensor<2>, of_copies: Tensor<2>) -> Tensor<1> {
        let [n, k] = kinds.dims();
        let now = kinds.transpose().matmul(of_copies) / n as f64;
        let now = (now.clone() + now.transpose()) * 0.5;
        let together = self.averaged(now.clone().detach());
        self.together = together.to_data().iter::<f32>().collect();
        assert_eq!(self.together.len(), k * k, "as many kinds as before");
        mutual_information(together + now.clone() - now.detach())
    }

    /// The average with a batch's.
    fn averaged(&self, now: Tensor<2>) -> Tensor<2> {
        if self.together.is_empty() {
            return now;
        }
        let before = TensorData::new(self.together.clone(), now.dims());
        Tensor::from_data(before, (&now.device(), now.dtype())) * DECAY + now * (1.0 - DECAY)
    }
}

/// Of how often kinds come together, `[k, k]`; `[1]`.
fn mutual_information(together: Tensor<2>) -> Tensor<1> {
    let together = together.clamp_min(RAREST);
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
        Clustering::default().information(kinds, of_copies).into_scalar()
    }

    #[test]
    fn what_was_seen_before_counts() {
        let mut clustering = Clustering::default();
        let (one, other) = (kinds(&[[1.0, 0.0]]), kinds(&[[0.0, 1.0]]));
        assert!(clustering.information(one.clone(), one).into_scalar::<f32>().abs() < 1e-4);
        let found: f32 = clustering.information(other.clone(), other).into_scalar();
        // P = diag(0.9, 0.1).
        assert!((found + 0.9 * 0.9_f32.ln() + 0.1 * 0.1_f32.ln()).abs() < 1e-4, "{found}");
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
