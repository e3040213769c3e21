//! `gannet upscale`: pictures enlarged by the built-in super-resolution network, by that of a run, or of another project's file.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_apply::run::RunFolder;
use gannet_apply::translator::{TrainedTranslator, TranslatorWeights};

use crate::args::{Key, NetworkDevice, OUTPUT, Overwrite, WEIGHTS, share};
use crate::failure::Failure;
use crate::files::is_weights_name;
use crate::images::{Job, in_bands};
use crate::networks::build_translator;
use crate::stderr;

/// The share of the built-in upscaler's weights for noisy and compressed pictures.
const DENOISE: f32 = 0.5;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet upscale photo.jpg
  gannet upscale photos/ -o large/ --scale 2 --denoise 0
  gannet upscale runs/folder-srgan photo.jpg -o large.png
  gannet upscale runs/folder-srvgg photos/ -o large/ --mix runs/folder-srgan --share 0.3
  gannet upscale --weights RealESRGAN.pth photos/ -o large/
  gannet upscale --weights realesr-animevideov3-x2.param frame.png -o large.png")]
pub struct Upscale {
    /// Pictures, or folders of pictures; before them a run's folder, unless the built-in upscaler or --weights is used
    #[arg(value_name = "[RUN] INPUT…", required = true)]
    paths: Vec<PathBuf>,
    /// Use the generator in this file
    ///
    /// A file of another project, such as Real-ESRGAN's: .pth, .safetensors, .onnx, TorchScript, or ncnn's .param beside its .bin.
    /// 'gannet weights FILE' says what a file is.
    #[arg(long, value_name = "FILE", help_heading = WEIGHTS)]
    weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// How much noise and JPEG the built-in upscaler removes, from 0 (for clean pictures) to 1 [default: 0.5]
    #[arg(long, value_name = "X", conflicts_with = "weights", help_heading = WEIGHTS, value_parser = share)]
    denoise: Option<f32>,
    /// The run's checkpoint: newest, best, or a step [default: newest]
    #[arg(long, conflicts_with = "weights", help_heading = WEIGHTS)]
    checkpoint: Option<CheckpointChoice>,
    /// Interpolate the weights towards those of a second network, a run or a file
    ///
    /// Both networks must have one architecture (network interpolation, Wang et al. 2018).
    #[arg(long, value_name = "RUN|FILE", help_heading = WEIGHTS)]
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
    /// Enlarge so many times: the network's own number, or fewer, by reducing its result [default: the network's]
    #[arg(long, value_name = "N", help_heading = "Pictures", value_parser = times)]
    scale: Option<usize>,
    /// Side of the tiles into which large pictures are split, in input pixels; 0 for no tiles
    #[arg(long, value_name = "PIXELS", default_value_t = 396, help_heading = "Pictures", value_parser = tile)]
    tile: u16,
    /// A .png for one picture, or a folder [default for one picture: its name with -x4.png, in this folder]
    #[arg(short, long, value_name = "PATH", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: NetworkDevice,
}

/// A number of times.
fn times(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number of times, such as 2".into())
}

/// The side of a tile.
fn tile(text: &str) -> Result<u16, String> {
    let tile = text.parse().ok().filter(|tile| *tile == 0 || (32..=4096).contains(tile));
    tile.ok_or_else(|| "give 32 to 4096 pixels, or 0 for no tiles".into())
}

/// Enlarges one picture, several, or whole folders.
pub fn upscale(args: &Upscale) -> Result<String, Failure> {
    let device = args.device.open()?;
    let (weights, inputs) = weights_and_inputs(args)?;
    let weights = match &args.mix {
        Some(other) => weights.interpolate(&run_or_file(other)?, args.share)?,
        None => weights,
    };
    let upscaler = scaled(build_translator(weights, &device, "upscale")?, args.scale)?;
    let files = [&args.weights, &args.mix].into_iter().flatten().map(PathBuf::as_path);
    let also_read: Vec<&Path> = files.filter(|path| path.is_file()).collect();
    let output = output(args, inputs, upscaler.scale())?;
    let job = Job::new(inputs, &also_read, &output, args.overwrite.force)?;
    let does = match upscaler.scale() {
        1 => "keeps the size".to_owned(),
        scale => format!("enlarges {scale} times"),
    };
    stderr::line(&format!("{}, {does}", upscaler.about()));
    let upscaler = &upscaler;
    job.run_large(|image, name, _| {
        let (picture, name) = (image.into_buffer(), name.to_owned());
        let size = [picture.width, picture.height].map(|side| side * upscaler.scale());
        let like = picture.blank(0, 0);
        Ok(in_bands(&like, size, move |take| {
            let tiling = upscaler.upscale_in_bands(&picture, usize::from(args.tile) / 4 * 4, take)?;
            if let Some(tiling) = tiling {
                stderr::line(&format!(
                    "{name}: {} tiles that overlap by {} pixels; values across a border differ by at most {:.2} of 255",
                    tiling.tiles, tiling.overlap, tiling.difference
                ));
            }
            Ok(())
        }))
    })
}

/// The weights, and the pictures: a file's weights, those of the run that comes first, or the built-in ones.
fn weights_and_inputs(args: &Upscale) -> Result<(TranslatorWeights, &[PathBuf]), Failure> {
    let key = args.key.of_weights(args.weights.as_ref())?;
    let mut runs = args.paths.iter().skip(usize::from(args.weights.is_none()));
    if let Some(run) = runs.find(|path| RunFolder::is_run(path).unwrap_or(false)) {
        let is_second = args.weights.is_none() && RunFolder::is_run(&args.paths[0]).unwrap_or(false);
        let run = run.display();
        return Err(match args.weights {
            None if is_second => format!("{run} is a second run: leave one out, or mix both with --mix {run}"),
            Some(_) => format!("{run} is a run, and --weights takes the place of one: leave one of them out"),
            None => format!("{run} is a run: give it first, before the pictures"),
        }
        .into());
    }
    if let Some(file) = &args.weights {
        return Ok((TranslatorWeights::read_under(file, key)?, &args.paths));
    }
    let [first, others @ ..] = args.paths.as_slice() else { return Err("give pictures to enlarge".into()) };
    if RunFolder::is_run(first)? {
        if others.is_empty() {
            return Err("give pictures, or folders of pictures, after the run".into());
        }
        if args.denoise.is_some() {
            return Err("--denoise is for the built-in upscaler: leave it out, or leave out the run".into());
        }
        let choice = args.checkpoint.unwrap_or_default();
        return Ok((TranslatorWeights::open(first, choice, false)?, others));
    }
    if !first.exists() {
        let first = first.display();
        return Err(format!("there is no picture and no run at {first}").into());
    }
    if is_weights_name(first) {
        return Err(format!("{} is no picture: give a file of weights with --weights", first.display()).into());
    }
    if args.checkpoint.is_some() {
        return Err(format!("--checkpoint is for runs, and {} is none", first.display()).into());
    }
    let denoise = args.denoise.unwrap_or(DENOISE);
    if args.mix.is_some() && ![0.0, 1.0].contains(&denoise) {
        return Err("--mix changes the weights of one network: give --denoise 0 or --denoise 1 as well".into());
    }
    Ok((TranslatorWeights::built_in_upscaler(denoise)?, &args.paths))
}

/// The upscaler for `scale` times the size.
fn scaled(upscaler: TrainedTranslator, scale: Option<usize>) -> Result<TrainedTranslator, Failure> {
    let own = upscaler.scale();
    match scale {
        Some(scale) if scale == 0 || scale > own => {
            Err(format!("--scale {scale}: this network enlarges {own} times; give 1 to {own}").into())
        }
        Some(scale) if scale < own => Ok(upscaler.reduced_to(scale)),
        _ => Ok(upscaler),
    }
}

/// Where the results go: the given path, or a file in the current folder for a single picture.
fn output(args: &Upscale, inputs: &[PathBuf], scale: usize) -> Result<PathBuf, Failure> {
    match (&args.output, inputs) {
        (Some(output), _) => Ok(output.clone()),
        (None, [picture]) if picture.is_file() => {
            let name = picture.file_stem().unwrap_or_default().to_string_lossy();
            Ok(PathBuf::from(format!("{name}-x{scale}.png")))
        }
        _ => Err("give a folder for the results with -o".into()),
    }
}

/// The weights of a run's newest checkpoint, or of a file.
fn run_or_file(path: &Path) -> Result<TranslatorWeights, Failure> {
    Ok(if path.is_dir() {
        TranslatorWeights::open(path, CheckpointChoice::Newest, false)?
    } else {
        TranslatorWeights::read(path)?
    })
}
