//! Gannet's side of the comparison with PyTorch; `compare.py` runs both sides.

mod arguments;
mod gan_step;
mod inception;
mod shapes;
mod timing;
mod work;
mod workloads;

use burn::tensor::Device;
use clap::Parser;
use gannet_nn::architectures::cyclegan::ResnetConfig;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::esrgan::RrdbConfig;
use gannet_nn::architectures::johnson::JohnsonConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::architectures::pix2pix::UnetConfig;
use gannet_nn::architectures::r3gan::R3ganConfig;
use gannet_nn::architectures::sngan::SnganConfig;
use gannet_nn::{Architecture, TranslatorConfig};
use gannet_ops::device::{device, set_threads};
use gannet_ops::precision::{Precision, set_precision};
use gannet_ops::random::Stream;

use arguments::{Arguments, Error, Work};

/// Checks that `--size` is one of `sizes`.
fn sized(arguments: &Arguments, sizes: &[usize]) -> Result<(), Error> {
    let size = arguments.size;
    if sizes.contains(&size) {
        Ok(())
    } else {
        Err(format!("--size {size} is not supported: use one of {sizes:?}").into())
    }
}

/// The configuration of SNGAN for these arguments.
fn sngan(arguments: &Arguments) -> Result<SnganConfig, Error> {
    sized(arguments, &SnganConfig::SIZES)?;
    Ok(SnganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width))
}

/// The configuration of R3GAN for these arguments.
fn r3gan(arguments: &Arguments) -> Result<R3ganConfig, Error> {
    sized(arguments, &R3ganConfig::SIZES)?;
    Ok(R3ganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width))
}

/// Generator and discriminator, with weights from a fixed seed.
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
    set_precision(if arguments.bf16 { Precision::Bf16 } else { Precision::F32 });
    let device = device("cpu")?;
    let shape = [arguments.channels, arguments.size, arguments.size];
    // Other workloads allow other sizes, and do not use these networks.
    let dcgan = DcganConfig::new(if is_dcgan { arguments.size } else { 32 });
    let dcgan = dcgan.with_channels(arguments.channels).with_width(arguments.width);
    let mlp = MlpConfig::new(shape);
    let autodiff = device.clone().autodiff();
    match arguments.work {
        Work::DcganStep => work::train(&arguments, networks(dcgan, &autodiff), &autodiff),
        Work::SnganStep => work::train(&arguments, networks(sngan(&arguments)?, &autodiff), &autodiff),
        Work::R3ganStep => work::train(&arguments, networks(r3gan(&arguments)?, &autodiff), &autodiff),
        Work::MlpStep => work::train(&arguments, networks(mlp, &autodiff), &autodiff),
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
