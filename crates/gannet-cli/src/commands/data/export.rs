//! `gannet data export`: the images as training sees them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use gannet_data::{
    Fit, ImageSpec, Inspected, LayoutChoice, Notes, PatchSource, Source, Split, file_name, inspect_image,
};
use image::DynamicImage;

use crate::args::{OUTPUT, Overwrite, channels, choice};
use crate::failure::Failure;
use crate::files::check_writable;
use crate::images::{Half, Named, Picture, Targets, crop_half, from_pixels, relative, save, take_all};
use crate::stderr;

const IMAGES: &str = "Images";
const CONVERSION: &str = "Conversion";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet data export photos/ --size 64 -o squares/
  gannet data export pairs/ --split test --half right --size 64 -o real/")]
pub struct Export {
    /// The images: a folder, .zip or .tar.gz, the files of MNIST or CIFAR, or a built-in set such as digits
    path: String,
    /// The split of the set
    #[arg(long, default_value_t = Split::Train, help_heading = IMAGES, value_parser = choice::<Split>())]
    split: Split,
    /// What the folders and files are taken for; a recipe has it as data.layout
    #[arg(long, value_name = "NAME", default_value_t, help_heading = IMAGES, value_parser = choice::<LayoutChoice>())]
    layout: LayoutChoice,
    /// Number of images, from the first [default: all]
    #[arg(short = 'n', long, help_heading = IMAGES)]
    count: Option<u32>,
    /// Write this half of each image, where images are pairs side by side
    #[arg(long, value_name = "SIDE", help_heading = IMAGES)]
    half: Option<Half>,
    /// Write N random square patches of the images in place of whole images
    #[arg(long, value_name = "N", help_heading = IMAGES, conflicts_with_all = ["count", "half", "fit"])]
    patches: Option<u32>,
    /// Side of the squares in pixels
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = 64,
        help_heading = CONVERSION,
        value_parser = clap::value_parser!(u16).range(1..=8192)
    )]
    size: u16,
    /// Channels: 1 (gray) or 3 (RGB)
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = CONVERSION, value_parser = channels)]
    channels: u8,
    /// How an image that is not square becomes a square
    #[arg(long, default_value_t, help_heading = CONVERSION, value_parser = choice::<Fit>())]
    fit: Fit,
    /// Downscale each square by this factor at the end, by MATLAB's bicubic, as benchmarks of super-resolution do
    #[arg(
        long,
        value_name = "FACTOR",
        help_heading = CONVERSION,
        value_parser = clap::value_parser!(u16).range(2..=16)
    )]
    shrink: Option<u16>,
    /// The folder of the images
    #[arg(short, long, value_name = "DIR", required = true, help_heading = OUTPUT)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// Writes a file for each image, under the image's name.
pub fn export(args: &Export) -> Result<String, Failure> {
    check_writable(&args.output, args.overwrite.force)?;
    let source = open(args)?;
    let count = args.count.map_or(source.len(), |count| source.len().min(count as usize));
    let named = |index: usize| {
        let name =
            if args.patches.is_some() { PathBuf::from(format!("{index:05}")) } else { place(source.as_ref(), index) };
        Named { path: name.clone(), name, crowded: false }
    };
    let named: Vec<Named> = (0..count).map(named).collect();
    let mut targets = Targets::new([Path::new(&args.path)]);
    let (mut skipped, mut notes) = (0, Notes::default());
    for (index, to) in take_all(&mut targets, &named, &args.output)?.into_iter().enumerate() {
        let read = inspect_image(source.as_ref(), index).map_err(Failure::from);
        let written = read.and_then(|Inspected { image, notes: found, .. }| {
            found.into_iter().for_each(|note| _ = notes.add(note));
            save(convert(image, args)?, &to)
        });
        if let Err(error) = written {
            skipped += 1;
            stderr::line(&format!("skipped: {error}"));
        }
    }
    notes.lines().iter().for_each(|line| stderr::line(line));
    let text = format!("{} images in {}\n", count - skipped, args.output.display());
    match skipped {
        0 => Ok(text),
        _ => Err(format!("{skipped} of {count} images were skipped; {}", text.trim_end()).into()),
    }
}

/// The path of an image below the folder of the output; in a class folder where labels come from files and not from
/// folders, or where images have no files of their own, such as `7/train-00017` of MNIST. Where files say that there are no
/// labels, it is in no folder, which would be taken for a class.
fn place(source: &dyn Source, index: usize) -> PathBuf {
    let name = source.name(index);
    let class = source.label(index).and_then(|label| source.classes().get(label));
    let folder = class.map(|class| PathBuf::from(file_name(class))).unwrap_or_default();
    let number = name.strip_suffix(']').and_then(|name| name.split_once('['));
    match number.filter(|_| source.in_memory()) {
        Some((set, number)) => folder.join(file_name(&format!("{set}-{number:0>5}"))),
        None if !source.layout().is_some_and(|layout| layout.labels_in_files) => relative(&name),
        None if class.is_some() => folder.join(relative(&name)),
        None => PathBuf::from(file_name(&name.replace('/', "-"))),
    }
}

/// The images, or random patches of them.
fn open(args: &Export) -> Result<Arc<dyn Source>, Failure> {
    let size = args.size.into();
    let source = gannet_data::open_as(&args.path, args.layout, args.split, 0, size)?;
    Ok(match args.patches {
        Some(count) => Arc::new(PatchSource::new(source, count as usize, size, 0)),
        None => source,
    })
}

fn convert(image: DynamicImage, args: &Export) -> Result<Picture<'static>, Failure> {
    let (size, channels) = (args.size.into(), args.channels.into());
    let spec = ImageSpec { size, channels, fit: args.fit, flip: false, shift: 0, paired: false };
    let square = spec.square(&crop_half(image, args.half));
    from_pixels(match args.shrink {
        Some(factor) => square.downscaled(factor.into()),
        None => square,
    })
}
