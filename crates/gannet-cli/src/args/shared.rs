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
    /// The run's folder
    pub run: PathBuf,
    /// The checkpoint: newest, best, or a step
    #[arg(long, default_value_t, help_heading = WEIGHTS)]
    pub checkpoint: CheckpointChoice,
    /// Seed of the latents
    #[arg(long, default_value_t = 0, help_heading = "Images")]
    pub seed: u64,
    #[command(flatten)]
    pub device: Device,
}
