//! `gannet sample`: images from a trained generator.

use std::fs;
use std::path::Path;

use gannet_train::tasks::grid;
use gannet_train::trained::TrainedGenerator;
use gannet_weights::write_atomic;

use super::{device, generator, writable};
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
    if as_grid {
        write(output, &grid(generator.sample(count, from.seed)).to_png()?)?;
    } else {
        one_file_each(&generator, count, from.seed, output)?;
    }
    Ok(format!("{count} images of step {} in {}\n", generator.step(), output.display()))
}

fn one_file_each(generator: &TrainedGenerator, count: usize, seed: u64, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    let digits = (count - 1).to_string().len().max(4);
    let batches = generator.generate(generator.latents(count, seed));
    let images = batches.flat_map(|batch| batch.split(1, 0));
    for (number, image) in images.enumerate() {
        let png = grid(image).with_scale(1).to_png()?;
        write(&folder.join(format!("{number:0digits$}.png")), &png)?;
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_atomic(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}
