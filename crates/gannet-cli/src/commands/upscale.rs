//! `gannet upscale`: pictures enlarged by the super-resolution network of a run, or of another project's file.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_apply::translator::TranslatorWeights;

use crate::args::{Device, Key, OUTPUT, Overwrite, WEIGHTS, share};
use crate::failure::Failure;
use crate::images::{Job, from_buffer};
use crate::networks::{build_translator, open_translator};
use crate::stderr;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet upscale runs/folder-srgan photo.jpg -o large.png
  gannet upscale runs/folder-srvgg photos/ -o large/ --mix runs/folder-srgan --share 0.3
  gannet upscale --weights RealESRGAN.pth photos/ -o large/
  gannet upscale --weights realesr-animevideov3-x2.param frame.png -o large.png")]
pub struct Upscale {
    /// A run's folder (not with --weights), then pictures, or folders of pictures
    #[arg(value_name = "RUN INPUT…", required = true)]
    paths: Vec<PathBuf>,
    /// Use the generator in this file instead of a run's
    ///
    /// A file of another project, such as Real-ESRGAN's: .pth, .safetensors, .onnx, TorchScript, or ncnn's .param beside its .bin.
    /// 'gannet weights FILE' says what a file is.
    #[arg(long, value_name = "FILE", help_heading = WEIGHTS)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// The run's checkpoint: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights", help_heading = WEIGHTS)]
    checkpoint: CheckpointChoice,
    /// Interpolate the weights towards those of a second network, a run or a file
    ///
    /// Both networks must have one architecture (network interpolation, Wang et al. 2018).
    #[arg(long, value_name = "RUN", help_heading = WEIGHTS)]
    mix: Option<PathBuf>,
    /// Share of the second network's weights, from 0 to 1
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.5,
        requires = "mix",
        help_heading = WEIGHTS,
        value_parser = share
    )]
    share: f32,
    /// Side of the tiles into which large pictures are split, in input pixels; 0 for no tiles
    #[arg(long, value_name = "PIXELS", default_value_t = 256, help_heading = "Pictures", value_parser = tile)]
    tile: u16,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: Device,
}

/// The side of a tile.
fn tile(text: &str) -> Result<u16, String> {
    let tile = text.parse().ok().filter(|tile| *tile == 0 || (32..=4096).contains(tile));
    tile.ok_or_else(|| "give 32 to 4096 pixels, or 0 for no tiles".into())
}

/// Enlarges one picture, several, or whole folders.
pub fn upscale(args: &Upscale) -> Result<String, Failure> {
    let device = args.device.open()?;
    let key = args.key.of_weights(args.weights.as_ref())?;
    let (weights, inputs) = match (&args.weights, args.paths.as_slice()) {
        (Some(file), inputs) => (TranslatorWeights::read_under(file, key)?, inputs),
        (None, [run, inputs @ ..]) => (
            open_translator(
                run,
                (args.checkpoint, false),
                "folder-srvgg",
                "or another project's network with --weights FILE",
            )?,
            inputs,
        ),
        (None, []) => return Err("give a run, and pictures to enlarge".into()),
    };
    if inputs.is_empty() {
        return Err("give pictures, or folders of pictures, after the run".into());
    }
    let weights = match &args.mix {
        Some(other) => weights.interpolate(&run_or_file(other)?, args.share)?,
        None => weights,
    };
    let upscaler = build_translator(weights, &device, "upscale")?;
    let files = [&args.weights, &args.mix].into_iter().flatten().map(PathBuf::as_path);
    let also_read: Vec<&Path> = files.filter(|path| path.is_file()).collect();
    let job = Job::new(inputs, &also_read, &args.output, args.overwrite.force)?;
    stderr::line(&format!("{}, enlarges {} times", upscaler.about(), upscaler.scale()));
    job.run(|image, name, _| {
        let (large, tiling) = upscaler.upscale(&image.into_buffer(), usize::from(args.tile) / 4 * 4);
        if let Some(tiling) = tiling {
            stderr::line(&format!(
                "{name}: {} tiles that overlap by {} pixels; values across a border differ by at most {:.2} of 255",
                tiling.tiles, tiling.overlap, tiling.difference
            ));
        }
        from_buffer(large)
    })
}

/// The weights of a run's newest checkpoint, or of a file.
fn run_or_file(path: &Path) -> Result<TranslatorWeights, Failure> {
    Ok(if path.is_dir() {
        TranslatorWeights::open(path, CheckpointChoice::Newest, false)?
    } else {
        TranslatorWeights::read(path)?
    })
}
