//! `gannet translate`: pictures through a network that a run has trained, or that a file of another project holds.

use gannet_data::{ImageSpec, Pixels};
use gannet_ops::random::Streams;
use gannet_train::translator::TrainedTranslator;
use image::DynamicImage;

use super::device;
use super::job::Job;
use crate::Failure;
use crate::cli::{self, Half};

/// One picture, several, or whole folders.
pub fn translate(args: cli::Translate) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let (translator, inputs) = match (&args.weights, args.paths.as_slice()) {
        (Some(file), inputs) => (TrainedTranslator::read(file, &device)?, inputs),
        (None, [run, inputs @ ..]) => (TrainedTranslator::open(run, args.checkpoint, &device)?, inputs),
        (None, []) => return Err("give a run and the pictures that it should translate".into()),
    };
    if inputs.is_empty() {
        return Err("give pictures, or folders of them, after the run".into());
    }
    translator.warnings().iter().for_each(|warning| crate::tell(&format!("warning: {warning}")));
    let job = Job::new(inputs, &args.output, args.overwrite.force)?;
    crate::tell(translator.about());
    let streams = Streams::new(args.seed);
    job.run(|image, at| {
        let noise = args.noise.then(|| streams.at("translate", at as u64));
        Ok(translator.translate(part(&image, &args), noise))
    })
}

/// What is translated of a picture: a half, a middle square of a size, or all of it.
fn part(image: &DynamicImage, args: &cli::Translate) -> Pixels {
    let (width, height) = (image.width(), image.height());
    let half = match args.half {
        None => image.clone(),
        Some(Half::Left) => image.crop_imm(0, 0, (width / 2).max(1), height),
        Some(Half::Right) => image.crop_imm(width / 2, 0, width - width / 2, height),
    };
    match args.size {
        None => Pixels::from_image(&half),
        Some(size) => {
            let spec = ImageSpec { size: size.into(), channels: 3, fit: args.fit, flip: false, shift: 0, pair: false };
            spec.square(&half)
        }
    }
}
