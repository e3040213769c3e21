//! `gannet data masks`: random masks of the sizes of pictures.

use std::path::PathBuf;

use clap::Args;
use gannet_data::{Mask, MaskKind};
use gannet_ops::random::Streams;

use crate::args::{OUTPUT, Overwrite, choice};
use crate::failure::Failure;
use crate::images::{Job, from_buffer};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet data masks photos/ -o masks/
  gannet data masks photos/ -o masks/ --kind irregular --share 0.4")]
pub struct Masks {
    /// Pictures, or folders of pictures
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The shapes of the masks
    #[arg(
        long,
        alias = "holes",
        value_name = "KIND",
        default_value_t = MaskKind::Mixed,
        help_heading = "Masks",
        value_parser = choice::<MaskKind>()
    )]
    kind: MaskKind,
    /// The masked share of a picture, from 0.01 to 0.9
    #[arg(long, value_name = "X", default_value_t = 0.25, help_heading = "Masks", value_parser = share)]
    share: f32,
    /// Seed of the masks
    #[arg(long, default_value_t = 0, help_heading = "Masks")]
    seed: u64,
    /// The folder of the masks
    #[arg(short, long, value_name = "DIR", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// A share that random strokes reach soon.
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.01..=0.9).contains(share));
    share.ok_or_else(|| "give a number from 0.01 to 0.9".into())
}

/// Writes a mask of each picture's size and name.
pub fn masks(args: &Masks) -> Result<String, Failure> {
    let streams = Streams::new(args.seed);
    let job = Job::new(&args.inputs, &[], &args.output, args.overwrite.force)?;
    job.run(|image, _, position| {
        let mut stream = streams.at("masks", position as u64);
        let (width, height) = image.dimensions();
        let [width, height] = [width, height].map(|side| side as usize);
        Ok(from_buffer(Mask::random(args.kind, width, height, args.share, &mut stream).into_image()))
    })
}
