//! What `gannet lab` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gannet_train::lab;

use super::{Device, Output, Set};

#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Eight Gaussians on a circle
    Ring(Experiment),
    /// Twenty-five Gaussians on a square grid
    Grid(Experiment),
    /// Twenty Gaussians along a spiral
    Spiral(Experiment),
    /// Stacked MNIST: three digits in one image, a thousand modes
    Stacked(Stacked),
    /// Tabulate losses and penalties over seeds
    Compare(Comparison),
    /// Why the minimax loss stalls: the generator's gradient against a discriminator near its optimum
    Saturation(Saturation),
}

#[derive(Debug, Args)]
pub struct Stacked {
    /// The digits to stack: MNIST's files, or the built-in ones
    #[arg(long, value_name = "PATH", default_value = "digits")]
    pub data: String,
    /// What counts the modes: lenet:FILE, or the run of a classifier
    #[arg(long, value_name = "JUDGE")]
    pub features: String,
    /// The networks: dcgan, or r3gan, which wants a GPU
    #[arg(long, default_value = "dcgan", value_name = "NAME", value_parser = stacked_network)]
    pub network: lab::stacked::Network,
    /// The loss, as loss.kind in gannet recipes --keys
    #[arg(long, default_value = "relativistic-pairing")]
    pub loss: String,
    /// Penalties with their weights
    #[arg(long, value_name = "NAME=WEIGHT,…", default_value = "r1=1,r2=1")]
    pub penalty: String,
    /// The seed of every random stream
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder for samples.png [default: lab/stacked-NETWORK-LOSS-PENALTY]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub overwrite: Output,
    #[command(flatten)]
    pub bench: LabBench,
}

#[derive(Debug, Args)]
pub struct Saturation {
    /// Steps of the discriminator
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(10..=1_000_000))]
    pub steps: u64,
    /// Steps that the generator was trained before it stands still
    #[arg(long, default_value_t = 0)]
    pub warm_up: u64,
    /// The seed of every random stream
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder for gradients.svg [default: lab/saturation]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub overwrite: Output,
    /// Print a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct Experiment {
    /// The loss, as loss.kind in gannet recipes --keys
    #[arg(long, default_value = "non-saturating")]
    pub loss: String,
    /// Penalties with their weights, such as r1=1,r2=1 or wgan_gp=0.1
    #[arg(long, value_name = "NAME=WEIGHT,…", default_value = "none")]
    pub penalty: String,
    /// The seed of every random stream
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The folder for field.png and film.gif [default: lab/SET-LOSS-PENALTY]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub overwrite: Output,
    /// Pictures of the film
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub frames: u16,
    #[command(flatten)]
    pub bench: LabBench,
}

#[derive(Debug, Args)]
pub struct Comparison {
    /// What is learned: ring, grid or spiral
    #[arg(default_value = "ring", value_name = "SET", value_parser = lab_set)]
    pub what: lab::Set,
    /// The losses
    #[arg(long, value_delimiter = ',', default_value = "minimax,non-saturating,relativistic-pairing")]
    pub losses: Vec<String>,
    /// The penalties of each row, such as: none r1=1,r2=1
    #[arg(long, num_args = 1.., value_name = "NAME=WEIGHT,…", default_values = ["none", "r1=1,r2=1"])]
    pub penalties: Vec<String>,
    /// How many seeds, from 0
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub seeds: u16,
    #[command(flatten)]
    pub bench: LabBench,
}

#[derive(Debug, Args)]
pub struct LabBench {
    #[command(flatten)]
    pub set: Set,
    /// Print a line of JSON an experiment
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub device: Device,
}

fn lab_set(word: &str) -> Result<lab::Set, String> {
    let all = [lab::Set::Ring, lab::Set::Grid, lab::Set::Spiral];
    all.into_iter().find(|set| set.name() == word).ok_or_else(|| "give ring, grid or spiral".to_owned())
}

fn stacked_network(word: &str) -> Result<lab::stacked::Network, String> {
    match word {
        "dcgan" => Ok(lab::stacked::Network::Dcgan),
        "r3gan" => Ok(lab::stacked::Network::R3gan),
        _ => Err("give dcgan or r3gan".to_owned()),
    }
}
