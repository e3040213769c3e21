//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868,
//! equations 12 and 13: a style is the mean and the standard deviation of each feature channel, which AdaIN transfers.
//!
//! ```text
//! content   E ‖f(g(t)) − t‖² / ‖σ*‖²     over pixels and images; σ* is the style's deviation, and so that of t
//! style     mean over maps and images of (‖μ − μ*‖² + ‖σ − σ*‖²) / (‖μ*‖² + ‖σ*‖²)
//! ```
//!
//! Both are relative to the target. The paper takes plain distances, whose weights then depend on VGG's features. The
//! content loss divides by the deviation, not by ‖t‖²: content is how features vary over an image, and most of ‖t‖² is their
//! mean.

use burn::tensor::Tensor;

/// Added to the variance, as AdaIN does, so that constant maps have a finite gradient.
const EPSILON: f64 = 1e-5;

/// Mean and standard deviation of each channel of each image's feature map.
#[derive(Debug, Clone)]
pub struct ChannelStatistics {
    /// `[n, c]`.
    pub mean: Tensor<2>,
    /// `[n, c]`: `√(biased variance + 1e-5)`.
    pub std: Tensor<2>,
}

impl ChannelStatistics {
    /// The statistics of a feature map `[n, c, h, w]`.
    pub fn new(map: Tensor<4>) -> Self {
        let [n, c, ..] = map.dims();
        let mean_of = |x: Tensor<4>| x.mean_dim(3).mean_dim(2);
        let mean = mean_of(map.clone());
        let centered = map - mean.clone();
        let std = (mean_of(centered.clone() * centered) + EPSILON).sqrt();
        Self { mean: mean.reshape([n, c]), std: std.reshape([n, c]) }
    }
}

/// Squared distance of a feature map from the target `[n, c, h, w]`, relative to the variance that `style` gave the target;
/// the mean over images `[1]`.
pub fn content_loss(features: Tensor<4>, target: Tensor<4>, style: &ChannelStatistics) -> Tensor<1> {
    let error = features - target;
    let [n, c, ..] = error.dims();
    let error = (error.clone() * error).mean_dim(3).mean_dim(2).reshape([n, c]).sum_dim(1);
    (error / squared_norm(style.std.clone())).mean()
}

/// `[n, c]` → `[n, 1]`.
fn squared_norm(x: Tensor<2>) -> Tensor<2> {
    (x.clone() * x).sum_dim(1)
}

/// Relative squared distance of the statistics of several maps from the targets', as the mean over maps and images `[1]`.
///
/// # Panics
/// Where there are no maps.
pub fn style_loss(statistics: Vec<ChannelStatistics>, targets: &[ChannelStatistics]) -> Tensor<1> {
    let count = targets.len() as f64;
    let per_map = statistics.into_iter().zip(targets).map(|(found, target)| {
        let scale = squared_norm(target.mean.clone()) + squared_norm(target.std.clone());
        let error = squared_norm(found.mean - target.mean.clone()) + squared_norm(found.std - target.std.clone());
        (error / scale).mean()
    });
    per_map.reduce(|a, b| a + b).expect("a style loss needs at least one feature map") / count
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn map(values: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values, shape), &gannet_ops::device::device("cpu").unwrap())
    }

    fn values(x: &Tensor<2>) -> Vec<f32> {
        x.to_data().iter().collect()
    }

    #[test]
    fn statistics_are_of_each_channel() {
        let statistics = ChannelStatistics::new(map(vec![1.0, 3.0, 5.0, 5.0], [1, 2, 1, 2]));
        assert_eq!(values(&statistics.mean), [2.0, 5.0]);
        let std = values(&statistics.std);
        assert!((std[0] - 1.0).abs() < 1e-4 && std[1] < 4e-3, "{std:?}");
    }

    #[test]
    fn losses_are_relative_and_averaged_over_images() {
        let far = map(vec![3.0, 9.0, 1.0, 3.0], [2, 1, 1, 2]);
        let near = map(vec![1.0, 3.0, 1.0, 3.0], [2, 1, 1, 2]);
        let style = |a: &Tensor<4>, b: &Tensor<4>| {
            let of = |x: &Tensor<4>| ChannelStatistics::new(x.clone());
            style_loss(vec![of(a), of(a)], &[of(b), of(b)]).into_scalar::<f32>()
        };
        assert_eq!(style(&near, &near), 0.0);
        // The first image has three times the mean and the deviation, a relative distance of 4; the second has none.
        assert!((style(&far, &near) - 2.0).abs() < 1e-4);
        // Where the pixels are matters to the content alone.
        let swapped = map(vec![3.0, 1.0, 1.0, 3.0], [2, 1, 1, 2]);
        assert_eq!(style(&swapped, &near), 0.0);
        let content = |a: &Tensor<4>| content_loss(a.clone(), near.clone(), &ChannelStatistics::new(near.clone()));
        assert_eq!(content(&near).into_scalar::<f32>(), 0.0);
        assert!((content(&swapped).into_scalar::<f32>() - (4.0 + 0.0) / 2.0).abs() < 1e-4);
    }
}
