//! What a network from images to images is given, and what should come of it.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::degrade::{Square, degrade};
use gannet_data::{Batch, Hole};
use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, resize_by};

use super::images;
use crate::recipe::{DegradationKind, HoleKind, Recipe, TranslateKind};

/// How images become problems.
#[derive(Debug, Clone, Copy)]
pub enum Problem {
    /// One of two images is given, and the other is wanted.
    Pair {
        /// The second is given.
        reverse: bool,
    },
    /// An image is wanted, and a smaller one given.
    Upscale {
        /// How many times smaller.
        scale: usize,
        /// In which way.
        how: DegradationKind,
    },
    /// An image is wanted, and one given with a hole that diffusion has filled; a channel behind says where the hole is.
    Inpaint {
        /// What holes look like.
        holes: HoleKind,
        /// How much is missing.
        share: f32,
    },
}

/// Problems with their solutions.
pub struct Posed {
    /// What the network is given, `[n, c, h, w]`.
    pub given: Tensor<4>,
    /// What should come of it, `[n, c', s h, s w]`.
    pub wanted: Tensor<4>,
    /// What a judge sees of the problem beside a solution.
    seen: Option<Tensor<4>>,
    /// Where a solution is to be found, `[n, 1, h, w]`, 1 or 0; all else is known.
    hole: Option<Tensor<4>>,
}

impl Problem {
    /// That of a recipe.
    pub fn new(recipe: &Recipe) -> Self {
        match recipe.translate.kind {
            TranslateKind::Upscale => Self::Upscale { scale: recipe.upscale.scale, how: recipe.upscale.degradation },
            TranslateKind::Inpaint => Self::Inpaint { holes: recipe.inpaint.holes, share: recipe.inpaint.share as f32 },
            _ => Self::Pair { reverse: recipe.translate.reverse },
        }
    }

    /// Channels that a judge sees, where images have `channels`.
    pub fn judged(self, channels: usize) -> usize {
        match self {
            Self::Pair { .. } => 2 * channels,
            Self::Upscale { .. } => channels,
            Self::Inpaint { .. } => channels + 1,
        }
    }

    /// The side of what is given, where an image has `size` pixels.
    pub fn given(self, size: usize) -> usize {
        match self {
            Self::Pair { .. } | Self::Inpaint { .. } => size,
            Self::Upscale { scale, .. } => size / scale,
        }
    }

    /// The problems of a batch; where there is chance in them, `chance` has the stream of each image.
    pub fn pose(self, batch: &Batch, chance: &dyn Fn(u64) -> Stream, device: &Device) -> Posed {
        match self {
            Self::Pair { reverse } => {
                let [given, wanted] = sides(images(batch, device), reverse);
                Posed { seen: Some(given.clone()), given, wanted, hole: None }
            }
            Self::Upscale { scale, how } => {
                let side = batch.size / scale;
                let given = match how {
                    DegradationKind::Bicubic => shrunk(images(batch, device), side),
                    DegradationKind::Real => worn(batch, side, chance, device),
                };
                Posed { given, wanted: images(batch, device), seen: None, hole: None }
            }
            Self::Inpaint { holes, share } => {
                let (filled, hole) = holed(batch, holes, share, chance, device);
                let (given, wanted) = (Tensor::cat(vec![filled, hole.clone()], 1), images(batch, device));
                Posed { given, wanted, seen: Some(hole.clone()), hole: Some(hole) }
            }
        }
    }
}

impl Posed {
    /// What a judge sees of a solution.
    pub fn judged(&self, solution: Tensor<4>) -> Tensor<4> {
        match &self.seen {
            Some(seen) => Tensor::cat(vec![seen.clone(), solution], 1),
            None => solution,
        }
    }

    /// A network's solution, with what is known as it is.
    pub fn finished(&self, made: Tensor<4>) -> Tensor<4> {
        match &self.hole {
            Some(hole) => self.wanted.clone() + (made - self.wanted.clone()) * hole.clone(),
            None => made,
        }
    }

    /// What is given at the size of what is wanted, to be shown.
    pub fn shown(&self) -> Tensor<4> {
        let [_, c, h, w] = self.wanted.dims();
        let given = self.given.clone().narrow(1, 0, c);
        if given.dims()[2..] == [h, w] { given } else { resize_by(Filter::Imresize, given, [h, w]).clamp(-1.0, 1.0) }
    }
}

/// The two images of pairs `[n, 2 c, h, w]`, the second before the first if `reverse`.
pub fn sides(pairs: Tensor<4>, reverse: bool) -> [Tensor<4>; 2] {
    let c = pairs.dims()[1] / 2;
    let at = |side: usize| pairs.clone().narrow(1, side * c, c);
    if reverse { [at(1), at(0)] } else { [at(0), at(1)] }
}

/// Images `[n, c, h, w]` in `[-1, 1]` at `side` pixels as super-resolution is measured: by cubic convolution, with whole numbers
/// from 0 to 255.
fn shrunk(images: Tensor<4>, side: usize) -> Tensor<4> {
    let bytes = resize_by(Filter::Imresize, images, [side; 2]) * 127.5 + 127.5;
    bytes.clamp(0.0, 255.0).round() / 127.5 - 1.0
}

/// The images of a batch with a hole in each that diffusion fills, and the holes, `[n, 1, h, w]`, of ones among zeros.
fn holed(
    batch: &Batch,
    holes: HoleKind,
    share: f32,
    chance: &dyn Fn(u64) -> Stream,
    device: &Device,
) -> (Tensor<4>, Tensor<4>) {
    let (side, mut values) = (batch.size, batch.images.clone());
    let mut missing = vec![0.0_f32; batch.n * side * side];
    let images = values.chunks_exact_mut(batch.channels * side * side).zip(missing.chunks_exact_mut(side * side));
    for (at, (image, missing)) in (0..).zip(images) {
        let mut stream = chance(at);
        let hole = Hole::drawn(holes.drawn(&mut stream), side, side, share, &mut stream);
        hole.places().for_each(|(y, x)| missing[y * side + x] = 1.0);
        image.chunks_exact_mut(side * side).for_each(|plane| hole.fill(plane));
    }
    let tensor = |values, channels| Tensor::from_data(TensorData::new(values, [batch.n, channels, side, side]), device);
    (tensor(values, batch.channels), tensor(missing, 1))
}

/// The images of a batch at `side` pixels as they may have been found.
fn worn(batch: &Batch, side: usize, chance: &dyn Fn(u64) -> Stream, device: &Device) -> Tensor<4> {
    let image = batch.channels * batch.size * batch.size;
    let worn = (0..).zip(batch.images.chunks_exact(image)).flat_map(|(at, image)| {
        let values = image.iter().map(|value| value * 0.5 + 0.5).collect();
        degrade(Square { values, side: batch.size }, side, &mut chance(at)).values
    });
    let values: Vec<f32> = worn.map(|value| (value.clamp(0.0, 1.0) * 255.0).round() / 127.5 - 1.0).collect();
    Tensor::from_data(TensorData::new(values, [batch.n, batch.channels, side, side]), device)
}
