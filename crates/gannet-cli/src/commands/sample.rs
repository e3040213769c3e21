//! `gannet sample`: images from a trained generator.

use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use clap::Args;
use gannet_apply::TrainedGenerator;
use gannet_apply::image_grid::square_grid;
use gannet_apply::latents::ClassRows;
use gannet_data::file_name;
use serde_json::json;

use crate::args::{FromRun, OUTPUT, Overwrite};
use crate::failure::Failure;
use crate::files::{check_writable, create_folder, write};
use crate::images::Targets;
use crate::networks::{class_numbers, open_generator};
use crate::outcome::json;
use crate::stderr;

/// A larger grid would need much memory, and no viewer displays it.
const LARGEST_GRID: usize = 4096;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet sample runs/digits-dcgan -n 64 -o grid.png
  gannet sample runs/digits-dcgan --checkpoint best -n 1000 -o samples     # a file for each image
  gannet sample runs/mnist-cgan --class 3,7 -n 100 -o by-class             # a folder for each class
  gannet sample --weights netG.pth -n 64 -o grid.png                       # another project's")]
pub struct Sample {
    #[command(flatten)]
    from: FromRun,
    /// Number of images
    #[arg(
        short = 'n',
        long,
        default_value_t = 64,
        help_heading = "Images",
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    count: u32,
    /// Classes, by name or by number from 0 [default: all]
    #[arg(long = "class", value_delimiter = ',', value_name = "CLASS,…", help_heading = "Images")]
    classes: Vec<String>,
    /// Truncate the latents' noise at this value, from 0.1 to 5
    ///
    /// Noise values with a larger absolute value are drawn again (the truncation trick, Brock et al. 2018). Small values give
    /// typical images, large values more variety.
    #[arg(long, value_name = "T", help_heading = "Images", value_parser = truncation)]
    truncation: Option<f32>,
    /// A .png for one grid, or a folder for one .png for each image
    #[arg(short, long, default_value = "grid.png", value_name = "PATH", help_heading = OUTPUT)]
    output: PathBuf,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

fn truncation(text: &str) -> Result<f32, String> {
    text.parse().ok().filter(|most| (0.1..=5.0).contains(most)).ok_or_else(|| "give a number from 0.1 to 5".to_owned())
}

/// Writes a grid in one file, or a folder with a file for each image.
pub fn sample(args: &Sample) -> Result<String, Failure> {
    let (output, from, count) = (args.output.as_path(), &args.from, args.count as usize);
    let as_grid = match output.extension().and_then(|extension| extension.to_str()) {
        Some("png") => true,
        None => false,
        Some(other) => return Err(format!("{}: images are saved as .png, not .{other}", output.display()).into()),
    };
    if as_grid && count > LARGEST_GRID {
        return Err(format!("a grid holds at most {LARGEST_GRID} images: give a folder with -o for {count}").into());
    }
    let generator = open_generator(from)?;
    check_writable(output, args.overwrite.force)?;
    Targets::new(from.file.weights.as_deref()).refuse_read(output)?;
    let requested = class_numbers(&args.classes, &generator)?;
    let rows = rows(&generator, &requested, count);
    let classes =
        if as_grid || !requested.is_empty() { rows.classes.clone() } else { generator.drawn_classes(count, from.seed) };
    let images = generator.generate(generator.latents_of(&classes, args.truncation, from.seed));
    let skipped = if as_grid {
        write(output, &rows.grid(Tensor::cat(images.collect(), 0)).to_png()?)?;
        0
    } else {
        write_each(images, &classes, &generator.class_names(), output)?
    };
    let (count, step, output) = (classes.len(), generator.step(), output.display().to_string());
    let of_step = step.map_or(String::new(), |step| format!(" of step {step}"));
    if skipped > 0 {
        let written = count - skipped;
        return Err(format!("{skipped} of {count} images were skipped; {written} images{of_step} in {output}").into());
    }
    if args.json {
        let warnings = generator.warnings();
        return json(&json!({ "images": count, "step": step, "output": output, "warnings": warnings }));
    }
    Ok(format!("{count} images{of_step} in {output}\n"))
}

/// About `count` images of the requested classes, or of all: a class in each row. A square for an unconditional generator.
fn rows(generator: &TrainedGenerator, requested: &[usize], count: usize) -> ClassRows {
    match requested {
        [] => generator.space().class_rows(count),
        [one] => ClassRows { classes: vec![*one; count], columns: (count as f64).sqrt().ceil() as usize },
        several => {
            let columns = count.div_ceil(several.len());
            let classes = several.iter().flat_map(|class| std::iter::repeat_n(*class, columns)).collect();
            ClassRows { classes, columns }
        }
    }
}

/// Writes a file for each image; the images of a conditional generator go into a folder for each class. What cannot be written
/// is named and costs no other image. Returns how many images that were.
fn write_each(
    batches: impl Iterator<Item = Tensor<4>>,
    classes: &[usize],
    names: &[String],
    folder: &Path,
) -> Result<usize, Failure> {
    let digits = (classes.len() - 1).to_string().len().max(4);
    let folder_of = |class: usize| names.get(class).map_or(folder.to_owned(), |name| folder.join(file_name(name)));
    create_folder(folder)?;
    let mut skipped = 0;
    let images = batches.flat_map(|batch| batch.split(1, 0));
    for ((number, class), image) in classes.iter().enumerate().zip(images) {
        let png = square_grid(image).with_scale(1).to_png()?;
        let to = folder_of(*class);
        if let Err(error) = create_folder(&to).and_then(|()| write(&to.join(format!("{number:0digits$}.png")), &png)) {
            skipped += 1;
            stderr::line(&format!("skipped: {error}"));
        }
    }
    Ok(skipped)
}
