//! `gannet reconstruct`: pictures encoded and decoded by the autoencoder of a run.

use std::path::PathBuf;

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_apply::autoencoder::TrainedAutoencoder;

use crate::args::{NetworkDevice, OUTPUT, Overwrite, WEIGHTS};
use crate::failure::Failure;
use crate::images::{Job, from_pixels};
use crate::stderr;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet reconstruct runs/shapes-vae-gan photo.jpg -o reconstructed.png
  gannet reconstruct runs/mnist-vae digits/ -o out/ --side-by-side")]
pub struct Reconstruct {
    /// The run of an autoencoder
    run: PathBuf,
    /// Pictures, or folders of pictures
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The checkpoint: newest, best, or a step
    #[arg(long, default_value_t, help_heading = WEIGHTS)]
    checkpoint: CheckpointChoice,
    /// A .png for one picture, or a folder
    #[arg(short, long, value_name = "PATH", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    /// Put each picture, as in training, to the left of its reconstruction
    #[arg(long, alias = "beside", help_heading = OUTPUT)]
    side_by_side: bool,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: NetworkDevice,
}

/// Reconstructs one picture, several, or whole folders.
pub fn reconstruct(args: &Reconstruct) -> Result<String, Failure> {
    let autoencoder = TrainedAutoencoder::open(&args.run, args.checkpoint, &args.device.open()?)?;
    stderr::warn(autoencoder.warnings());
    let job = Job::new(&args.inputs, &[], &args.output, args.overwrite.force)?;
    stderr::line(autoencoder.about());
    job.run(|image, _, _| {
        let [input, reconstruction] = autoencoder.reconstruct(&image.into_srgb().image);
        from_pixels(if args.side_by_side { input.side_by_side(&reconstruction) } else { reconstruction })
    })
}
