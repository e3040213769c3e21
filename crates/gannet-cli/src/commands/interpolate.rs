//! `gannet interpolate`: from image to image through the latent space.
//!
//! Latents of N(0, 1) lie near a sphere. The walk stays on it (White 2016, "Sampling Generative Networks", arXiv:1609.04468)
//! instead of cutting through the middle, where training drew no latents.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use clap::Args;
use gannet_apply::TrainedGenerator;
use gannet_apply::image_grid::{ImageGrid, square_grid};
use gannet_train::sinks::film::write_gif;
use image::DynamicImage;

use crate::args::{FromRun, OUTPUT, Overwrite};
use crate::failure::Failure;
use crate::files::{check_writable, write};
use crate::images::Targets;
use crate::networks::{class_numbers, open_generator};

/// How long a frame is displayed, in hundredths of a second.
const DELAY: u16 = 6;
/// How long an anchor is displayed, in hundredths of a second.
const ANCHOR_DELAY: u16 = 40;
/// The least side of an animation in pixels.
const SIDE: usize = 128;
/// All images of a walk are in memory at once.
const MOST_IMAGES: usize = 4096;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet interpolate runs/digits-dcgan --loop -o walk.gif
  gannet interpolate runs/mnist-cgan --class 3,7,1 -o walk.gif     # from class to class
  gannet interpolate --weights netG.pth --anchors 8 -o walk.gif    # another project's generator")]
pub struct Interpolate {
    #[command(flatten)]
    from: FromRun,
    /// Number of random images (anchors) that the walk passes
    #[arg(
        long,
        default_value_t = 6,
        help_heading = "Images",
        value_parser = clap::value_parser!(u32).range(2..=1000)
    )]
    anchors: u32,
    /// Steps from one anchor to the next
    #[arg(
        long,
        default_value_t = 12,
        help_heading = "Images",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    steps: u32,
    /// Walk through these classes instead, by name or by number from 0, with fixed noise
    #[arg(long = "class", value_delimiter = ',', value_name = "CLASS,…", help_heading = "Images")]
    classes: Vec<String>,
    /// Return to the first anchor
    #[arg(long = "loop", help_heading = "Images")]
    closed: bool,
    /// A .gif for an animation, or a .png with a row from each anchor to the next
    #[arg(short, long, default_value = "walk.gif", value_name = "PATH", help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Writes an animation or a picture.
pub fn interpolate(args: &Interpolate) -> Result<String, Failure> {
    let output = args.output.as_path();
    let animated = match output.extension().and_then(|extension| extension.to_str()) {
        Some("gif") => true,
        Some("png") => false,
        _ => {
            return Err(format!("{}: give a .gif for an animation, or a .png for a picture", output.display()).into());
        }
    };
    check_writable(output, args.overwrite.force)?;
    Targets::new(args.from.file.weights.as_deref()).refuse_read(output)?;
    let steps = args.steps as usize;
    let anchors = if args.classes.is_empty() { args.anchors as usize } else { args.classes.len() };
    if anchors * (steps + 1) > MOST_IMAGES {
        let text = format!("{anchors} anchors with {steps} steps each are more than {MOST_IMAGES} images: give fewer");
        return Err(text.into());
    }
    let generator = open_generator(&args.from)?;
    let anchors = anchor_latents(args, &generator)?;
    let (count, rows) = walk(&generator, anchors, steps, args.closed);
    let images = Tensor::cat(generator.generate(Tensor::cat(rows.clone(), 0)).collect(), 0);
    if animated {
        write_animation(output, images, steps + 1, args.closed)?;
    } else {
        let picture = ImageGrid { columns: steps + 1, rows: rows.len(), ..square_grid(images) };
        write(output, &picture.to_png()?)?;
    }
    Ok(format!("a walk past {count} images in {}\n", output.display()))
}

/// The latents `[n, z]` of the anchors: random ones, or one of each class with the noise of the first.
fn anchor_latents(args: &Interpolate, generator: &TrainedGenerator) -> Result<Tensor<2>, Failure> {
    let seed = args.from.seed;
    let classes = class_numbers(&args.classes, generator)?;
    match classes.as_slice() {
        [] => Ok(generator.latents(args.anchors as usize, seed)),
        [_] => Err("a walk through classes needs at least two: give --class A,B".into()),
        several => {
            let latents = several.iter().map(|class| generator.latents_of(&[*class], None, seed));
            Ok(Tensor::cat(latents.collect(), 0))
        }
    }
}

/// The number of anchors, and the latents `[steps + 1, z]` from each to the next, both included.
fn walk(generator: &TrainedGenerator, anchors: Tensor<2>, steps: usize, closed: bool) -> (usize, Vec<Tensor<2>>) {
    let count = anchors.dims()[0];
    let anchor = |index: usize| anchors.clone().narrow(0, index % count, 1);
    let row = |from: usize| {
        let between =
            |step: usize| generator.space().interpolate(anchor(from), anchor(from + 1), step as f64 / steps as f64);
        Tensor::cat((0..=steps).map(between).collect(), 0)
    };
    (count, (0..count - usize::from(!closed)).map(row).collect())
}

/// Writes a frame for each image. An anchor ends one row and begins the next, so it is displayed once, but longer. A closed walk
/// ends before its first image, with which the animation starts again.
fn write_animation(path: &Path, images: Tensor<4>, columns: usize, closed: bool) -> Result<(), Failure> {
    let count = images.dims()[0] - usize::from(closed);
    let displayed = images.split(1, 0).into_iter().take(count).enumerate();
    let frames = displayed.filter(|(index, _)| index % columns != 0 || *index == 0).map(|(index, image)| {
        let anchor = index % columns == columns - 1 || index == 0;
        let grid = square_grid(image);
        let scale = SIDE.div_ceil(grid.height.max(grid.width));
        (frame(&grid.with_scale(scale)), if anchor { ANCHOR_DELAY } else { DELAY })
    });
    let frames: Vec<_> = frames.collect();
    let (width, height) = frames.first().map_or((1, 1), |(first, _)| (first.width(), first.height()));
    write_gif(path, u16::try_from(width)?, u16::try_from(height)?, frames.into_iter().map(Ok))?;
    Ok(())
}

fn frame(grid: &ImageGrid) -> DynamicImage {
    let picture = grid.picture();
    let (width, height) = (picture.width as u32, picture.height as u32);
    let image = if picture.channels == 1 {
        image::GrayImage::from_raw(width, height, picture.pixels).map(DynamicImage::from)
    } else {
        image::RgbImage::from_raw(width, height, picture.pixels).map(DynamicImage::from)
    };
    image.unwrap_or_default()
}
