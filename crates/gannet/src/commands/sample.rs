//! `gannet sample`: images from a trained generator.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use gannet_train::latents::Rows;
use gannet_train::tasks::grid;
use gannet_train::trained::TrainedGenerator;
use gannet_weights::write_atomic;

use super::{device, generator, numbers_of, writable};
use crate::Failure;
use crate::cli;

/// More would need much memory, and no viewer shows them.
const MOST_IN_A_GRID: usize = 4096;

/// A grid in one file, or a folder with a file each.
pub fn sample(args: cli::Sample) -> Result<String, Failure> {
    let output = args.output.as_path();
    let as_grid = match output.extension().and_then(|extension| extension.to_str()) {
        Some("png") => true,
        None => false,
        Some(other) => return Err(format!("{}: images are saved as .png, not .{other}", output.display()).into()),
    };
    writable(output, args.overwrite.force)?;
    let from = args.from;
    let count = args.count as usize;
    if as_grid && count > MOST_IN_A_GRID {
        return Err(format!("a grid holds {MOST_IN_A_GRID} images at most: give -o a folder for {count}").into());
    }
    let generator = generator(&from.run, from.checkpoint, &device(&from.device.device)?)?;
    let asked = numbers_of(&args.classes, &generator)?;
    let rows = rows(&generator, &asked, count);
    let classes =
        if as_grid || !asked.is_empty() { rows.classes.clone() } else { generator.some_classes(count, from.seed) };
    let images = generator.generate(generator.latents_of(&classes, args.truncation, from.seed));
    if as_grid {
        write(output, &rows.grid(Tensor::cat(images.collect(), 0)).to_png()?)?;
    } else {
        one_file_each(images, &classes, &generator.class_names(), output)?;
    }
    Ok(format!("{} images of step {} in {}\n", classes.len(), generator.step(), output.display()))
}

/// About `count` images: of the classes asked for or of all, one a row; in a square where the generator knows of none.
fn rows(generator: &TrainedGenerator, asked: &[usize], count: usize) -> Rows {
    match asked {
        [] => generator.space().rows(count),
        [one] => Rows { classes: vec![*one; count], columns: (count as f64).sqrt().ceil() as usize },
        some => {
            let columns = count.div_ceil(some.len());
            Rows { classes: some.iter().flat_map(|class| std::iter::repeat_n(*class, columns)).collect(), columns }
        }
    }
}

/// Those of a generator that knows of classes in a folder for each.
fn one_file_each(
    batches: impl Iterator<Item = Tensor<4>>,
    classes: &[usize],
    names: &[String],
    folder: &Path,
) -> Result<(), Failure> {
    let digits = (classes.len() - 1).to_string().len().max(4);
    let folder_of = |class: usize| names.get(class).map_or(folder.to_owned(), |name| folder.join(name));
    let used: BTreeSet<usize> = classes.iter().copied().collect();
    for folder in used.into_iter().map(folder_of) {
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    }
    let images = batches.flat_map(|batch| batch.split(1, 0));
    for ((number, class), image) in classes.iter().enumerate().zip(images) {
        let png = grid(image).with_scale(1).to_png()?;
        write(&folder_of(*class).join(format!("{number:0digits$}.png")), &png)?;
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_atomic(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
