//! The command line of `gannet-bench`.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Times one workload; the last line printed is {"median_ms", "min_ms", "steps", "peak_mb"}
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Workload to time
    #[arg(long, value_enum, default_value = "dcgan-step")]
    pub work: Work,
    /// Side of the images in pixels: 28, 32, 64 or 128
    #[arg(long, default_value_t = 32)]
    pub size: usize,
    /// Channels of the layers next to the image
    #[arg(long, default_value_t = 32)]
    pub width: usize,
    /// Batch size
    #[arg(long, default_value_t = 64)]
    pub batch: usize,
    /// Channels of the images
    #[arg(long, default_value_t = 1)]
    pub channels: usize,
    /// Weight of R1 and R2 in a training step; 0 for none
    #[arg(long, default_value_t = 0.0)]
    pub gamma: f64,
    /// Timed runs; with 0 only --outputs is written
    #[arg(long, default_value_t = 30)]
    pub steps: usize,
    /// Number of CPU threads
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Round the factors of convolutions to bfloat16
    #[arg(long)]
    pub bf16: bool,
    /// Write initial parameters and a batch to this safetensors file, and time nothing
    #[arg(long)]
    pub write_inputs: Option<PathBuf>,
    /// Read parameters and batch from this file, as written by --write-inputs
    #[arg(long)]
    pub inputs: Option<PathBuf>,
    /// Write `images`, and for training steps `logits`, to this file before the first step
    #[arg(long)]
    pub outputs: Option<PathBuf>,
}

/// The workloads
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Work {
    /// A training step of DCGAN
    DcganStep,
    /// A training step of SNGAN's residual networks
    SnganStep,
    /// A training step of R3GAN
    R3ganStep,
    /// A training step of the fully connected GAN
    MlpStep,
    /// Images from DCGAN's generator, by running statistics
    DcganGenerate,
    /// Translation of images by CycleGAN's generator of nine blocks
    ResnetTranslate,
    /// Translation of images by pix2pix's U-Net of eight levels, by running statistics
    UnetTranslate,
    /// Upscaling of images by ESRGAN's network of 23 blocks, to four times their size
    RrdbUpscale,
    /// Style transfer by Johnson's network of five blocks
    JohnsonPaint,
    /// Each convolution of the compared DCGANs by itself, relative to a large matrix product
    Shapes,
    /// Features of the images in --inputs by the Inception-v3 of the Fréchet distance
    Inception,
}

/// An error with its message for the user.
pub type Error = Box<dyn std::error::Error>;
