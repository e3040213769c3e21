//! Trained networks for commands. Warnings about damaged checkpoints go to standard error.

use std::path::Path;

use burn::tensor::Device;
use gannet_apply::translator::{TrainedTranslator, TranslatorWeights};
use gannet_apply::{ApplyError, CheckpointChoice, TrainedGenerator};
use gannet_choice::{did_you_mean, nearest};

use crate::args::FromRun;
use crate::failure::Failure;
use crate::stderr::{self, warn};

/// Class names that a message lists at most.
const LISTED: usize = 20;

/// The generator of a run, or of a file.
pub fn open_generator(from: &FromRun) -> Result<TrainedGenerator, Failure> {
    let device = from.device.open()?;
    let key = from.file.key()?;
    if let Some(file) = &from.file.weights {
        let generator = TrainedGenerator::read(file, key, from.file.classes(), &device)?;
        stderr::line(generator.about());
        return Ok(generator);
    }
    let run = from.run.as_deref().ok_or("give a run, or a file with --weights")?;
    if run.is_file() {
        return Err(
            format!("{} is a file, not a run's folder: give a file of weights with --weights", run.display()).into()
        );
    }
    let generator = TrainedGenerator::open(run, from.checkpoint, &device)?;
    warn(generator.warnings());
    Ok(generator)
}

/// The weights of a run that translates pictures. Where there is no run, the message says how to get one: by training `recipe`, or
/// as `otherwise` says.
pub fn open_translator(
    run: &Path,
    (checkpoint, back): (CheckpointChoice, bool),
    recipe: &str,
    otherwise: &str,
) -> Result<TranslatorWeights, Failure> {
    TranslatorWeights::open(run, checkpoint, back).map_err(|error| match error {
        ApplyError::NoRun { path } => format!(
            "no run in {}: give a run's folder first, such as one that 'gannet train {recipe} --data PICTURES' makes ('gannet runs' \
             lists yours), {otherwise}",
            path.display()
        )
        .into(),
        error => error.into(),
    })
}

/// The network of `weights`, where it is one for `command`. The refusal names the command that takes it.
pub fn build_translator(
    weights: TranslatorWeights,
    device: &Device,
    command: &str,
) -> Result<TrainedTranslator, Failure> {
    let network = weights.build(device)?;
    warn(network.warnings());
    let (work, right) = match (network.inpaints(), network.scale()) {
        (true, _) => ("fills the masked part of a picture", "inpaint"),
        (_, 1) if network.stylizes() && command != "translate" => ("gives pictures a style", "stylize --run"),
        (_, 1) => ("translates a picture to one of the same size", "translate"),
        _ => ("enlarges pictures", "upscale"),
    };
    if right != command {
        return Err(format!("{} {work}: use gannet {right}", network.about()).into());
    }
    Ok(network)
}

/// The numbers of the classes that a user gave by name or number.
pub fn class_numbers(classes: &[String], generator: &TrainedGenerator) -> Result<Vec<usize>, Failure> {
    let names = generator.class_names();
    if names.is_empty() && !classes.is_empty() {
        return Err(
            match generator.recipe() {
                Some(_) => "this generator is unconditional: leave --class out, or train a conditional one with condition.kind",
                None => "the file does not tell how many classes its generator has: give their number with --one-hot, or leave --class out",
            }
            .into(),
        );
    }
    let number = |class: &String| {
        let by_name = names.iter().position(|name| name == class);
        let by_number = || class.parse().ok().filter(|number| *number < names.len());
        by_name.or_else(by_number).ok_or_else(|| {
            let near = did_you_mean(&nearest(class, names.iter().map(String::as_str)));
            let all = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if names.len() > LISTED { ", …" } else { "" };
            format!("no class '{class}'; the classes are {all}{more}{near}").into()
        })
    };
    classes.iter().map(number).collect()
}
