//! One file a command; each returns what it prints.

mod data;
mod download;
mod eval;
mod inpaint;
mod interpolate;
mod job;
mod lab;
mod recipes;
mod reconstruct;
mod runs;
mod sample;
mod stylize;
mod train;
mod translate;
mod upscale;

use std::path::Path;

use burn::tensor::Device;
use clap::CommandFactory;
use gannet_ops::device::{device, set_threads};
use gannet_train::recipe::{did_you_mean, nearest};
use gannet_train::trained::{TrainedGenerator, Which};
use gannet_train::translator::{TrainedTranslator, TranslatorWeights};

use crate::cli::{Cli, Command};
use crate::{Failure, Outcome};

/// Runs what the command line asks for.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    if let Some(count) = cli.threads {
        set_threads(count.into())?;
    }
    match cli.command {
        Command::Train(args) => train::train(args),
        Command::Resume(args) => train::resume(args),
        Command::Recipes(args) => Ok(recipes::recipes(args)?.into()),
        Command::Data(command) => Ok(data::data(command)?.into()),
        Command::Sample(args) => Ok(sample::sample(args)?.into()),
        Command::Interpolate(args) => Ok(interpolate::interpolate(args)?.into()),
        Command::Reconstruct(args) => Ok(reconstruct::reconstruct(&args)?.into()),
        Command::Translate(args) => Ok(translate::translate(args)?.into()),
        Command::Stylize(args) => Ok(stylize::stylize(&args)?.into()),
        Command::Inpaint(args) => Ok(inpaint::inpaint(&args)?.into()),
        Command::Upscale(args) => Ok(upscale::upscale(&args)?.into()),
        Command::Eval(args) => Ok(eval::eval(&args)?.into()),
        Command::Runs(args) => Ok(runs::runs(args)?.into()),
        Command::Lab(command) => Ok(lab::lab(command)?.into()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "gannet", &mut script);
            Ok(String::from_utf8(script)?.into())
        }
    }
}

/// Tells what is wrong without being in the way.
fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| crate::tell(&format!("warning: {warning}")));
}

/// The generator of a run, with what is wrong with its checkpoints told.
fn generator(run: &Path, which: Which, device: &Device) -> Result<TrainedGenerator, Failure> {
    let generator = TrainedGenerator::open(run, which, device)?;
    warn(generator.warnings());
    Ok(generator)
}

/// The network of `weights`, with what is wrong with its checkpoints told, if it is one for `command`; else the refusal names
/// the command that is its own.
fn translator(weights: TranslatorWeights, device: &Device, command: &str) -> Result<TrainedTranslator, Failure> {
    let network = weights.build(device)?;
    warn(network.warnings());
    let (work, its) = match (network.inpaints(), network.scale()) {
        (true, _) => ("fills holes, of which it must be told", "inpaint"),
        (_, 1) => ("makes pictures of the same size", "translate"),
        _ => ("makes pictures larger", "upscale"),
    };
    if its != command {
        return Err(format!("{} {work}: use gannet {its}", network.about()).into());
    }
    Ok(network)
}

/// The numbers of classes that a user named, by name or number.
fn numbers_of(classes: &[String], generator: &TrainedGenerator) -> Result<Vec<usize>, Failure> {
    let names = generator.class_names();
    if names.is_empty() && !classes.is_empty() {
        return Err("this generator knows of no classes: leave --class out, or train one with condition.kind".into());
    }
    let number = |class: &String| {
        let by_name = names.iter().position(|name| name == class);
        let by_number = || class.parse().ok().filter(|number| *number < names.len());
        by_name.or_else(by_number).ok_or_else(|| {
            let near = did_you_mean(&nearest(class, names.iter().map(String::as_str)));
            let all = names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 20 { ", …" } else { "" };
            format!("no class '{class}'{near}; there are {all}{more}").into()
        })
    };
    classes.iter().map(number).collect()
}

/// Refuses to write where something is, unless told to.
fn writable(path: &Path, force: bool) -> Result<(), Failure> {
    let occupied = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.exists(),
    };
    if occupied && !force {
        return Err(format!("{} exists: choose another with -o, or give --force to write there", path.display()).into());
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(format!("there is no folder {} to write {} into", parent.display(), path.display()).into())
        }
        _ => Ok(()),
    }
}

/// Rows as columns, each as wide as its widest cell; the last is left as it is.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
