//! `gannet lab compare`: losses and penalties over several seeds.

use clap::Args;
use gannet_lab::{Lab, Outcome, Set, settings};
use gannet_recipe::Recipe;

use super::options::{OBJECTIVE, changes};
use crate::args::{self, Device, OUTPUT, choice};
use crate::failure::Failure;
use crate::stderr;
use crate::table::table;

const HEAD: [&str; 6] = ["loss", "penalty", "modes", "high quality", "reverse KL", "seconds"];

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet lab compare grid
  gannet lab compare ring --losses minimax,hinge,least-squares --penalties none r1=0.1 --seeds 5")]
pub struct Comparison {
    /// The points to learn
    #[arg(default_value_t = Set::Ring, value_name = "SET", value_parser = choice::<Set>())]
    points: Set,
    /// The losses
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "LOSS,…",
        default_value = "minimax,non-saturating,relativistic-pairing",
        help_heading = OBJECTIVE
    )]
    losses: Vec<String>,
    /// The penalties of each row, such as: none r1=1,r2=1
    #[arg(
        long,
        num_args = 1..,
        value_name = "NAME=WEIGHT,…",
        default_values = ["none", "r1=1,r2=1"],
        help_heading = OBJECTIVE
    )]
    penalties: Vec<String>,
    #[command(flatten)]
    set: args::Set,
    /// Number of seeds, from 0
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        help_heading = "Settings",
        value_parser = clap::value_parser!(u16).range(1..=100)
    )]
    seeds: u16,
    /// Print a line of JSON for each experiment
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    #[command(flatten)]
    device: Device,
}

/// A row for each loss with each penalty. Those that recipes refuse are left out.
pub fn compare(args: &Comparison) -> Result<String, Failure> {
    let device = args.device.open()?;
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    let mut lines = String::new();
    let pairs = args.losses.iter().flat_map(|loss| args.penalties.iter().map(move |penalty| (loss, penalty)));
    let is_single = args.losses.len() * args.penalties.len() == 1;
    for (loss, penalty) in pairs {
        let recipes = match recipes(args, loss, penalty) {
            Ok(recipes) => recipes,
            Err(reason) if is_single => return Err(reason),
            Err(reason) => {
                stderr::line(&format!("{loss} with {penalty} is left out: {reason}"));
                continue;
            }
        };
        let mut outcomes = Vec::new();
        for recipe in recipes {
            let outcome = Lab::new(args.points, recipe, &device).run(0, |_, _| ());
            lines += &(serde_json::to_string(&outcome)? + "\n");
            outcomes.push(outcome);
        }
        let row = row(&outcomes);
        stderr::line(&row.join("  "));
        rows.push(row);
    }
    Ok(if args.json { lines } else { table(&rows) })
}

/// A recipe for each seed.
fn recipes(args: &Comparison, loss: &str, penalty: &str) -> Result<Vec<Recipe>, Failure> {
    let recipe = |seed| Ok(settings(&changes(loss, penalty, seed, &args.set.set)?)?);
    (0..u64::from(args.seeds)).map(recipe).collect()
}

/// The modes of experiments that differ in their seed, and medians of the rest.
fn row(outcomes: &[Outcome]) -> Vec<String> {
    let median = |of: fn(&Outcome) -> f64| {
        let mut values: Vec<f64> = outcomes.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let modes: Vec<String> = outcomes.iter().map(|outcome| outcome.coverage.modes.to_string()).collect();
    let first = outcomes.first();
    vec![
        first.map_or(String::new(), |outcome| outcome.loss.clone()),
        first.map_or(String::new(), |outcome| outcome.penalty.clone()),
        modes.join(" "),
        format!("{:.1}%", 100.0 * median(|outcome| outcome.coverage.high_quality)),
        format!("{:.3}", median(|outcome| outcome.coverage.reverse_kl)),
        format!("{:.1}", median(|outcome| outcome.seconds)),
    ]
}
