//! What the command line takes.

mod data;
mod lab;
mod pictures;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use gannet_data::{Fit, Split};
use gannet_ops::resample::Filter;
use gannet_train::evaluate::{Metric, NAMES, filter};
use gannet_train::recipe::DEFAULT_RECIPE;
use gannet_train::trained::Which;

use data::SplitWord;
pub use data::{Check, DataCommand, Export, Masks};
pub use lab::{Comparison, Experiment, LabCommand, Saturation, Stacked};
pub use pictures::{Half, Inpaint, Reconstruct, Stylize, Translate, Upscale};

/// Trains, judges and applies generative adversarial networks.
#[derive(Debug, Parser)]
#[command(name = "gannet", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// How many threads work on the CPU [default: one a core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train by a recipe
    Train(Train),
    /// Go on with a run that was stopped, bit for bit
    Resume(Resume),
    /// List the recipes, show one in full, or explain every key
    Recipes(Recipes),
    /// Look at images before training on them
    #[command(subcommand)]
    Data(DataCommand),
    /// Draw images from a trained generator
    Sample(Sample),
    /// Walk from image to image through the space of latents
    Interpolate(Interpolate),
    /// Put pictures through an autoencoder, to see what its codes keep of them
    Reconstruct(Reconstruct),
    /// Turn pictures into others by a network trained on pairs
    Translate(Translate),
    /// Make pictures larger by a network trained for it
    Upscale(Upscale),
    /// Fill holes of pictures by a network trained for it
    Inpaint(Inpaint),
    /// Paint pictures as a painting is painted
    #[command(visible_alias = "stylise")]
    Stylize(Stylize),
    /// Measure a run's images, or a set's: FID, KID, precision, PSNR and the others
    Eval(Eval),
    /// Compare runs in a table
    Runs(Runs),
    /// See within a minute, on points of the plane, what a loss and a penalty do
    #[command(subcommand)]
    Lab(LabCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub struct Train {
    /// A recipe's name, as `gannet recipes` lists them, or a .toml file
    #[arg(default_value = DEFAULT_RECIPE)]
    pub recipe: String,
    /// The images: a folder, class folders, .zip, .tar.gz, MNIST or CIFAR files, or the built-in digits or shapes
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// The run's folder [default: runs/RECIPE]
    #[arg(short = 'o', long, visible_alias = "output", value_name = "DIR")]
    pub run: Option<PathBuf>,
    /// Replace the run in the folder, if there is one
    #[arg(long)]
    pub force: bool,
    /// Train nothing, but write a picture of what augment.kind does to the images
    #[arg(long, value_name = "FILE.png")]
    pub preview_augment: Option<PathBuf>,
    /// Start from the weights of another run
    #[arg(long, value_name = "RUN")]
    pub from: Option<PathBuf>,
    /// Stop at an unreadable image instead of leaving it out
    #[arg(long)]
    pub strict: bool,
    /// The seed of every random stream
    #[arg(long)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub set: Set,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Set {
    /// Set a key of the recipe, such as train.steps=500 (may be given several times)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Device {
    /// Where to compute: cpu, or vulkan[:N] in a build with that feature
    #[arg(long, default_value = "cpu")]
    pub device: String,
}

#[derive(Debug, Args)]
pub struct Resume {
    /// The run's folder
    pub run: PathBuf,
    #[command(flatten)]
    pub set: Set,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Recipes {
    /// Show this recipe with all values
    pub name: Option<String>,
    /// Explain every key
    #[arg(long, conflicts_with = "name")]
    pub keys: bool,
}

#[derive(Debug, Args)]
pub struct FromRun {
    /// The run's folder
    pub run: PathBuf,
    /// Which checkpoint: newest, best, or a step
    #[arg(long, default_value_t)]
    pub checkpoint: Which,
    /// Seed of the latents
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Output {
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Sample {
    #[command(flatten)]
    pub from: FromRun,
    /// How many images
    #[arg(short = 'n', long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Of these classes, by name or number from 0 [default: all, one a row]
    #[arg(long = "class", value_delimiter = ',', value_name = "CLASS,…")]
    pub classes: Vec<String>,
    /// Draw noise again that is larger than this: smaller for typical images, larger for variety (0.1 to 5)
    #[arg(long, value_name = "T", value_parser = truncation)]
    pub truncation: Option<f32>,
    /// A .png for one grid, or a folder for one .png each
    #[arg(short, long, default_value = "grid.png", value_name = "PATH")]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
}

#[derive(Debug, Args)]
pub struct Interpolate {
    #[command(flatten)]
    pub from: FromRun,
    /// How many images to walk past
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub anchors: u32,
    /// Steps from one to the next
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub steps: u32,
    /// Walk through these classes instead, by name or number from 0, with the same noise
    #[arg(long = "class", value_delimiter = ',', value_name = "CLASS,…")]
    pub classes: Vec<String>,
    /// Walk back to the first
    #[arg(long = "loop")]
    pub closed: bool,
    /// A .gif for a film, or a .png for a strip with one row from each image to the next
    #[arg(short, long, default_value = "walk.gif", value_name = "PATH")]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
}

/// A number from 0 to 1.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "give a number from 0 to 1".into())
}

#[derive(Debug, Args)]
#[command(after_long_help = eval_names())]
pub struct Eval {
    /// A run's folder, or images: a folder, .zip, .tar.gz, MNIST or CIFAR files, digits or shapes
    pub subject: String,
    /// What turns images into features: cifar (built in), inception, dinov2, lenet:FILE, a classifier's RUN, classifier:FILE,
    /// random:SEED, or pixels for none [default: cifar]
    #[arg(long, value_name = "NAME")]
    pub features: Option<String>,
    /// What to measure, such as fid,kid,prdc; --help lists all [default: what suits the features]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub metrics: Vec<String>,
    /// The images to compare with [default: those a run was trained on]
    #[arg(long, value_name = "PATH")]
    pub data: Option<String>,
    /// How many images, from the first, or from all over a set that is sorted by class [default: 10,000, or all there are]
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub count: Option<u32>,
    /// How many of the reference, likewise [default: 10,000, or all there are]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub reference_count: Option<u32>,
    /// The part of the images' set
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    split: SplitWord,
    /// The part of the reference's set
    #[arg(long, value_name = "SPLIT", default_value = "train")]
    reference_split: SplitWord,
    /// Of both sets take only the N images that a recipe with data.hold_back=N does not train on
    #[arg(long, value_name = "N")]
    pub held_back: Option<usize>,
    /// How images are resized: tf1 (as torch-fidelity), bilinear (as pytorch-fid), clean (as clean-fid), antialiased
    /// [default: what is usual for the features]
    #[arg(long, value_name = "FILTER", value_parser = filter)]
    pub resize: Option<Filter>,
    /// The perceptual distance for lpips, diversity and ppl: vgg or alex, or with files vgg:TRUNK,LIN
    #[arg(long, value_name = "NAME", default_value = "vgg")]
    pub perceptual: String,
    /// Compare pairs whose names differ so, such as LR=HR (for psnr, ssim, ms-ssim, lpips)
    #[arg(long, value_name = "FROM=TO", value_parser = names)]
    pub pair: Option<(String, String)>,
    /// Enlarge each image to its partner's size first, by MATLAB's bicubic
    #[arg(long)]
    pub enlarge: bool,
    /// Compare pairs by brightness (Y) alone, as papers on super-resolution do
    #[arg(long)]
    pub luma: bool,
    /// Leave out so many pixels along each side of pairs
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub border: usize,
    /// The colours of labels, as RRGGBB (for the metric labels)
    #[arg(long, value_delimiter = ',', value_name = "RRGGBB,…", value_parser = color)]
    pub palette: Vec<Color>,
    /// Measure so many random squares of --patch-size pixels, cut out of both sets in the same places, instead of whole images
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    pub patches: Option<u32>,
    /// Their side in pixels
    #[arg(long, value_name = "N", default_value_t = 32, requires = "patches", value_parser = clap::value_parser!(u16).range(4..=1024))]
    pub patch_size: u16,
    /// Where the picture of nearest neighbours goes (for the metric neighbours)
    #[arg(long, value_name = "FILE.png")]
    pub picture: Option<PathBuf>,
    /// Which checkpoint of a run: newest, best, or a step
    #[arg(long, default_value_t)]
    pub checkpoint: Which,
    /// Seed of latents, of subsets that are drawn, and of built-in images
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub device: Device,
}

impl Eval {
    /// The parts of the images' set and of the reference's.
    pub fn splits(&self) -> [Split; 2] {
        [self.split.split(), self.reference_split.split()]
    }
}

#[derive(Debug, Args)]
pub struct Runs {
    /// Runs, or folders of runs
    #[arg(default_value = "runs")]
    pub folders: Vec<PathBuf>,
}

fn truncation(word: &str) -> Result<f32, String> {
    word.parse().ok().filter(|most| (0.1..=5.0).contains(most)).ok_or_else(|| "give a number from 0.1 to 5".to_owned())
}

fn channels(word: &str) -> Result<u8, String> {
    word.parse().ok().filter(|channels| [1, 3].contains(channels)).ok_or_else(|| "give 1 or 3".to_owned())
}

fn fit(word: &str) -> Result<Fit, String> {
    let found = [Fit::Crop, Fit::Stretch, Fit::Pad].into_iter().find(|fit| fit.word() == word);
    found.ok_or_else(|| format!("give {}", Fit::WORDS.join(", ")))
}

fn names(text: &str) -> Result<(String, String), String> {
    let two = text.split_once('=').filter(|(from, _)| !from.is_empty());
    two.map(|(from, to)| (from.to_owned(), to.to_owned())).ok_or_else(|| "give FROM=TO, such as LR=HR".to_owned())
}

/// All features and metrics, for `--help`.
fn eval_names() -> String {
    let line = |(name, what): (&str, &str)| format!("  {name:<18}{what}\n");
    let features: String = NAMES.into_iter().map(line).collect();
    let metrics: String = Metric::ALL.iter().map(|metric| line((metric.word(), metric.meaning()))).collect();
    format!("Features:\n{features}\nMetrics:\n{metrics}")
}

/// Red, green, blue.
pub type Color = [u8; 3];

fn color(text: &str) -> Result<Color, String> {
    let byte = |at: usize| text.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok());
    match (byte(0), byte(2), byte(4), text.len()) {
        (Some(r), Some(g), Some(b), 6) => Ok([r, g, b]),
        _ => Err("give colours as RRGGBB, such as 804080".to_owned()),
    }
}
