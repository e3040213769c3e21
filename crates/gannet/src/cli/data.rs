//! What is done to images before they are trained on.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use gannet_data::{Fit, Split};
use gannet_train::recipe::HoleKind;

use super::{Half, Output, channels, fit};

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Read every image: count, sizes, modes, classes, broken files, and what training would do with each
    Check(Check),
    /// Write the images as training sees them, each as a .png
    Export(Export),
    /// Draw a mask with holes for each picture, to try inpainting by
    Masks(Masks),
    /// Name every image and its class
    List {
        /// The images
        path: String,
        #[command(flatten)]
        split: SplitArg,
    },
}

#[derive(Debug, Args)]
pub struct Check {
    /// The images
    pub path: String,
    /// Side of the images that training would use, in pixels
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub size: u16,
    /// Channels that training would use: 1 (grey) or 3 (RGB)
    #[arg(long, default_value_t = 3, value_parser = channels)]
    pub channels: u8,
    /// How an image that is not square becomes so
    #[arg(long, default_value = "crop", value_parser = fit)]
    pub fit: Fit,
    #[command(flatten)]
    pub split: SplitArg,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Export {
    /// The images
    pub path: String,
    /// Side of the squares in pixels
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub size: u16,
    /// 1 (grey) or 3 (RGB)
    #[arg(long, default_value_t = 3, value_parser = channels)]
    pub channels: u8,
    /// How an image that is not square becomes so
    #[arg(long, default_value = "crop", value_parser = fit)]
    pub fit: Fit,
    /// The images are pairs side by side: write this half of each
    #[arg(long, value_name = "SIDE")]
    pub half: Option<Half>,
    /// How many, from the first [default: all]
    #[arg(short = 'n', long)]
    pub count: Option<u32>,
    /// Write so many squares of that side, cut out of the images at random
    #[arg(long, value_name = "N", conflicts_with_all = ["count", "half", "fit"])]
    pub patches: Option<u32>,
    /// Make each so many times smaller at last, by cubic convolution, as super-resolution is measured
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u16).range(2..=16))]
    pub shrink: Option<u16>,
    #[command(flatten)]
    pub split: SplitArg,
    /// The folder
    #[arg(short, long, value_name = "DIR", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
}

#[derive(Debug, Args)]
pub struct Masks {
    /// Pictures or folders of them
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// What holes look like: rectangles, strokes, irregular, or mixed
    #[arg(long, default_value = "mixed", value_parser = holes)]
    pub holes: HoleKind,
    /// The share of a picture that is missing
    #[arg(long, value_name = "X", default_value_t = 0.25, value_parser = missing)]
    pub share: f32,
    /// Seed of where
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder
    #[arg(short, long, value_name = "DIR", required = true)]
    pub output: PathBuf,
    #[command(flatten)]
    pub overwrite: Output,
}

/// A share that strokes come to in a while.
fn missing(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.01..=0.9).contains(share));
    share.ok_or_else(|| "give a number from 0.01 to 0.9".into())
}

/// What holes look like, by the recipes' words.
fn holes(word: &str) -> Result<HoleKind, String> {
    use gannet_train::recipe::HoleKind as Kind;
    let all = [Kind::Rectangles, Kind::Strokes, Kind::Irregular, Kind::Mixed];
    let found = all.into_iter().find(|kind| kind.to_string() == word);
    found.ok_or_else(|| "give rectangles, strokes, irregular or mixed".into())
}

#[derive(Debug, Args)]
pub struct SplitArg {
    /// The part of the set
    #[arg(long, default_value = "train")]
    split: SplitWord,
}

impl SplitArg {
    pub fn split(&self) -> Split {
        self.split.split()
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum SplitWord {
    Train,
    Test,
}

impl SplitWord {
    pub fn split(self) -> Split {
        match self {
            Self::Train => Split::Train,
            Self::Test => Split::Test,
        }
    }
}
