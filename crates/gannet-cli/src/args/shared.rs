//! Groups of options.

use std::path::PathBuf;

use clap::Args;
use gannet_apply::CheckpointChoice;

use super::headings::{COMPUTATION, OUTPUT, WEIGHTS};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub struct Set {
    /// Set a key of the recipe, such as train.steps=500; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Device {
    /// The device: cpu, or vulkan[:N] in a build with the feature vulkan
    #[arg(long, value_name = "NAME", default_value = "cpu", help_heading = COMPUTATION)]
    device: String,
}

impl Device {
    /// Opens the device.
    pub fn open(&self) -> Result<burn::tensor::Device, Failure> {
        Ok(gannet_ops::device::device(&self.device)?)
    }
}

#[derive(Debug, Args)]
pub struct Overwrite {
    /// Replace files that exist
    #[arg(long, help_heading = OUTPUT)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct FromRun {
    /// The run's folder (not with --weights)
    #[arg(required_unless_present = "weights", conflicts_with = "weights")]
    pub run: Option<PathBuf>,
    #[command(flatten)]
    pub file: GeneratorFile,
    /// The run's checkpoint: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights", help_heading = WEIGHTS)]
    pub checkpoint: CheckpointChoice,
    /// Seed of the latents
    #[arg(long, default_value_t = 0, help_heading = "Images")]
    pub seed: u64,
    #[command(flatten)]
    pub device: Device,
}

#[derive(Debug, Args)]
pub struct GeneratorFile {
    /// Use the generator in this file instead of a run's
    ///
    /// A .pth or .safetensors file of another project, such as PyTorch's DCGAN tutorial. Its latents are drawn from N(0, 1).
    #[arg(long, value_name = "FILE", help_heading = WEIGHTS)]
    pub weights: Option<PathBuf>,
    /// Number of classes of a conditional generator's file
    ///
    /// The file does not tell. The last N values of a latent are then a one-hot class, and the others are noise.
    #[arg(long, value_name = "N", requires = "weights", help_heading = WEIGHTS, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    pub one_hot: Option<u16>,
}

impl GeneratorFile {
    /// The number of classes; 0 for an unconditional generator.
    pub fn classes(&self) -> usize {
        self.one_hot.map_or(0, usize::from)
    }
}
