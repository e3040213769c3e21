//! Gannet's side of the comparison with PyTorch; `compare.py` runs both.

mod files;
mod inception;
mod shapes;
mod step;
mod timing;
mod work;

use std::path::PathBuf;

use burn::tensor::Device;
use clap::{Parser, ValueEnum};
use gannet_nn::architectures::Architecture;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::sngan::SnganConfig;
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
    /// A training step of SNGAN's residual networks
    SnganStep,
    /// A training step of R3GAN
    R3ganStep,
    /// A training step of the fully connected GAN
    MlpStep,
    /// Images from DCGAN's generator, by running statistics
    DcganGenerate,
    /// Images through CycleGAN's generator of nine blocks
    ResnetTranslate,
    /// Images through pix2pix's U-Net of eight levels, by running statistics
    UnetTranslate,
    /// Images through ESRGAN's network of 23 blocks, to four times their size
    RrdbUpscale,
    /// Images through the painter of five blocks
    JohnsonPaint,
    /// Each convolution of the compared DCGANs by itself, beside a large matrix product
    Shapes,
    /// Features of --batch images of --size pixels by the Inception of the Fréchet distance
    Inception,
}

type Error = Box<dyn std::error::Error>;

fn sized(arguments: &Arguments, sizes: &[usize]) -> Result<(), Error> {
    let size = arguments.size;
    if sizes.contains(&size) { Ok(()) } else { Err(format!("--size {size} is none of {sizes:?}").into()) }
}

fn sngan(arguments: &Arguments) -> Result<SnganConfig, Error> {
    sized(arguments, &SnganConfig::SIZES)?;
    Ok(SnganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width))
}

fn r3gan(arguments: &Arguments) -> Result<R3ganConfig, Error> {
    sized(arguments, &R3ganConfig::SIZES)?;
    Ok(R3ganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width))
}

fn networks<A: Architecture>(architecture: A, device: &Device) -> (A::Generator, A::Encoder) {
    let (mut g, mut d) = (Stream::new(0, "generator", 0), Stream::new(0, "discriminator", 0));
    (architecture.init_generator(&mut g, device), architecture.init_discriminator(&mut d, device))
}

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    let is_dcgan = matches!(arguments.work, Work::DcganStep | Work::MlpStep | Work::DcganGenerate);
    if is_dcgan {
        sized(&arguments, &DcganConfig::SIZES)?;
    }
    set_threads(arguments.threads)?;
    let device = device("cpu")?;
    let shape = [arguments.channels, arguments.size, arguments.size];
    // Other works have other sizes, and no use for these networks.
    let dcgan = DcganConfig::new(if is_dcgan { arguments.size } else { 32 });
    let dcgan = dcgan.with_channels(arguments.channels).with_width(arguments.width);
    let mlp = MlpConfig::new(shape);
    let trained = device.clone().autodiff();
    match arguments.work {
        Work::DcganStep => work::train(&arguments, networks(dcgan, &trained), &trained),
        Work::SnganStep => work::train(&arguments, networks(sngan(&arguments)?, &trained), &trained),
        Work::R3ganStep => work::train(&arguments, networks(r3gan(&arguments)?, &trained), &trained),
        Work::MlpStep => work::train(&arguments, networks(mlp, &trained), &trained),
        Work::DcganGenerate => {
            let generator = dcgan.init_generator(&mut Stream::new(0, "generator", 0), &device);
            work::generate(&arguments, generator, &device)
        }
        Work::ResnetTranslate => {
            let network = ResnetConfig::new(9).with_width(arguments.width);
            work::translate(&arguments, network.init(&mut Stream::new(0, "generator", 0), &device), &device)
        }
        Work::UnetTranslate => {
            let network = UnetConfig::new(UnetConfig::LEVELS).with_width(arguments.width);
            work::translate(&arguments, network.init(&mut Stream::new(0, "generator", 0), &device), &device)
        }
        Work::RrdbUpscale => {
            let network = RrdbConfig::new(4).with_width(arguments.width, arguments.width / 2);
            work::translate(&arguments, network.init(&mut Stream::new(0, "generator", 0), &device), &device)
        }
        Work::JohnsonPaint => {
            let network = JohnsonConfig::new().with_width(arguments.width);
            work::translate(&arguments, network.init(&mut Stream::new(0, "generator", 0), &device), &device)
        }
        Work::Shapes => shapes::print(&device),
        Work::Inception => inception::run(&arguments, &device),
    }
}
