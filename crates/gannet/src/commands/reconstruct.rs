//! `gannet reconstruct`: pictures through an autoencoder that a run has trained.

use gannet_data::Pixels;
use gannet_train::autoencoder::TrainedAutoencoder;

use super::device;
use super::job::Job;
use crate::Failure;
use crate::cli;

/// One picture, several, or whole folders.
pub fn reconstruct(args: &cli::Reconstruct) -> Result<String, Failure> {
    let autoencoder = TrainedAutoencoder::open(&args.run, args.checkpoint, &device(&args.device.device)?)?;
    autoencoder.warnings().iter().for_each(|warning| crate::tell(&format!("warning: {warning}")));
    let job = Job::new(&args.inputs, &args.output, args.overwrite.force)?;
    crate::tell(autoencoder.about());
    job.run(|image, _| {
        let [seen, made] = autoencoder.reconstruct(&image);
        Ok(if args.beside { beside(&seen, &made) } else { made })
    })
}

/// Two pictures of one shape in one.
fn beside(left: &Pixels, right: &Pixels) -> Pixels {
    let row = left.width * left.channels;
    let rows = left.data.chunks_exact(row).zip(right.data.chunks_exact(row));
    let data = rows.flat_map(|(left, right)| left.iter().chain(right)).copied().collect();
    Pixels { width: 2 * left.width, data, ..*right }
}
