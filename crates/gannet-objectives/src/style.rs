//! Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR: two images have the same
//! content where their feature maps are alike, and the same style where the Gram matrices of their feature maps are alike.
//!
//! ```text
//! Gram      G = F Fᵀ / (h w), of a feature map F as [c, h w]
//! style     mean over maps of ‖G − G*‖² / ‖G*‖²
//! content   E (F − F*)² / E F*²
//! ```
//!
//! Both are relative to the target, so that one weight suits the features of any network.

use burn::tensor::Tensor;

/// The Gram matrices `[n, c, c]` of a feature map `[n, c, h, w]`.
pub fn gram_matrix(map: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = map.dims();
    let features = map.reshape([n, c, h * w]);
    features.clone().matmul(features.swap_dims(1, 2)) / (h * w) as f64
}

/// Relative squared distance of the Gram matrices `[n, c, c]` of several maps from the target's `[1, c, c]`, as the mean over
/// maps and images `[1]`.
///
/// # Panics
/// Where there are no maps.
pub fn style_loss(grams: Vec<Tensor<3>>, targets: &[Tensor<3>]) -> Tensor<1> {
    let count = targets.len() as f64;
    let per_map = grams.into_iter().zip(targets).map(|(gram, target)| {
        let n = gram.dims()[0] as f64;
        let error = gram - target.clone();
        (error.clone() * error).sum() / ((target.clone() * target.clone()).sum() * n)
    });
    per_map.reduce(|a, b| a + b).expect("a style loss needs at least one feature map") / count
}

/// Relative squared distance of a feature map `[n, c, h, w]` from the target's, `[1]`.
pub fn content_loss(features: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let error = features - target.clone();
    (error.clone() * error).mean() / (target.clone() * target).mean()
}

/// The mean squared difference of vertical and of horizontal neighbors in images `[n, c, h, w]`, both added up, `[1]`.
pub fn total_variation(images: Tensor<4>) -> Tensor<1> {
    let [_, _, h, w] = images.dims();
    let along = |axis: usize, length: usize| {
        let [first, last] = [0, 1].map(|start| images.clone().narrow(axis, start, length - 1));
        let difference = last - first;
        (difference.clone() * difference).mean()
    };
    along(2, h) + along(3, w)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn map(values: Vec<f32>, shape: [usize; 4]) -> Tensor<4> {
        Tensor::from_data(TensorData::new(values, shape), &gannet_ops::device::device("cpu").unwrap())
    }

    #[test]
    fn gram_matrices_are_means_of_products() {
        let gram = gram_matrix(map(vec![1.0, 2.0, 3.0, 4.0], [1, 2, 1, 2]));
        assert_eq!(gram.into_data().iter::<f32>().collect::<Vec<_>>(), [2.5, 5.5, 5.5, 12.5]);
    }

    #[test]
    fn losses_are_relative_to_the_target() {
        let (a, b) = (map(vec![3.0; 8], [1, 2, 2, 2]), map(vec![1.0; 8], [1, 2, 2, 2]));
        assert_eq!(content_loss(a.clone(), b.clone()).into_scalar::<f32>(), 4.0);
        // Gram matrices of nines and of ones.
        assert_eq!(style_loss(vec![gram_matrix(a)], &[gram_matrix(b)]).into_scalar::<f32>(), 64.0);
    }

    #[test]
    fn total_variation_is_of_neighbors() {
        assert_eq!(total_variation(map(vec![3.0; 8], [1, 2, 2, 2])).into_scalar::<f32>(), 0.0);
        let steps = map(vec![0.0, 1.0, 0.0, 3.0], [1, 1, 2, 2]);
        assert_eq!(total_variation(steps).into_scalar::<f32>(), (0.0 + 4.0) / 2.0 + (1.0 + 9.0) / 2.0);
    }
}
