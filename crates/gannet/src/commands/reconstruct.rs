//! `gannet reconstruct`: pictures through an autoencoder that a run has trained.

use gannet_train::autoencoder::TrainedAutoencoder;

use super::job::{Job, picture};
use super::{device, warn};
use crate::Failure;
use crate::cli;

/// One picture, several, or whole folders.
pub fn reconstruct(args: &cli::Reconstruct) -> Result<String, Failure> {
    let autoencoder = TrainedAutoencoder::open(&args.run, args.checkpoint, &device(&args.device.device)?)?;
    warn(autoencoder.warnings());
    let job = Job::new(&args.inputs, &args.output, args.overwrite.force)?;
    crate::tell(autoencoder.about());
    job.run(|image, _, _| {
        let [seen, made] = autoencoder.reconstruct(&image);
        picture(if args.beside { seen.beside(&made) } else { made })
    })
}
