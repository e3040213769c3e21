//! `gannet upscale`: pictures made larger by a network that a run has trained, or that a file of another project holds.

use std::path::Path;

use gannet_data::Canvas;
use gannet_train::trained::Which;
use gannet_train::translator::TranslatorWeights;

use super::job::Job;
use super::{device, translator};
use crate::Failure;
use crate::cli;

/// One picture, several, or whole folders.
pub fn upscale(args: &cli::Upscale) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let (weights, inputs) = match (&args.weights, args.paths.as_slice()) {
        (Some(file), inputs) => (TranslatorWeights::read(file)?, inputs),
        (None, [run, inputs @ ..]) => (TranslatorWeights::open(run, args.checkpoint, false)?, inputs),
        (None, []) => return Err("give a run and the pictures that it should enlarge".into()),
    };
    if inputs.is_empty() {
        return Err("give pictures, or folders of them, after the run".into());
    }
    let weights = match &args.mix {
        Some(other) => weights.towards(&mixed(other)?, args.share)?,
        None => weights,
    };
    let upscaler = translator(weights, &device, "upscale")?;
    let job = Job::new(inputs, &args.output, args.overwrite.force)?;
    crate::tell(&format!("{}, {} times as wide and high", upscaler.about(), upscaler.scale()));
    job.run(|image, name, _| {
        let (large, seams) = upscaler.upscale(&Canvas::from_image(image), usize::from(args.tile) / 4 * 4);
        if let Some(seams) = seams {
            crate::tell(&format!(
                "{name}: {} tiles that overlap by {} pixels; across a seam values differ by {:.2} of 255 at most",
                seams.tiles, seams.overlap, seams.difference
            ));
        }
        large.into_image().ok_or_else(|| "a picture has fewer values than pixels".into())
    })
}

/// The other network: a run's, or a file's.
fn mixed(path: &Path) -> Result<TranslatorWeights, Failure> {
    Ok(if path.is_dir() {
        TranslatorWeights::open(path, Which::Newest, false)?
    } else {
        TranslatorWeights::read(path)?
    })
}
