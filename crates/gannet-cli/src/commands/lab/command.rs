//! The commands of `gannet lab`.

use clap::Subcommand;
use gannet_lab::Set;

use super::compare::{Comparison, compare};
use super::experiment::{Experiment, experiment};
use super::saturation::{Saturation, saturation};
use super::stacked::{Stacked, stacked};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  gannet lab grid --loss minimax
  gannet lab compare ring --losses minimax,hinge --penalties none r1=0.1 --seeds 5")]
pub enum LabCommand {
    /// Train on eight Gaussians on a circle
    #[command(after_help = "Examples:
  gannet lab ring
  gannet lab ring --loss relativistic-pairing --penalty r1=1,r2=1 --seed 3")]
    Ring(Experiment),
    /// Train on twenty-five Gaussians on a square grid
    #[command(after_help = "Examples:
  gannet lab grid --loss minimax
  gannet lab grid --loss wasserstein --penalty wgan_gp=0.3 --set train.steps=20000")]
    Grid(Experiment),
    /// Train on twenty Gaussians along a spiral
    #[command(after_help = "Examples:
  gannet lab spiral --loss hinge --penalty r1=0.1")]
    Spiral(Experiment),
    /// Train on Stacked MNIST: three digits as the channels of one image, a thousand modes
    Stacked(Stacked),
    /// Compare losses and penalties over several seeds in a table
    Compare(Comparison),
    /// Measure the generator's gradient against a discriminator near its optimum
    ///
    /// With the minimax loss the gradient vanishes: the loss saturates (Arjovsky and Bottou 2017, arXiv:1701.04862).
    Saturation(Saturation),
}

/// The results of one experiment, or of several in a table.
pub fn lab(command: LabCommand) -> Result<String, Failure> {
    match command {
        LabCommand::Ring(args) => experiment(Set::Ring, &args),
        LabCommand::Grid(args) => experiment(Set::Grid, &args),
        LabCommand::Spiral(args) => experiment(Set::Spiral, &args),
        LabCommand::Stacked(args) => stacked(&args),
        LabCommand::Compare(args) => compare(&args),
        LabCommand::Saturation(args) => saturation(&args),
    }
}
