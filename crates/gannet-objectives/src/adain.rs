//! Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization, Huang and Belongie 2017, arXiv:1703.06868, equations 12
//! and 13: a hand is told by the mean and the deviation of each feature, which AdaIN hands over.
//!
//! ```text
//! content   E ‖f(g(t)) − t‖² / ‖σ*‖²     over pixels and images, σ* being the painting's and so t's
//! style     mean over maps and images of (‖μ − μ*‖² + ‖σ − σ*‖²) / (‖μ*‖² + ‖σ*‖²)
//! ```
//!
//! Both are shares of what is wanted, where the paper takes the distances as they are, whose weights depend on VGG's features. What a
//! picture shows is told by how features vary from place to place: most of `‖t‖²` is their mean.

use burn::tensor::Tensor;

/// What keeps deviations of even maps from having no slope; AdaIN's own.
const EPSILON: f64 = 1e-5;

/// Mean and deviation of each channel of each image.
#[derive(Debug, Clone)]
pub struct Moments {
    /// `[n, c]`.
    pub mean: Tensor<2>,
    /// `[n, c]`, the root of the biased variance and a little.
    pub deviation: Tensor<2>,
}

impl Moments {
    /// Those of a map `[n, c, h, w]`.
    pub fn new(map: Tensor<4>) -> Self {
        let [n, c, ..] = map.dims();
        let mean_of = |x: Tensor<4>| x.mean_dim(3).mean_dim(2);
        let mean = mean_of(map.clone());
        let off = map - mean.clone();
        let deviation = (mean_of(off.clone() * off) + EPSILON).sqrt();
        Self { mean: mean.reshape([n, c]), deviation: deviation.reshape([n, c]) }
    }
}

/// How far a map `[n, c, h, w]` is from the one that is aimed at, as a share of how much that varies by the moments it was given; the
/// mean over images.
pub fn content_distance(found: Tensor<4>, aim: Tensor<4>, given: &Moments) -> Tensor<1> {
    let off = found - aim;
    let [n, c, ..] = off.dims();
    let off = (off.clone() * off).mean_dim(3).mean_dim(2).reshape([n, c]).sum_dim(1);
    (off / squares(given.deviation.clone())).mean()
}

/// The sum over channels, `[n, 1]`.
fn squares(x: Tensor<2>) -> Tensor<2> {
    (x.clone() * x).sum_dim(1)
}

/// How far moments are from wanted ones, map by map, as shares of these; the mean over maps and images.
pub fn moment_distance(found: Vec<Moments>, wanted: &[Moments]) -> Tensor<1> {
    let count = wanted.len() as f64;
    let each = found.into_iter().zip(wanted).map(|(found, wanted)| {
        let whole = squares(wanted.mean.clone()) + squares(wanted.deviation.clone());
        let off = squares(found.mean - wanted.mean.clone()) + squares(found.deviation - wanted.deviation.clone());
        (off / whole).mean()
    });
    each.reduce(|a, b| a + b).expect("there are maps") / count
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
    fn moments_are_each_channels_own() {
        let of = Moments::new(map(vec![1.0, 3.0, 5.0, 5.0], [1, 2, 1, 2]));
        assert_eq!(values(&of.mean), [2.0, 5.0]);
        let deviation = values(&of.deviation);
        assert!((deviation[0] - 1.0).abs() < 1e-4 && deviation[1] < 4e-3, "{deviation:?}");
    }

    #[test]
    fn distances_are_shares_and_each_images_own() {
        let far = map(vec![3.0, 9.0, 1.0, 3.0], [2, 1, 1, 2]);
        let near = map(vec![1.0, 3.0, 1.0, 3.0], [2, 1, 1, 2]);
        let distance = |a: &Tensor<4>, b: &Tensor<4>| {
            let moments = |x: &Tensor<4>| Moments::new(x.clone());
            moment_distance(vec![moments(a), moments(a)], &[moments(b), moments(b)]).into_scalar::<f32>()
        };
        assert_eq!(distance(&near, &near), 0.0);
        // Three times as bright and as varied: 4 times what is wanted in the first image, nothing in the second.
        assert!((distance(&far, &near) - 2.0).abs() < 1e-4);
        // Where the pixels are counts for what is shown alone.
        let turned = map(vec![3.0, 1.0, 1.0, 3.0], [2, 1, 1, 2]);
        assert_eq!(distance(&turned, &near), 0.0);
        let content = |a: &Tensor<4>| content_distance(a.clone(), near.clone(), &Moments::new(near.clone()));
        assert_eq!(content(&near).into_scalar::<f32>(), 0.0);
        assert!((content(&turned).into_scalar::<f32>() - (4.0 + 0.0) / 2.0).abs() < 1e-4);
    }
}
