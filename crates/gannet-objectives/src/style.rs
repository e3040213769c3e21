//! Image Style Transfer Using Convolutional Neural Networks, Gatys, Ecker and Bethge 2016, CVPR: what two images show is compared by
//! maps of their features, how they are painted by which features come together.
//!
//! ```text
//! Gram      G = F Fᵀ / (h w), of a map F as [c, h w]
//! style     mean over maps of ‖G − G*‖² / ‖G*‖²
//! content   E (F − F*)² / E F*²
//! ```
//!
//! Both are shares of what is wanted, so that their weights mean the same whatever the features are.

use burn::tensor::Tensor;

/// Which features of a map `[n, c, h, w]` come together: `[n, c, c]`.
pub fn gram(map: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = map.dims();
    let features = map.reshape([n, c, h * w]);
    features.clone().matmul(features.swap_dims(1, 2)) / (h * w) as f64
}

/// How far Gram matrices `[n, c, c]` are from wanted ones `[1, c, c]`, as shares of these; the mean over maps and images.
pub fn style_distance(found: Vec<Tensor<3>>, wanted: &[Tensor<3>]) -> Tensor<1> {
    let count = wanted.len() as f64;
    let each = found.into_iter().zip(wanted).map(|(found, wanted)| {
        let n = found.dims()[0] as f64;
        let off = found - wanted.clone();
        (off.clone() * off).sum() / ((wanted.clone() * wanted.clone()).sum() * n)
    });
    each.reduce(|a, b| a + b).expect("there are maps") / count
}

/// How far a map is from a wanted one, as a share of it.
pub fn content_distance(found: Tensor<4>, wanted: Tensor<4>) -> Tensor<1> {
    let off = found - wanted.clone();
    (off.clone() * off).mean() / (wanted.clone() * wanted).mean()
}

/// The mean squared step from pixel to pixel of images `[n, c, h, w]`.
pub fn total_variation(images: Tensor<4>) -> Tensor<1> {
    let [_, _, h, w] = images.dims();
    let step = |axis: usize, length: usize| {
        let [first, last] = [0, 1].map(|start| images.clone().narrow(axis, start, length - 1));
        let off = last - first;
        (off.clone() * off).mean()
    };
    step(2, h) + step(3, w)
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
        let of = gram(map(vec![1.0, 2.0, 3.0, 4.0], [1, 2, 1, 2])).into_data().iter::<f32>().collect::<Vec<_>>();
        assert_eq!(of, [2.5, 5.5, 5.5, 12.5]);
    }

    #[test]
    fn distances_are_shares() {
        let (a, b) = (map(vec![3.0; 8], [1, 2, 2, 2]), map(vec![1.0; 8], [1, 2, 2, 2]));
        assert_eq!(content_distance(a.clone(), b.clone()).into_scalar::<f32>(), 4.0);
        // Gram matrices of nines and of ones.
        assert_eq!(style_distance(vec![gram(a.clone())], &[gram(b)]).into_scalar::<f32>(), 64.0);
        assert_eq!(total_variation(a).into_scalar::<f32>(), 0.0);
        let steps = map(vec![0.0, 1.0, 0.0, 3.0], [1, 1, 2, 2]);
        assert_eq!(total_variation(steps).into_scalar::<f32>(), (0.0 + 4.0) / 2.0 + (1.0 + 9.0) / 2.0);
    }
}
