//! `gannet data`: what a set holds, before training on it.

use gannet_data::{ImageSpec, check, list};

use super::table;
use crate::Failure;
use crate::cli::{Check, DataCommand};

/// A report, or a list of images.
pub fn data(command: DataCommand) -> Result<String, Failure> {
    match command {
        DataCommand::Check(args) => report(&args),
        DataCommand::List { path, split } => {
            let items = list(&path, split.split())?;
            let rows: Vec<_> = items.into_iter().map(|item| vec![item.name, item.label.unwrap_or_default()]).collect();
            Ok(table(&rows))
        }
    }
}

fn report(args: &Check) -> Result<String, Failure> {
    let image =
        ImageSpec { size: args.size.into(), channels: args.channels.into(), fit: args.fit, flip: false, shift: 0, pair: false };
    let report = check(&args.path, args.split.split(), &image)?;
    if args.json { Ok(serde_json::to_string_pretty(&report)? + "\n") } else { Ok(report.to_string()) }
}
