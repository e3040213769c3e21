//! `gannet data list`: the names and classes of all images.

use clap::Args;
use gannet_data::Split;

use crate::args::choice;
use crate::failure::Failure;
use crate::table::table;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet data list photos/")]
pub struct List {
    /// The images: a folder, .zip or .tar.gz, the files of MNIST or CIFAR, or a built-in set such as digits
    path: String,
    /// The split of the set
    #[arg(long, default_value_t = Split::Train, help_heading = "Images", value_parser = choice::<Split>())]
    split: Split,
}

/// A row for each image.
pub fn list(args: &List) -> Result<String, Failure> {
    let items = gannet_data::list(&args.path, args.split)?;
    let rows: Vec<_> = items.into_iter().map(|item| vec![item.name, item.label.unwrap_or_default()]).collect();
    Ok(table(&rows))
}
