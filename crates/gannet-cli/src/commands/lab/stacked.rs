//! `gannet lab stacked`: Stacked MNIST.

use std::path::PathBuf;

use clap::Args;
use gannet_choice::Choice;
use gannet_data::Split;
use gannet_eval::digits::{DIGIT, DigitClassifier};
use gannet_lab::stacked;

use super::options::{OBJECTIVE, Seed, changes};
use super::output_folder::create_output;
use super::report::{divergence_row, outcome_rows, row};
use crate::args::{self, Device, OUTPUT, Overwrite, choice};
use crate::failure::Failure;
use crate::files::write;
use crate::stderr;
use crate::table::table;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet lab stacked --data MNIST --features lenet:lenet-mnist.pth
  gannet lab stacked --features runs/digits-lenet --loss hinge --penalty none")]
pub struct Stacked {
    /// The digits to stack: the files of MNIST, or the built-in digits
    #[arg(long, value_name = "PATH", default_value = "digits", help_heading = "Images")]
    data: String,
    /// The classifier that counts the modes: lenet:FILE, or the run of a classifier of digits
    #[arg(long, value_name = "NAME", help_heading = "Images")]
    features: String,
    /// The networks
    #[arg(
        long,
        value_name = "NAME",
        default_value_t = stacked::Network::Dcgan,
        help_heading = "Networks",
        value_parser = choice::<stacked::Network>()
    )]
    network: stacked::Network,
    /// The loss, a word of loss.kind in 'gannet recipes --keys'
    #[arg(long, default_value = "relativistic-pairing", help_heading = OBJECTIVE)]
    loss: String,
    /// Penalties with their weights, or none
    #[arg(long, value_name = "NAME=WEIGHT,…", default_value = "r1=1,r2=1", help_heading = OBJECTIVE)]
    penalty: String,
    #[command(flatten)]
    set: args::Set,
    #[command(flatten)]
    seed: Seed,
    /// The folder for samples.png [default: lab/stacked-NETWORK-LOSS-PENALTY]
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

/// Trains on stacked digits and counts the modes of the generator.
pub fn stacked(args: &Stacked) -> Result<String, Failure> {
    let device = args.device.open()?;
    let seed = args.seed.seed;
    let recipe = args.network.settings(&changes(&args.loss, &args.penalty, seed, &args.set.set)?)?;
    let steps = recipe.train.steps as u64;
    let classifier = DigitClassifier::open(&args.features, &device)?;
    let source = gannet_data::open(&args.data, Split::Train, seed, DIGIT)?;
    let name = format!("stacked-{}-{}-{}", recipe.model.kind.word(), args.loss, args.penalty);
    let folder = create_output(args.output.as_deref(), &name, args.overwrite.force)?;
    let mut lab = stacked::Stacked::new(&source, classifier, recipe, &device)?;
    let real = lab.real()?;
    let outcome = lab.run(|step| stderr::line(&format!("step {step} of {steps}")))?;
    write(&folder.join("samples.png"), &lab.picture().to_png()?)?;
    if args.json {
        return Ok(serde_json::to_string(&outcome)? + "\n");
    }
    let mut rows = outcome_rows(&outcome, stacked::EVALUATED);
    rows.push(row("real images", format!("{} modes, {:.3} nats", real.modes, real.reverse_kl)));
    rows.push(row("pictures", format!("{}/samples.png", folder.display())));
    rows.extend(divergence_row(&outcome, steps));
    Ok(table(&rows))
}
