//! The built-in upscaler: Real-ESRGAN's network SRVGG (Wang et al. 2021, arXiv:2107.10833) for 4 times the size, with two sets of
//! weights. `scripts/upscaler` holds the recipes that trained them and the list of the photographs.
//!
//! One set was trained on images that were only reduced, the other, from there on, on images that were also blurred, noisy and
//! compressed. Between them the results of both are mixed, which takes twice the time: mixed weights (Wang et al. 2018, arXiv:1809.00219,
//! section 3.4) leave more of the steps between the repeated pixels that the network starts from.

use std::path::Path;

use burn::tensor::Tensor;
use gannet_nn::recognize;
use gannet_ops::resample::{Filter, resize_by};
use gannet_weights::{WeightsError, parse_safetensors};

use crate::error::ApplyError;
use crate::picture_values::LUMA;
use crate::translator::TranslatorWeights;

static CLEAN: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/upscaler-clean.safetensors"));
static REAL: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/upscaler-real.safetensors"));

/// Its enlargement.
const SCALE: usize = 4;
/// What messages call the files.
const NAME: &str = "the built-in upscaler";

impl TranslatorWeights {
    /// The weights of the built-in upscaler. `denoise`, from 0 to 1, is the share of the network that removes noise and the traces of
    /// JPEG: 0 keeps all that a clean picture holds.
    ///
    /// # Errors
    /// The program is damaged, as it holds both sets.
    pub fn built_in_upscaler(denoise: f32) -> Result<Self, ApplyError> {
        let upscaler = match denoise {
            0.0 => read(CLEAN)?,
            1.0 => read(REAL)?,
            share => read(CLEAN)?.towards(read(REAL)?, share),
        };
        Ok(upscaler.with_output(with_smooth_colors).with_about(format!("{NAME}, denoising by {denoise}")))
    }
}

/// Images `[n, 3, 4h, 4w]` with their own brightness and smooth colors: those of the mean of each 4 × 4 pixels, enlarged by cubic
/// convolution. The network starts from an image whose pixels are repeated, and has learned to smooth brightness, not colors.
fn with_smooth_colors(large: Tensor<4>) -> Tensor<4> {
    let [_, _, h, w] = large.dims();
    let small = resize_by(Filter::Area, large.clone(), [h, w].map(|side| side / SCALE));
    let smooth = resize_by(Filter::Bicubic, small, [h, w]);
    let difference = brightness(&large) - brightness(&smooth);
    smooth + difference
}

/// The luma of ITU-R 601 of images `[n, 3, h, w]`, `[n, 1, h, w]`.
fn brightness(images: &Tensor<4>) -> Tensor<4> {
    let [red, green, blue] = [0, 1, 2].map(|at| images.clone().narrow(1, at, 1) * LUMA[at]);
    red + green + blue
}

fn read(bytes: &[u8]) -> Result<TranslatorWeights, ApplyError> {
    let misfit = |reason: String| WeightsError::Unsuited { path: NAME.into(), reason };
    let found = recognize(parse_safetensors(bytes, Path::new(NAME))?.0).map_err(|error| misfit(error.to_string()))?;
    let translator = TranslatorWeights::recognized(found, NAME.to_owned());
    Ok(translator.map_err(|_| misfit("it is no image-to-image network".to_owned()))?)
}
