//! Differentiable Augmentation for Data-Efficient GAN Training, Zhao, Liu, Lin, Zhu and Han 2020, arXiv:2006.10738.
//!
//! ```text
//! color         brightness + U(−½, ½), saturation × U(0, 2), contrast × U(½, 1½)
//! translation   by whole pixels, up to an eighth of the side, grey beyond the border
//! cutout        a square of half the side, in grey
//! ```

use burn::tensor::Tensor;
use gannet_ops::random::Stream;
use gannet_ops::warp::{Affine, Border, warp};

use super::{cutout, each, uniform};

/// A kind of transformation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffPart {
    /// Brightness, saturation and contrast.
    Color,
    /// Moved by whole pixels.
    Translation,
    /// A part hidden.
    Cutout,
}

/// Transformations that each image goes through, each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffAugment(pub Vec<DiffPart>);

impl DiffPart {
    /// All, with the words that recipes use.
    pub const ALL: [(&'static str, Self); 3] =
        [("color", Self::Color), ("translation", Self::Translation), ("cutout", Self::Cutout)];
}

impl DiffAugment {
    /// `images [n, c, h, w]` in `[-1, 1]`, about, with numbers from `stream`.
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
        each(uniform(n, stream).into_iter().map(|u| low + (high - low) * u).collect(), like)
    };
    let images = images.clone() + drawn(-0.5, 0.5, &images);
    let grey = images.clone().mean_dim(1);
    let images = (images - grey.clone()) * drawn(0.0, 2.0, &grey) + grey;
    let mean = images.clone().mean_dim(1).mean_dim(2).mean_dim(3);
    (images - mean.clone()) * drawn(0.5, 1.5, &mean) + mean
}

fn translation(images: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let [n, _, h, w] = images.dims();
    let mut by = |side: usize| {
        let most = (side + 4) / 8;
        stream.below(2 * most + 1) as f64 - most as f64
    };
    let maps: Vec<Affine> = (0..n).map(|_| [1.0, 0.0, by(w), 0.0, 1.0, by(h)]).collect();
    warp(images, &maps, Border::Zeros)
}
