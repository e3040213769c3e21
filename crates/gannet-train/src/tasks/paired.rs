//! Pairs of an input and a target image: given ones, or made from single images by downscaling or by masking.

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::degrade::{degraded_batch, sharpened_batch};
use gannet_data::{Batch, DegradationKind, Mask, MaskKind};
use gannet_ops::random::Stream;
use gannet_ops::resample::{Filter, resize_by};
use gannet_recipe::{Recipe, Task};

use super::batch::{images, split_pairs};

/// How inputs and targets are made from a batch.
#[derive(Debug, Clone, Copy)]
pub enum PairedTask {
    /// Each image of the batch is a pair.
    Given {
        /// Whether the second image is the input.
        reverse: bool,
    },
    /// The input is the downscaled target.
    Upscale {
        /// Width and height of the target, in multiples of the input's.
        scale: usize,
        /// How images are downscaled.
        degradation: DegradationKind,
        /// The strength of random degradations, up to 1.
        strength: f32,
        /// Whether targets are sharpened first.
        sharpen: bool,
    },
    /// The input is the target with a masked region that diffusion has filled, and the mask as one more channel.
    Inpaint {
        /// The shapes of the masks.
        masks: MaskKind,
        /// The masked share of an image.
        share: f32,
    },
}

/// Inputs and targets of a batch.
pub struct PairedBatch {
    /// The network's input `[n, c, h, w]`.
    pub input: Tensor<4>,
    /// The wanted output `[n, c', s h, s w]`.
    pub target: Tensor<4>,
    /// The target as it is found, where [`PairedBatch::target`] is a sharpened one.
    unsharpened: Option<Tensor<4>>,
    /// What the discriminator sees besides an output.
    condition: Option<Tensor<4>>,
    /// `[n, 1, h, w]`, 1 where the output is wanted; all other pixels are known.
    mask: Option<Tensor<4>>,
}

impl PairedTask {
    /// The recipe's paired task.
    pub fn new(recipe: &Recipe) -> Self {
        match &recipe.task {
            Task::Upscale(upscale) => Self::Upscale {
                scale: upscale.scale,
                degradation: upscale.degradation,
                strength: upscale.degradation_strength as f32,
                sharpen: upscale.sharpen,
            },
            Task::Inpaint(inpaint) => Self::Inpaint { masks: inpaint.masks, share: inpaint.share as f32 },
            _ => Self::Given { reverse: recipe.reverse() },
        }
    }

    /// The side of an input, where a target has `size` pixels.
    pub fn input_side(self, size: usize) -> usize {
        match self {
            Self::Given { .. } | Self::Inpaint { .. } => size,
            Self::Upscale { scale, .. } => size / scale,
        }
    }

    /// The pairs of a batch. `stream(index)` is the random stream of an image, for degradations and masks.
    pub fn pairs(self, batch: &Batch, stream: &(dyn Fn(u64) -> Stream + Sync), device: &Device) -> PairedBatch {
        match self {
            Self::Given { reverse } => {
                let [input, target] = split_pairs(images(batch, device), reverse);
                PairedBatch { condition: Some(input.clone()), input, target, unsharpened: None, mask: None }
            }
            Self::Upscale { scale, degradation, strength, sharpen: false } => {
                let (side, target) = (batch.size / scale, images(batch, device));
                let input = match degradation {
                    DegradationKind::Bicubic => downscaled(target.clone(), side),
                    DegradationKind::Real => {
                        let values = degraded_batch(batch, side, strength, stream);
                        Tensor::from_data(TensorData::new(values, [batch.n, batch.channels, side, side]), device)
                    }
                };
                PairedBatch { input, target, unsharpened: None, condition: None, mask: None }
            }
            Self::Upscale { scale, degradation, strength, sharpen: true } => {
                let sharp = Batch { images: sharpened_batch(batch), ..batch.clone() };
                let task = Self::Upscale { scale, degradation, strength, sharpen: false };
                PairedBatch { unsharpened: Some(images(batch, device)), ..task.pairs(&sharp, stream, device) }
            }
            Self::Inpaint { masks, share } => {
                let (filled, mask) = masked(batch, masks, share, stream, device);
                let (input, target) = (Tensor::cat(vec![filled, mask.clone()], 1), images(batch, device));
                PairedBatch { input, target, unsharpened: None, condition: Some(mask.clone()), mask: Some(mask) }
            }
        }
    }
}

impl PairedBatch {
    /// What the discriminator sees of an output.
    pub fn discriminator_input(&self, output: Tensor<4>) -> Tensor<4> {
        match &self.condition {
            Some(condition) => Tensor::cat(vec![condition.clone(), output], 1),
            None => output,
        }
    }

    /// The real image that the discriminator compares outputs with.
    pub fn real(&self) -> &Tensor<4> {
        self.unsharpened.as_ref().unwrap_or(&self.target)
    }

    /// The network's output with all known pixels replaced by the target's.
    pub fn composite(&self, output: Tensor<4>) -> Tensor<4> {
        match &self.mask {
            Some(mask) => self.target.clone() + (output - self.target.clone()) * mask.clone(),
            None => output,
        }
    }

    /// The input at the size of the target, to be displayed.
    pub fn displayed_input(&self) -> Tensor<4> {
        let [_, c, h, w] = self.target.dims();
        let input = self.input.clone().narrow(1, 0, c);
        if input.dims()[2..] == [h, w] { input } else { resize_by(Filter::Imresize, input, [h, w]).clamp(-1.0, 1.0) }
    }
}

/// Images `[n, c, h, w]` in `[-1, 1]` downscaled to `side` pixels as super-resolution is evaluated: by MATLAB's bicubic, rounded
/// to 8 bits.
fn downscaled(images: Tensor<4>, side: usize) -> Tensor<4> {
    let bytes = resize_by(Filter::Imresize, images, [side; 2]) * 127.5 + 127.5;
    bytes.clamp(0.0, 255.0).round() / 127.5 - 1.0
}

/// The images of a batch with a masked region in each that diffusion fills, and the masks `[n, 1, h, w]` of ones and zeros.
fn masked(
    batch: &Batch,
    masks: MaskKind,
    share: f32,
    stream: &dyn Fn(u64) -> Stream,
    device: &Device,
) -> (Tensor<4>, Tensor<4>) {
    let (side, mut values) = (batch.size, batch.images.clone());
    let mut mask_values = vec![0.0_f32; batch.n * side * side];
    let images = values.chunks_exact_mut(batch.channels * side * side).zip(mask_values.chunks_exact_mut(side * side));
    for (at, (image, mask_values)) in (0..).zip(images) {
        let mut stream = stream(at);
        let mask = Mask::random(masks, side, side, share, &mut stream);
        mask.pixels().for_each(|(y, x)| mask_values[y * side + x] = 1.0);
        image.chunks_exact_mut(side * side).for_each(|plane| mask.diffuse_plane(plane));
    }
    let tensor = |values, channels| Tensor::from_data(TensorData::new(values, [batch.n, channels, side, side]), device);
    (tensor(values, batch.channels), tensor(mask_values, 1))
}
