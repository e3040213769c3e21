//! Differentiable Augmentation for Data-Efficient GAN Training, Zhao, Liu, Lin, Zhu and Han 2020, arXiv:2006.10738.
//!
//! ```text
//! color         brightness + U(−½, ½), saturation × U(0, 2), contrast × U(½, 1½)
//! translation   by whole pixels, up to an eighth of the side, gray beyond the border
//! cutout        a square of half the side, in gray
//! ```

use burn::tensor::Tensor;
use gannet_choice::choice;
use gannet_ops::random::Stream;
use gannet_ops::warp::{Affine, Border, warp};

use super::cutout::{cutout, per_image, uniform};
use super::kind::parse_policy;

choice! {
    /// A transformation of DiffAugment.
    DiffPart {
        /// Brightness, saturation and contrast.
        Color = "color",
        /// Translation by whole pixels.
        Translation = "translation",
        /// A square hidden in gray.
        Cutout = "cutout",
    }
}

impl DiffPart {
    /// The transformations of the paper.
    pub const USUAL: [Self; 3] = [Self::Color, Self::Translation, Self::Cutout];
}

/// Transformations that are applied to each image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffAugment(pub Vec<DiffPart>);

impl DiffAugment {
    /// The transformations of a policy such as `color,cutout`; [`DiffPart::USUAL`] where it is empty.
    ///
    /// # Errors
    /// A word is not one of [`DiffPart`].
    pub fn from_policy(policy: &str) -> Result<Self, String> {
        Ok(Self(parse_policy(policy, &DiffPart::USUAL)?))
    }

    /// `images [n, c, h, w]`, about in `[-1, 1]`, transformed with random numbers from `stream`.
    pub fn apply(&self, images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
        self.0.iter().fold(images, |images, part| match part {
            DiffPart::Color => color(images, stream),
            DiffPart::Translation => translation(images, stream),
            DiffPart::Cutout => {
                let hit = vec![true; images.dims()[0]];
                cutout(images, 0.5, &hit, stream)
            }
        })
    }
}

fn color(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let n = images.dims()[0];
    let mut drawn = |low: f64, high: f64, like: &Tensor<4>| {
        per_image(uniform(n, stream).into_iter().map(|u| low + (high - low) * u).collect(), like)
    };
    let images = images.clone() + drawn(-0.5, 0.5, &images);
    let gray = images.clone().mean_dim(1);
    let images = (images - gray.clone()) * drawn(0.0, 2.0, &gray) + gray;
    let mean = images.clone().mean_dim(1).mean_dim(2).mean_dim(3);
    (images - mean.clone()) * drawn(0.5, 1.5, &mean) + mean
}

fn translation(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let mut shift = |side: usize| {
        let most = (side + 4) / 8;
        stream.below(2 * most + 1) as f64 - most as f64
    };
    let maps: Vec<Affine> = (0..n).map(|_| [1.0, 0.0, shift(w), 0.0, 1.0, shift(h)]).collect();
    warp(images, &maps, Border::Zeros)
}
