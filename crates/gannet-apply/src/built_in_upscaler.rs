//! The built-in upscaler: Real-ESRGAN's network SRVGG (Wang et al. 2021, arXiv:2107.10833) for 4 times the size, with two sets of
//! weights. `scripts/upscaler` holds the recipes that trained them and the list of the photographs.
//!
//! One set was trained on images that were only reduced, the other on images that were also blurred, noisy and compressed. The
//! second starts from the first, so that both can be mixed (Wang et al. 2018, arXiv:1809.00219, section 3.4).

use std::path::Path;

use gannet_weights::parse_safetensors;

use crate::error::ApplyError;
use crate::translator::TranslatorWeights;

static CLEAN: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/upscaler-clean.safetensors"));
static REAL: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/upscaler-real.safetensors"));

impl TranslatorWeights {
    /// The weights of the built-in upscaler. `denoise`, from 0 to 1, is the share of the weights that remove noise and the traces of
    /// JPEG: 0 keeps all that a clean picture holds.
    ///
    /// # Errors
    /// None, as the program holds both sets.
    pub fn built_in_upscaler(denoise: f32) -> Result<Self, ApplyError> {
        let read = |bytes: &[u8], name: &str| {
            let path = Path::new(name);
            Self::recognized(parse_safetensors(bytes, path)?.0, path)
        };
        let mixed =
            read(CLEAN, "the built-in upscaler")?.interpolate(&read(REAL, "the built-in upscaler")?, denoise)?;
        Ok(mixed.with_about(format!("the built-in upscaler, denoising by {denoise}")))
    }
}
