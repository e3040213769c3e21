//! `gannet lab saturation`: the generator's gradient against a discriminator near its optimum.

use std::path::PathBuf;

use clap::Args;
use gannet_lab::saturation::{Curve, saturation as gradients};
use gannet_lab::{Divergence, divergence};
use gannet_train::sinks::plot::chart;

use super::options::Seed;
use super::output_folder::create_output;
use crate::args::{Device, OUTPUT, Overwrite};
use crate::failure::Failure;
use crate::files::write;
use crate::stderr;
use crate::table::table;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet lab saturation
  gannet lab saturation --steps 2000 --warm-up 500 -o saturation/")]
pub struct Saturation {
    /// Steps of the discriminator
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        help_heading = "Settings",
        value_parser = clap::value_parser!(u64).range(10..=1_000_000)
    )]
    steps: u64,
    /// Steps of the generator before its weights are fixed
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Settings")]
    warm_up: u64,
    #[command(flatten)]
    seed: Seed,
    /// The folder for gradients.svg [default: lab/saturation]
    #[arg(short, long, value_name = "DIR", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    /// Print a line of JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: Device,
}

/// Measures gradients and divergences, and draws the gradients.
pub fn saturation(args: &Saturation) -> Result<String, Failure> {
    let device = args.device.open()?;
    let folder = create_output(args.output.as_deref(), "saturation", args.overwrite.force)?;
    let report = |loss: &str| stderr::line(&format!("training a discriminator with {loss}"));
    let curves = gradients(args.steps, args.warm_up, args.seed.seed, &device, report)?;
    stderr::line("training discriminators of normal distributions");
    let divergences = divergence(args.steps, args.seed.seed, &device)?;
    write(&folder.join("gradients.svg"), plot(&curves)?.as_bytes())?;
    if args.json {
        return Ok(serde_json::json!({ "gradients": curves, "jensen_shannon": divergences }).to_string() + "\n");
    }
    let tables = [table(&gradient_rows(&curves)), table(&divergence_rows(&divergences))].join("\n");
    Ok(format!("{tables}\npicture  {}/gradients.svg\n", folder.display()))
}

/// The norms over the steps, both as powers of ten.
fn plot(curves: &[Curve]) -> Result<String, Failure> {
    let powers = |curve: &Curve| {
        let point = |(step, norm): &(u64, f64)| (((*step).max(1) as f64).log10(), norm.max(1e-30).log10());
        (curve.loss.clone(), curve.norms.iter().map(point).collect())
    };
    let lines: Vec<_> = curves.iter().map(powers).collect();
    let title = "Norm of the generator's gradient, powers of ten";
    Ok(chart(title, "steps of the discriminator, powers of ten", &lines)?)
}

fn gradient_rows(curves: &[Curve]) -> Vec<Vec<String>> {
    let norm = |norm: Option<&(u64, f64)>| norm.map_or(String::new(), |(_, norm)| format!("{norm:.3e}"));
    let row = |curve: &Curve| vec![curve.loss.clone(), norm(curve.norms.first()), norm(curve.norms.last())];
    let head = ["loss", "first gradient", "last gradient"].map(str::to_owned).to_vec();
    std::iter::once(head).chain(curves.iter().map(row)).collect()
}

fn divergence_rows(divergences: &[Divergence]) -> Vec<Vec<String>> {
    let row = |at: &Divergence| {
        vec![format!("{:.1}", at.distance), format!("{:.4}", at.exact), format!("{:.4}", at.estimate)]
    };
    let head = ["distance", "Jensen-Shannon", "by the discriminator"].map(str::to_owned).to_vec();
    std::iter::once(head).chain(divergences.iter().map(row)).collect()
}
