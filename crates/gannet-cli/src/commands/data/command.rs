//! The commands of `gannet data`.

use clap::Subcommand;

use super::check::{Check, check};
use super::export::{Export, export};
use super::list::{List, list};
use super::masks::{Masks, masks};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  gannet data check photos/
  gannet data masks photos/ -o masks/")]
pub enum DataCommand {
    /// Read all images and report count, sizes, modes, classes and broken files
    Check(Check),
    /// Write the images as training sees them, each as a .png
    Export(Export),
    /// Draw a random mask for each picture, to try inpainting
    Masks(Masks),
    /// List the names and classes of all images
    List(List),
}

/// A report, a list, or images in a folder.
pub fn data(command: DataCommand) -> Result<String, Failure> {
    match command {
        DataCommand::Check(args) => check(&args),
        DataCommand::Export(args) => export(&args),
        DataCommand::Masks(args) => masks(&args),
        DataCommand::List(args) => list(&args),
    }
}
