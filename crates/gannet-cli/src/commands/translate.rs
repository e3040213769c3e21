//! `gannet translate`: pictures through the image-to-image network of a run, or of another project's file.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_apply::translator::TranslatorWeights;
use gannet_data::{Fit, ImageBuffer, ImageSpec, StoredImage};
use gannet_ops::random::Streams;

use crate::args::{Key, NetworkDevice, OUTPUT, Overwrite, WEIGHTS, choice};
use crate::failure::Failure;
use crate::images::{Half, Job, crop_half, from_buffer, half_of_buffer};
use crate::networks::{build_translator, open_translator};
use crate::stderr;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet translate runs/folder-pix2pix photo.jpg -o map.png
  gannet translate runs/folder-cyclegan photos/ -o out/ --back
  gannet translate --weights latest_net_G.pth photo.jpg -o out.png")]
pub struct Translate {
    /// A run's folder (not with --weights), then pictures, or folders of pictures
    #[arg(value_name = "RUN INPUT…", required = true)]
    paths: Vec<PathBuf>,
    /// Use the generator in this file instead of a run's
    ///
    /// A file of pytorch-CycleGAN-and-pix2pix or PyTorch-GAN: .pth, .safetensors, .onnx or TorchScript.
    #[arg(long, value_name = "FILE", help_heading = WEIGHTS)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// The run's checkpoint: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights", help_heading = WEIGHTS)]
    checkpoint: CheckpointChoice,
    /// Translate from the second domain to the first; for CycleGAN
    #[arg(long, conflicts_with = "weights", help_heading = WEIGHTS)]
    back: bool,
    /// Translate this half of each picture, where pictures are pairs side by side
    #[arg(long, value_name = "SIDE", help_heading = "Pictures")]
    half: Option<Half>,
    /// Make each picture a square of this side first, as training does [default: its own size]
    #[arg(
        long,
        value_name = "PIXELS",
        help_heading = "Pictures",
        value_parser = clap::value_parser!(u16).range(1..=8192)
    )]
    size: Option<u16>,
    /// How a picture becomes a square
    #[arg(
        long,
        default_value_t,
        requires = "size",
        help_heading = "Pictures",
        value_parser = choice::<Fit>()
    )]
    fit: Fit,
    /// Keep dropout active, so that results vary; for networks with dropout
    #[arg(long, help_heading = "Pictures")]
    noise: bool,
    /// Seed of dropout
    #[arg(long, default_value_t = 0, help_heading = "Pictures")]
    seed: u64,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: NetworkDevice,
}

/// Translates one picture, several, or whole folders.
pub fn translate(args: &Translate) -> Result<String, Failure> {
    let device = args.device.open()?;
    let key = args.key.of_weights(args.weights.as_ref())?;
    let (weights, inputs) = match (&args.weights, args.paths.as_slice()) {
        (Some(file), inputs) => (TranslatorWeights::read_under(file, key)?, inputs),
        (None, [run, inputs @ ..]) => (
            open_translator(
                run,
                (args.checkpoint, args.back),
                "folder-pix2pix",
                "or another project's network with --weights FILE",
            )?,
            inputs,
        ),
        (None, []) => return Err("give a run, and pictures to translate".into()),
    };
    if inputs.is_empty() {
        return Err("give pictures, or folders of pictures, after the run".into());
    }
    let translator = build_translator(weights, &device, "translate")?;
    if args.noise && !translator.has_dropout() {
        return Err("--noise is for networks with dropout, which this one was not trained with: leave it out".into());
    }
    let also_read: Vec<&Path> = args.weights.as_deref().into_iter().collect();
    let job = Job::new(inputs, &also_read, &args.output, args.overwrite.force)?;
    stderr::line(translator.about());
    let streams = Streams::new(args.seed);
    job.run(|image, _, position| {
        let noise = args.noise.then(|| streams.at("translate", position as u64));
        Ok(from_buffer(translator.translate(&input(image, args)?, noise)))
    })
}

/// The network's input: a picture or half of it, in its own size, or as a square as training makes it, in sRGB of 8 bits and without
/// transparency.
fn input(image: StoredImage, args: &Translate) -> Result<ImageBuffer, Failure> {
    let Some(size) = args.size else { return Ok(half_of_buffer(image.into_buffer(), args.half)) };
    let spec = ImageSpec { size: size.into(), channels: 3, fit: args.fit, flip: false, shift: 0, paired: false };
    let square = spec.square(&crop_half(image.into_srgb().image, args.half)).into_image();
    Ok(ImageBuffer::from_image(square.ok_or("a picture has fewer values than pixels")?))
}
