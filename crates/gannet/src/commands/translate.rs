//! `gannet translate`: pictures through a network that a run has trained, or that a file of another project holds.

use gannet_data::{ImageSpec, Pixels};
use gannet_ops::random::Streams;
use gannet_train::translator::TranslatorWeights;
use image::DynamicImage;

use super::job::{Job, half, picture};
use super::{device, translator};
use crate::Failure;
use crate::cli;

/// One picture, several, or whole folders.
pub fn translate(args: cli::Translate) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let (weights, inputs) = match (&args.weights, args.paths.as_slice()) {
        (Some(file), inputs) => (TranslatorWeights::read(file)?, inputs),
        (None, [run, inputs @ ..]) => (TranslatorWeights::open(run, args.checkpoint, args.back)?, inputs),
        (None, []) => return Err("give a run and the pictures that it should translate".into()),
    };
    if inputs.is_empty() {
        return Err("give pictures, or folders of them, after the run".into());
    }
    let translator = translator(weights, &device, "translate")?;
    if args.noise && !translator.is_noisy() {
        return Err("--noise is for networks with dropout, which this one was not trained with: leave it out".into());
    }
    let job = Job::new(inputs, &args.output, args.overwrite.force)?;
    crate::tell(translator.about());
    let streams = Streams::new(args.seed);
    job.run(|image, _, at| {
        let noise = args.noise.then(|| streams.at("translate", at as u64));
        picture(translator.translate(part(&image, &args), noise))
    })
}

/// What is translated of a picture: a half, a middle square of a size, or all of it.
fn part(image: &DynamicImage, args: &cli::Translate) -> Pixels {
    let half = half(image, args.half);
    match args.size {
        None => Pixels::from_image(&half),
        Some(size) => {
            let spec = ImageSpec { size: size.into(), channels: 3, fit: args.fit, flip: false, shift: 0, pair: false };
            spec.square(&half)
        }
    }
}
