//! `gannet data`: what a set holds, before training on it.

use std::path::Path;
use std::sync::Arc;

use gannet_data::{Hole, ImageSpec, Patches, Source, check, list, pictures, read_image};
use gannet_ops::random::Streams;

use super::job::{Job, Targets, below, half, picture, save};
use super::{table, writable};
use crate::Failure;
use crate::cli::{Check, DataCommand, Export, Masks};

/// A report, or a list of images.
pub fn data(command: DataCommand) -> Result<String, Failure> {
    match command {
        DataCommand::Check(args) => report(&args),
        DataCommand::Export(args) => export(&args),
        DataCommand::Masks(args) => masks(&args),
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
    let source: Arc<dyn Source> = match args.patches {
        Some(count) => Arc::new(Patches::new(source, count as usize, size, 0)),
        None => source,
    };
    let spec = ImageSpec { size, channels: args.channels.into(), fit: args.fit, flip: false, shift: 0, pair: false };
    let count = args.count.map_or(source.len(), |count| source.len().min(count as usize));
    let read = if Path::new(&args.path).is_dir() { pictures(Path::new(&args.path))? } else { Vec::new() };
    let mut targets = Targets::new(&read);
    let mut left_out = 0;
    for index in 0..count {
        let name = if args.patches.is_some() { format!("{index:05}") } else { source.name(index) };
        let to = targets.place(Path::new(&name), &args.output.join(below(&name)?).with_extension("png"))?;
        match read_image(source.as_ref(), index) {
            Ok(image) => {
                let square = spec.square(&half(&image, args.half));
                let square = args.shrink.map(|times| square.shrunk(times.into())).unwrap_or(square);
                save(&picture(square)?, &to)?;
            }
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

/// A mask for each picture, of its size and below its name.
fn masks(args: &Masks) -> Result<String, Failure> {
    let streams = Streams::new(args.seed);
    let job = Job::new(&args.inputs, &args.output, args.overwrite.force)?;
    job.run(|image, _, at| {
        let mut stream = streams.at("masks", at as u64);
        let [width, height] = [image.width() as usize, image.height() as usize];
        let hole = Hole::drawn(args.holes.drawn(&mut stream), width, height, args.share, &mut stream);
        hole.into_mask().into_image().ok_or_else(|| "a mask has fewer values than pixels".into())
    })
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
