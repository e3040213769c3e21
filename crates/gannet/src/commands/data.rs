//! `gannet data`: what a set holds, before training on it.

use std::path::Path;

use gannet_data::{ImageSpec, check, list, pictures, read_image};

use super::job::{Targets, below, half, picture, save};
use super::{table, writable};
use crate::Failure;
use crate::cli::{Check, DataCommand, Export};

/// A report, or a list of images.
pub fn data(command: DataCommand) -> Result<String, Failure> {
    match command {
        DataCommand::Check(args) => report(&args),
        DataCommand::Export(args) => export(&args),
        DataCommand::List { path, split } => {
            let items = list(&path, split.split())?;
            let rows: Vec<_> = items.into_iter().map(|item| vec![item.name, item.label.unwrap_or_default()]).collect();
            Ok(table(&rows))
        }
    }
}

/// A file an image, named as the image is.
fn export(args: &Export) -> Result<String, Failure> {
    writable(&args.output, args.overwrite.force)?;
    let size = args.size.into();
    let source = gannet_data::open(&args.path, args.split.split(), 0, size)?;
    let spec = ImageSpec { size, channels: args.channels.into(), fit: args.fit, flip: false, shift: 0, pair: false };
    let count = args.count.map_or(source.len(), |count| source.len().min(count as usize));
    let read = if Path::new(&args.path).is_dir() { pictures(Path::new(&args.path))? } else { Vec::new() };
    let mut targets = Targets::new(&read);
    let mut left_out = 0;
    for index in 0..count {
        let name = source.name(index);
        let to = targets.place(Path::new(&name), &args.output.join(below(&name)?).with_extension("png"))?;
        match read_image(source.as_ref(), index) {
            Ok(image) => save(&picture(spec.square(&half(&image, args.half)))?, &to)?,
            Err(error) => {
                left_out += 1;
                crate::tell(&format!("left out: {error}"));
            }
        }
    }
    let text = format!("{} images in {}\n", count - left_out, args.output.display());
    match left_out {
        0 => Ok(text),
        _ => Err(format!("{left_out} of {count} images could not be read; {}", text.trim_end()).into()),
    }
}

fn report(args: &Check) -> Result<String, Failure> {
    let image = ImageSpec {
        size: args.size.into(),
        channels: args.channels.into(),
        fit: args.fit,
        flip: false,
        shift: 0,
        pair: false,
    };
    let report = check(&args.path, args.split.split(), &image)?;
    if args.json { Ok(serde_json::to_string_pretty(&report)? + "\n") } else { Ok(report.to_string()) }
}
