//! Groups of options.

use std::path::PathBuf;

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_ops::device::compiles;
use gannet_ops::precision::set_precision;
use gannet_recipe::PrecisionKind;

use super::choice::choice;
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
pub struct NetworkDevice {
    #[command(flatten)]
    device: Device,
    /// Precision of convolutions on the CPU
    ///
    /// With bf16 the factors are rounded to bfloat16; sums stay f32. It is faster on processors with AVX512_BF16, slower on others.
    #[arg(long, value_name = "NAME", default_value_t, help_heading = COMPUTATION, value_parser = choice::<PrecisionKind>())]
    precision: PrecisionKind,
}

impl NetworkDevice {
    /// Opens the device, and sets the precision of the whole program.
    pub fn open(&self) -> Result<burn::tensor::Device, Failure> {
        let device = self.device.open()?;
        if self.precision != PrecisionKind::F32 && compiles(&device) {
            return Err(
                format!("--precision {} is for the CPU: leave it out, or use --device cpu", self.precision).into()
            );
        }
        set_precision(self.precision.into());
        Ok(device)
    }
}

#[derive(Debug, Args)]
pub struct Key {
    /// Use the weights under this key of the file, such as params or state_dict.generator
    ///
    /// Without it, the preferred key is taken, and the line about the network names it. A key that the file lacks is answered with
    /// those that it has.
    #[arg(long, value_name = "NAME", help_heading = WEIGHTS)]
    key: Option<String>,
}

impl Key {
    /// The key, where one is given.
    pub fn name(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The key for the file of `--weights`.
    ///
    /// # Errors
    /// There is a key and no such file.
    pub fn of_weights(&self, weights: Option<&PathBuf>) -> Result<Option<&str>, Failure> {
        match (weights, self.name()) {
            (None, Some(_)) => {
                Err("--key names a part of the file of --weights: give that, too, or leave --key out".into())
            }
            (_, key) => Ok(key),
        }
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
    pub device: NetworkDevice,
}

#[derive(Debug, Args)]
pub struct GeneratorFile {
    /// Use the generator in this file instead of a run's
    ///
    /// A file of another project, such as PyTorch's DCGAN tutorial: .pth, .safetensors, .onnx or TorchScript. Its latents are drawn from N(0, 1).
    #[arg(long, value_name = "FILE", help_heading = WEIGHTS)]
    pub weights: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    /// Number of classes of a conditional generator's file
    ///
    /// The file does not tell. The last N values of a latent are then a one-hot class, and the others are noise.
    #[arg(long, value_name = "N", requires = "weights", help_heading = WEIGHTS, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    pub one_hot: Option<u16>,
}

impl GeneratorFile {
    /// The key of the file that holds the generator, where one is given.
    ///
    /// # Errors
    /// There is a key and no file.
    pub fn key(&self) -> Result<Option<&str>, Failure> {
        self.key.of_weights(self.weights.as_ref())
    }

    /// The number of classes; 0 for an unconditional generator.
    pub fn classes(&self) -> usize {
        self.one_hot.map_or(0, usize::from)
    }
}
