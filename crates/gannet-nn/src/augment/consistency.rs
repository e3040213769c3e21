//! Consistency Regularization for Generative Adversarial Networks, Zhang, Zhang, Odena and Lee 2019, arXiv:1910.12027, and its
//! improvement, Zhao et al. 2020, arXiv:2002.04724: the discriminator should give an image and an augmented view of it one logit.

use burn::tensor::Tensor;
use gannet_ops::random::Stream;
use gannet_ops::warp::{Affine, Border, warp};

/// `images [n, c, h, w]`, each mirrored or not and shifted by whole pixels, up to an eighth of the side.
pub fn view(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let maps: Vec<Affine> = (0..n)
        .map(|_| {
            let mirror = if stream.uniform() < 0.5 { -1.0 } else { 1.0 };
            let [x, y] = [w, h].map(|side| stream.below(2 * (side / 8) + 1) as f64 - (side / 8) as f64);
            [mirror, 0.0, x, 0.0, 1.0, y]
        })
        .collect();
    warp(images, &maps, Border::Mirrored)
}
