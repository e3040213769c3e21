//! Gannet's side of the comparison with PyTorch; `compare.py` runs both.

mod files;
mod shapes;
mod step;

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::Device;
use clap::{Parser, ValueEnum};
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_nn::architectures::mlp::MlpConfig;
use gannet_nn::{Discriminator, Generator, Mode};
use gannet_ops::device::{device, set_threads};
use gannet_ops::random::Stream;

use files::Inputs;
use step::Players;

/// Runs before the first that counts, as in `pytorch.py`.
const WARM_UP: usize = 3;

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
    /// Where to write `images` and `logits` from before any step
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
    /// Each convolution of DCGAN by itself, beside a large matrix product
    Shapes,
}

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    if !DcganConfig::SIZES.contains(&arguments.size) {
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
        Work::Shapes => shapes::print(&device),
        Work::MlpStep => {
            train(&arguments, mlp.init_generator(&mut g, &trained), mlp.init_discriminator(&mut d, &trained), &trained)
        }
        Work::DcganStep => {
            let discriminator = dcgan.init_discriminator(&mut d, &trained);
            train(&arguments, dcgan.init_generator(&mut g, &trained), discriminator, &trained)
        }
        Work::DcganGenerate => {
            let discriminator = dcgan.init_discriminator(&mut d, &device);
            generate(&arguments, dcgan.init_generator(&mut g, &device), discriminator, &device)
        }
    }
}

/// What both sides start from; none where it was only to be written.
fn inputs<G: Generator, D: Discriminator>(
    arguments: &Arguments,
    (generator, discriminator): (G, D),
    mode: Mode,
    device: &Device,
) -> Result<Option<Inputs<G, D>>, Error> {
    let drawn = Inputs::draw(generator, discriminator, arguments.batch, device);
    if let Some(path) = &arguments.write_inputs {
        drawn.write(path)?;
        return Ok(None);
    }
    let inputs = match &arguments.inputs {
        Some(path) => drawn.read(path)?,
        None => drawn,
    };
    if let Some(path) = &arguments.outputs {
        inputs.write_outputs(mode, path)?;
    }
    Ok(Some(inputs))
}

/// Times training steps, all on the same batch.
fn train<G: Generator, D: Discriminator>(
    arguments: &Arguments,
    generator: G,
    discriminator: D,
    device: &Device,
) -> Result<(), Error> {
    let networks = (generator, discriminator);
    let Some(Inputs { generator, discriminator, real, latent }) = inputs(arguments, networks, Mode::Train, device)?
    else {
        return Ok(());
    };
    let mut players = Players::new(generator, discriminator);
    time(arguments, device, || players.step(real.clone(), latent.clone()))
}

/// Times generated batches.
fn generate<G: Generator, D: Discriminator>(
    arguments: &Arguments,
    generator: G,
    discriminator: D,
    device: &Device,
) -> Result<(), Error> {
    let networks = (generator.valid(), discriminator.valid());
    let Some(Inputs { generator, latent, .. }) = inputs(arguments, networks, Mode::Eval, device)? else {
        return Ok(());
    };
    time(arguments, device, || drop(generator.generate(latent.clone())))
}

/// Runs `f` and prints what its runs took.
fn time(arguments: &Arguments, device: &Device, mut f: impl FnMut()) -> Result<(), Error> {
    let mut times = Vec::new();
    let runs = if arguments.steps == 0 { 0 } else { WARM_UP + arguments.steps };
    for _ in 0..runs {
        let start = Instant::now();
        f();
        device.sync()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    report(times.get(WARM_UP..).unwrap_or_default());
    Ok(())
}

fn report(times: &[f64]) {
    let peak = peak_mb().map_or("null".to_owned(), |peak| format!("{peak:.1}"));
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    if !times.is_empty() {
        let (median, steps) = (median(times), times.len());
        println!("{{\"median_ms\": {median}, \"min_ms\": {least}, \"steps\": {steps}, \"peak_mb\": {peak}}}");
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    (sorted[sorted.len() / 2] + sorted[(sorted.len() - 1) / 2]) / 2.0
}

/// The most memory that this process ever had, where the system tells.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
