//! `gannet data check`: what a set contains, and what training would do with it.

use clap::Args;
use gannet_data::{Fit, ImageSpec, LayoutChoice, Split};

use crate::args::{OUTPUT, channels, choice};
use crate::failure::Failure;
use crate::outcome::json;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet data check photos/
  gannet data check photos.zip --size 128 --fit pad --json")]
pub struct Check {
    /// The images: a folder, .zip or .tar.gz, the files of MNIST or CIFAR, or a built-in set such as digits
    path: String,
    /// The split of the set
    #[arg(long, default_value_t = Split::Train, help_heading = "Images", value_parser = choice::<Split>())]
    split: Split,
    /// What the folders and files are taken for; a recipe has it as data.layout
    #[arg(long, value_name = "NAME", default_value_t, help_heading = "Images", value_parser = choice::<LayoutChoice>())]
    layout: LayoutChoice,
    /// Side of the training images in pixels
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = 64,
        help_heading = "Training",
        value_parser = clap::value_parser!(u16).range(1..=8192)
    )]
    size: u16,
    /// Channels of the training images: 1 (gray) or 3 (RGB)
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Training", value_parser = channels)]
    channels: u8,
    /// How an image that is not square becomes a square
    #[arg(long, default_value_t, help_heading = "Training", value_parser = choice::<Fit>())]
    fit: Fit,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
}

/// A report, as text or as JSON.
pub fn check(args: &Check) -> Result<String, Failure> {
    let image = ImageSpec {
        size: args.size.into(),
        channels: args.channels.into(),
        fit: args.fit,
        flip: false,
        shift: 0,
        paired: false,
    };
    let report = gannet_data::check(&args.path, args.layout, args.split, &image)?;
    Ok(if args.json { json(&report)? } else { report.to_string() })
}
