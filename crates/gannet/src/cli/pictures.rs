//! Pictures in, pictures out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gannet_data::Fit;
use gannet_train::trained::Which;

use super::{Device, Output, fit, share};

#[derive(Debug, Args)]
pub struct Reconstruct {
    /// The run's folder
    pub run: PathBuf,
    /// Pictures, or folders of them
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Which checkpoint: newest, best, or a step
    #[arg(long, default_value_t)]
    pub checkpoint: Which,
    /// Put each picture, as training sees it, to the left of its reconstruction
    #[arg(long)]
    pub beside: bool,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Translate {
    /// A run's folder (not with --weights), and then pictures or folders of them
    #[arg(value_name = "RUN INPUT…", required = true)]
    pub paths: Vec<PathBuf>,
    /// The generator in a file of pytorch-CycleGAN-and-pix2pix, .pth or .safetensors, instead of a run's
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Which checkpoint of the run: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights")]
    pub checkpoint: Which,
    /// From the second kind of images to the first, for a run that learned both ways
    #[arg(long, conflicts_with = "weights")]
    pub back: bool,
    /// The pictures are pairs side by side: translate this half of each
    #[arg(long, value_name = "SIDE")]
    pub half: Option<Half>,
    /// Make each a square of so many pixels first, as training does [default: each in its own size]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub size: Option<u16>,
    /// How a picture becomes a square: crop, stretch, or pad
    #[arg(long, default_value = "crop", value_parser = fit, requires = "size")]
    pub fit: Fit,
    /// Let dropout vary the results, for networks trained with it
    #[arg(long)]
    pub noise: bool,
    /// Seed of that noise
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Upscale {
    /// A run's folder (not with --weights), and then pictures or folders of them
    #[arg(value_name = "RUN INPUT…", required = true)]
    pub paths: Vec<PathBuf>,
    /// The generator in a file of SRGAN, ESRGAN or Real-ESRGAN, .pth or .safetensors, instead of a run's
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Which checkpoint of the run: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights")]
    pub checkpoint: Which,
    /// A second network of the same architecture, a run or a file, between which and the first the weights are to lie
    #[arg(long, value_name = "RUN")]
    pub mix: Option<PathBuf>,
    /// How far the weights are on their way to the second network's, from 0 to 1
    #[arg(long, value_name = "X", default_value_t = 0.5, requires = "mix", value_parser = share)]
    pub share: f32,
    /// Side of the tiles in which larger pictures are made, in pixels of the given picture; 0 for none
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = tile)]
    pub tile: u16,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Inpaint {
    /// A run's folder (not with --diffuse), pictures or folders of them, and a mask, white where something is missing: one
    /// picture for all, or a folder with one of each picture's name
    #[arg(value_name = "RUN INPUT… MASK", required = true)]
    pub paths: Vec<PathBuf>,
    /// What is transparent is missing: leave the mask out
    #[arg(long)]
    pub alpha: bool,
    /// A rectangle is missing: leave the mask out
    #[arg(long = "box", value_name = "LEFT,TOP,WIDTH,HEIGHT", conflicts_with = "alpha", value_parser = rectangle)]
    pub rectangle: Option<[usize; 4]>,
    /// Make each missing pixel the mean of its neighbours, without a network
    #[arg(long)]
    pub diffuse: bool,
    /// Which checkpoint of the run: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "diffuse")]
    pub checkpoint: Which,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Stylize {
    /// Pictures or folders of them
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// The painting: pictures are moved towards it pixel by pixel, or painted as it is by a run that knows how for any painting, or
    /// what a run or a file makes of them is measured by it
    #[arg(long, value_name = "PICTURE", required_unless_present_any = ["run", "weights"])]
    pub style: Option<PathBuf>,
    /// A run that has learned to paint at once: as one painting is painted, or, with --style, as any is
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// The painter in a file of PyTorch's fast_neural_style, .pth or .safetensors
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    pub weights: Option<PathBuf>,
    /// Which checkpoint of the run: newest, best, or a step
    #[arg(long, default_value_t, requires = "run")]
    pub checkpoint: Which,
    /// The longer side of the picture in pixels; 0 for its own
    #[arg(long, value_name = "N", default_value_t = 512)]
    pub size: u16,
    /// The longer side of the painting when it is looked at, in pixels; 0 for its own
    #[arg(long, value_name = "N", default_value_t = 512)]
    pub style_size: u16,
    /// What tells how a picture is painted: random, or vgg16:PATH or vgg19:PATH with torchvision's weights; a run for any painting
    /// has its own
    #[arg(long, value_name = "NAME", default_value = "random")]
    pub features: String,
    /// How much it counts to be painted so, beside showing what the picture shows [default: 10]; for a run for any painting the share
    /// of the painting's hand, from 0 to 1 [default: 1]
    #[arg(long, value_name = "X", allow_hyphen_values = true, value_parser = not_negative)]
    pub strength: Option<f64>,
    /// How much it counts to be smooth
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_hyphen_values = true, value_parser = not_negative)]
    pub smooth: f64,
    /// Steps of pixels towards the painting
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub steps: u32,
    /// Keep the picture's own colours, and paint their brightness
    #[arg(long)]
    pub keep_colors: bool,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

/// A finite number of 0 or more.
fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "give a number of 0 or more".into())
}

/// Left, top, width and height.
fn rectangle(text: &str) -> Result<[usize; 4], String> {
    let numbers: Option<Vec<usize>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let four = numbers.and_then(|numbers| numbers.try_into().ok());
    four.ok_or_else(|| "give four numbers of pixels, such as 10,20,64,48".into())
}

/// The side of a tile.
fn tile(text: &str) -> Result<u16, String> {
    let tile = text.parse().ok().filter(|tile| *tile == 0 || (32..=4096).contains(tile));
    tile.ok_or_else(|| "give 32 to 4096 pixels, or 0 for no tiles".into())
}

/// A half of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Half {
    Left,
    Right,
}
