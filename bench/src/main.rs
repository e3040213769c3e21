//! Gannet's side of the DCGAN training step; `compare.py` runs it beside PyTorch's.

mod files;
mod step;

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use gannet_nn::architectures::dcgan::DcganConfig;
use gannet_ops::device::{device, set_threads};

use files::Inputs;
use step::Players;

/// Steps before the first that counts, as in `step.py`.
const WARM_UP: usize = 3;

/// Times the DCGAN training step; the last line it prints is {"median_ms", "min_ms", "steps"}.
#[derive(Debug, Parser)]
struct Arguments {
    /// Side of the images in pixels: 28, 32, 64 or 128
    #[arg(long, default_value_t = 32)]
    size: usize,
    /// Channels of the layers next to the image
    #[arg(long, default_value_t = 32)]
    width: usize,
    /// Images a step
    #[arg(long, default_value_t = 64)]
    batch: usize,
    /// Channels of the images
    #[arg(long, default_value_t = 1)]
    channels: usize,
    /// Timed steps
    #[arg(long, default_value_t = 30)]
    steps: usize,
    /// Threads to work with
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Writes fresh parameters and a batch to this safetensors file, and does no step
    #[arg(long)]
    write_inputs: Option<PathBuf>,
    /// Parameters and batch to start from, as --write-inputs wrote them
    #[arg(long)]
    inputs: Option<PathBuf>,
    /// Where to write `images` and `logits`, both in training mode and before any step
    #[arg(long)]
    outputs: Option<PathBuf>,
}

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let arguments = Arguments::parse();
    if !DcganConfig::SIZES.contains(&arguments.size) {
        return Err(format!("--size {} is none of {:?}", arguments.size, DcganConfig::SIZES).into());
    }
    set_threads(arguments.threads)?;
    let config = DcganConfig::new(arguments.size).with_channels(arguments.channels).with_width(arguments.width);
    let device = device("cpu")?.autodiff();
    let drawn = Inputs::draw(config, arguments.batch, &device);
    if let Some(path) = &arguments.write_inputs {
        return Ok(drawn.write(path)?);
    }
    let inputs = match &arguments.inputs {
        Some(path) => drawn.read(path)?,
        None => drawn,
    };
    if let Some(path) = &arguments.outputs {
        inputs.write_outputs(path)?;
    }
    report(&times(inputs, arguments.steps)?);
    Ok(())
}

/// Milliseconds of each of `steps` steps, all on the same batch.
fn times(inputs: Inputs, steps: usize) -> Result<Vec<f64>, Error> {
    let Inputs { generator, discriminator, real, latent } = inputs;
    let mut players = Players::new(generator, discriminator);
    let mut times = Vec::new();
    for _ in 0..WARM_UP + steps {
        let start = Instant::now();
        players.step(real.clone(), latent.clone());
        real.device().sync()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times.split_off(WARM_UP))
}

fn report(times: &[f64]) {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(least) = sorted.first() else { return };
    let middle = sorted.len() / 2;
    let median = (sorted[middle] + sorted[(sorted.len() - 1) / 2]) / 2.0;
    println!("{{\"median_ms\": {median}, \"min_ms\": {least}, \"steps\": {}}}", sorted.len());
}
