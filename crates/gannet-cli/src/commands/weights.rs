//! `gannet weights`: what a file of weights is.

use std::path::PathBuf;

use clap::Args;
use gannet_apply::weights_report;

use crate::args::{Device, Key};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::table::table;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet weights RealESRGAN_x4plus.pth
  gannet weights realesr-animevideov3-x2.param       # the .bin file lies beside it
  gannet weights checkpoint.ckpt --key generator")]
pub struct Weights {
    /// Files of weights: .pth, .pt, .ckpt, .safetensors, .onnx, TorchScript, .param or .bin of ncnn
    #[arg(value_name = "FILE…", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    device: Device,
}

/// A table for each file: its kind, the network in it, and the command that uses it. The others are still described where one
/// cannot be read.
pub fn weights(args: &Weights) -> Result<Outcome, Failure> {
    let device = args.device.open()?;
    let (mut tables, mut failures) = (Vec::new(), Vec::new());
    for file in &args.files {
        match weights_report(file, args.key.name(), &device) {
            Ok(lines) => {
                let rows: Vec<Vec<String>> =
                    lines.into_iter().map(|(about, found)| vec![about.to_owned(), found]).collect();
                tables.push(table(&rows));
            }
            Err(failure) => failures.push(failure.to_string()),
        }
    }
    Ok(Outcome { text: tables.join("\n"), failures, ..Outcome::default() })
}
