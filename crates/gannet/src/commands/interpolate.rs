//! `gannet interpolate`: from image to image through the space of latents.
//!
//! Latents of N(0, 1) lie near a sphere; the walk stays on it (White 2016, "Sampling Generative
//! Networks", arXiv:1609.04468) rather than cutting through the middle, which no training saw.

use burn::tensor::Tensor;
use gannet_train::grid::ImageGrid;
use gannet_train::sinks::film::write_gif;
use gannet_train::tasks::grid;
use image::DynamicImage;

use super::sample::write;
use super::{device, generator, numbers_of, writable};
use crate::Failure;
use crate::cli;

/// How long a frame is shown, in hundredths of a second.
const DELAY: u16 = 6;
/// How long an anchor is shown, in hundredths of a second.
const HOLD: u16 = 40;
/// Least side of a film in pixels.
const SIDE: usize = 128;

/// All images of a walk are in memory at once.
const MOST: usize = 4096;

/// A film or a strip.
pub fn interpolate(args: cli::Interpolate) -> Result<String, Failure> {
    let output = args.output.as_path();
    let film = match output.extension().and_then(|extension| extension.to_str()) {
        Some("gif") => true,
        Some("png") => false,
        _ => return Err(format!("{}: give a .gif for a film, or a .png for a strip", output.display()).into()),
    };
    writable(output, args.overwrite.force)?;
    let (anchors, steps) =
        (if args.classes.is_empty() { args.anchors as usize } else { args.classes.len() }, args.steps as usize);
    if anchors * (steps + 1) > MOST {
        return Err(format!("{anchors} anchors with {steps} steps each are more than {MOST} images: give fewer").into());
    }
    let generator = generator(&args.from.run, args.from.checkpoint, &device(&args.from.device.device)?)?;
    let classes = numbers_of(&args.classes, &generator)?;
    if classes.len() == 1 {
        return Err("a walk through classes needs two at least: give --class A,B".into());
    }
    let latents = match classes.first() {
        None => generator.latents(anchors, args.from.seed),
        // The first latent's noise serves them all.
        Some(_) => {
            Tensor::cat(classes.iter().map(|class| generator.latents_of(&[*class], None, args.from.seed)).collect(), 0)
        }
    };
    let ends = |from: usize| (from, (from + 1) % anchors);
    let segments: Vec<_> = (0..anchors - usize::from(!args.closed)).map(ends).collect();
    let anchor = |index: usize| latents.clone().narrow(0, index, 1);
    let rows = segments.iter().map(|(from, to)| {
        let between = |t| generator.space().between(anchor(*from), anchor(*to), t);
        let walk = (0..=steps).map(|step| between(step as f64 / steps as f64));
        Tensor::cat(walk.collect(), 0)
    });
    let latents = Tensor::cat(rows.collect(), 0);
    let images = Tensor::cat(generator.generate(latents).collect(), 0);
    if film {
        write_film(output, images, steps + 1, args.closed)?;
    } else {
        let strip = ImageGrid { columns: steps + 1, rows: segments.len(), ..grid(images) };
        write(output, &strip.to_png()?)?;
    }
    Ok(format!("a walk past {anchors} images in {}\n", output.display()))
}

/// A frame for each image; an anchor ends one row and begins the next, so it is shown once, but longer. A closed walk
/// ends before its first image, with which the film begins again.
fn write_film(path: &std::path::Path, images: Tensor<4>, columns: usize, closed: bool) -> Result<(), Failure> {
    let count = images.dims()[0] - usize::from(closed);
    let shown = images.split(1, 0).into_iter().take(count).enumerate();
    let frames = shown.filter(|(index, _)| index % columns != 0 || *index == 0).map(|(index, image)| {
        let anchor = index % columns == columns - 1 || index == 0;
        let grid = grid(image);
        let scale = SIDE.div_ceil(grid.height.max(grid.width));
        (picture(&grid.with_scale(scale)), if anchor { HOLD } else { DELAY })
    });
    let frames: Vec<_> = frames.collect();
    let (width, height) = frames.first().map_or((1, 1), |(first, _)| (first.width(), first.height()));
    write_gif(path, u16::try_from(width)?, u16::try_from(height)?, frames.into_iter().map(Ok))?;
    Ok(())
}

fn picture(grid: &ImageGrid) -> DynamicImage {
    let picture = grid.picture();
    let (width, height) = (picture.width as u32, picture.height as u32);
    let grey = picture.channels == 1;
    let image = if grey {
        image::GrayImage::from_raw(width, height, picture.pixels).map(DynamicImage::from)
    } else {
        image::RgbImage::from_raw(width, height, picture.pixels).map(DynamicImage::from)
    };
    image.unwrap_or_default()
}
