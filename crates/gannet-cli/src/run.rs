//! From the command line to a command.

use gannet_ops::device::set_threads;

use crate::cli::{Cli, Command};
use crate::commands::{
    data, eval, inpaint, interpolate, lab, recipes, reconstruct, runs, sample, stylize, train, translate, upscale,
    weights,
};
use crate::completions::completions;
use crate::failure::Failure;
use crate::outcome::Outcome;

/// Runs the command that the user gave.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    if let Some(count) = cli.threads {
        set_threads(count.into())?;
    }
    let text = match cli.command {
        Command::Train(args) => return train::train(args),
        Command::Weights(args) => return weights::weights(&args),
        Command::Resume(args) => return train::resume(&args),
        Command::Recipes(args) => recipes::recipes(&args)?,
        Command::Data(command) => data::data(command)?,
        Command::Sample(args) => sample::sample(&args)?,
        Command::Interpolate(args) => interpolate::interpolate(&args)?,
        Command::Reconstruct(args) => reconstruct::reconstruct(&args)?,
        Command::Translate(args) => translate::translate(&args)?,
        Command::Upscale(args) => upscale::upscale(&args)?,
        Command::Inpaint(args) => inpaint::inpaint(&args)?,
        Command::Stylize(args) => stylize::stylize(&args)?,
        Command::Eval(args) => eval::eval(&args)?,
        Command::Runs(args) => runs::runs(&args)?,
        Command::Lab(command) => lab::lab(command)?,
        Command::Completions { shell } => completions(shell)?,
    };
    Ok(text.into())
}
