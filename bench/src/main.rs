//! Gannet's side of the comparison with PyTorch; `compare.py` runs both.

mod files;
mod inception;
mod shapes;
mod step;
mod timing;
mod work;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_ops::device::{device, set_threads};
use gannet_ops::random::Stream;

/// Times one kind of work; the last line it prints is {"median_ms", "min_ms", "steps", "peak_mb"}.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to time
    #[arg(long, value_enum, default_value = "dcgan-step")]
    work: Work,
    /// Side of the images in pixels: 28, 32, 64 or 128
    #[arg(long, default_value_t = 32)]
    size: usize,
    /// Channels of the layers next to the image
    #[arg(long, default_value_t = 32)]
    width: usize,
    /// Images at a time
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Channels of the images
    #[arg(long, default_value_t = 1)]
    channels: usize,
    /// The weight of R1 and R2 in a training step; 0 for none
    #[arg(long, default_value_t = 0.0)]
    gamma: f64,
    /// Timed runs; with 0 only --outputs is done
    #[arg(long, default_value_t = 30)]
    steps: usize,
    /// Threads to work with
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Writes fresh parameters and a batch to this safetensors file, and times nothing
    #[arg(long)]
    write_inputs: Option<PathBuf>,
    /// Parameters and batch to start from, as --write-inputs wrote them
    #[arg(long)]
    inputs: Option<PathBuf>,
    /// Where to write `images`, of training also `logits`, from before any step
    #[arg(long)]
    outputs: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    /// A training step of DCGAN
    DcganStep,
    /// A training step of the fully connected GAN
    MlpStep,
    /// Images from DCGAN's generator, by running statistics
    DcganGenerate,
    /// Each convolution of the compared DCGANs by itself, beside a large matrix product
    Shapes,
    /// Features of --batch images of --size pixels by the Inception of the Fréchet distance
    Inception,
}

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    if arguments.work != Work::Inception && !DcganConfig::SIZES.contains(&arguments.size) {
        return Err(format!("--size {} is none of {:?}", arguments.size, DcganConfig::SIZES).into());
    }
    set_threads(arguments.threads)?;
    let device = device("cpu")?;
    let shape = [arguments.channels, arguments.size, arguments.size];
    let dcgan = DcganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width);
    let mlp = MlpConfig::new(shape);
    let (mut g, mut d) = (Stream::new(0, "generator", 0), Stream::new(0, "discriminator", 0));
    let trained = device.clone().autodiff();
    match arguments.work {
        Work::DcganStep => {
            let networks = (dcgan.init_generator(&mut g, &trained), dcgan.init_discriminator(&mut d, &trained));
            work::train(&arguments, networks, &trained)
        }
        Work::MlpStep => {
            let networks = (mlp.init_generator(&mut g, &trained), mlp.init_discriminator(&mut d, &trained));
            work::train(&arguments, networks, &trained)
        }
        Work::DcganGenerate => work::generate(&arguments, dcgan.init_generator(&mut g, &device), &device),
        Work::Shapes => shapes::print(&device),
        Work::Inception => inception::run(&arguments, &device),
    }
}
