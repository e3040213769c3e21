//! `gannet lab`: what a loss and a penalty do, seen on points of the plane.

use std::fs;
use std::path::PathBuf;

use gannet_train::grid::Picture;
use gannet_train::lab::{JUDGED, Lab, Outcome, Set, settings};
use gannet_train::recipe::Recipe;
use gannet_train::sinks::film::write_gif;
use image::{DynamicImage, RgbImage};

use super::sample::write;
use super::{device, table, writable};
use crate::Failure;
use crate::cli::{self, LabCommand};

/// How long a picture of the film and its last one are shown, in hundredths of a second.
const DELAY: u16 = 12;
const HOLD: u16 = 200;

/// One experiment, or many in a table.
pub fn lab(command: LabCommand) -> Result<String, Failure> {
    match command {
        LabCommand::Ring(args) => experiment(Set::Ring, &args),
        LabCommand::Grid(args) => experiment(Set::Grid, &args),
        LabCommand::Spiral(args) => experiment(Set::Spiral, &args),
        LabCommand::Compare(args) => compare(&args),
    }
}

fn experiment(set: Set, args: &cli::Experiment) -> Result<String, Failure> {
    let recipe = recipe(&args.loss, &args.penalty, args.seed, &args.bench.set.set)?;
    let folder = args.output.clone().unwrap_or_else(|| default_folder(set, &args.loss, &args.penalty));
    if args.output.is_some() {
        writable(&folder, args.overwrite.force)?;
    } else if !args.overwrite.force && folder.exists() {
        let folder = folder.display();
        return Err(format!("{folder} exists: choose another folder with -o, or give --force to write there").into());
    }
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    let steps = recipe.train.steps as u64;
    let score =
        if gannet_train::tasks::loss(&recipe.loss).is_probability() { "a probability" } else { "the raw score" };
    let mut pictures = Vec::new();
    let outcome = Lab::new(set, recipe, &device(&args.bench.device.device)?)
        .run(args.frames.into(), |lab, _| pictures.push(lab.picture()));
    let last = pictures.last().ok_or("there is no picture")?;
    write(&folder.join("field.png"), &last.to_png()?)?;
    film(&folder.join("film.gif"), pictures)?;
    if args.bench.json {
        return Ok(serde_json::to_string(&outcome)? + "\n");
    }
    let mut text = vec![
        vec!["modes".to_owned(), format!("{} of {}", outcome.coverage.modes, outcome.coverage.of)],
        vec!["high quality".to_owned(), format!("{:.1} % of {JUDGED} samples", 100.0 * outcome.coverage.high_quality)],
        vec!["reverse KL".to_owned(), format!("{:.3} nats", outcome.coverage.reverse_kl)],
        vec!["time".to_owned(), format!("{:.1} s for {} steps", outcome.seconds, outcome.steps)],
        vec!["D(x)".to_owned(), score.to_owned()],
        vec!["pictures".to_owned(), format!("{0}/field.png {0}/film.gif", folder.display())],
    ];
    if outcome.steps < steps {
        text.push(vec!["stopped".to_owned(), format!("at step {}: a loss is no longer a number", outcome.steps)]);
    }
    Ok(table(&text))
}

fn default_folder(set: Set, loss: &str, penalty: &str) -> PathBuf {
    let safe = |word: &str| word.replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.', "-");
    PathBuf::from("lab").join(format!("{}-{}-{}", set.name(), safe(loss), safe(penalty)))
}

/// The lab's settings with a loss, penalties such as `r1=1,r2=1`, a seed, and changes of the user's.
fn recipe(loss: &str, penalty: &str, seed: u64, changes: &[String]) -> Result<Recipe, Failure> {
    let mut all = vec![format!("loss.kind={loss}"), format!("seed={seed}")];
    for part in penalty.split(',').filter(|part| *part != "none") {
        let (name, weight) =
            part.split_once('=').ok_or_else(|| format!("--penalty {part}: give a name and a weight, such as r1=1"))?;
        all.push(format!("penalty.{}={weight}", name.replace('-', "_")));
    }
    all.extend_from_slice(changes);
    Ok(settings(&all)?)
}

fn film(path: &std::path::Path, pictures: Vec<Picture>) -> Result<(), Failure> {
    let Some(first) = pictures.first() else { return Ok(()) };
    let (width, height, count) = (first.width as u16, first.height as u16, pictures.len());
    let frames = pictures.into_iter().enumerate().filter_map(|(number, picture)| {
        let image = RgbImage::from_raw(picture.width as u32, picture.height as u32, picture.pixels)?;
        Some(Ok((DynamicImage::ImageRgb8(image), if number + 1 == count { HOLD } else { DELAY })))
    });
    Ok(write_gif(path, width, height, frames)?)
}

fn compare(args: &cli::Comparison) -> Result<String, Failure> {
    let device = device(&args.bench.device.device)?;
    let columns = ["loss", "penalty", "modes", "high quality", "reverse KL", "seconds"];
    let mut rows = vec![columns.map(str::to_owned).to_vec()];
    let mut lines = String::new();
    for (loss, penalty) in args.losses.iter().flat_map(|loss| args.penalties.iter().map(move |penalty| (loss, penalty)))
    {
        let recipes = (0..u64::from(args.seeds)).map(|seed| recipe(loss, penalty, seed, &args.bench.set.set));
        let recipes = match recipes.collect::<Result<Vec<_>, _>>() {
            Ok(recipes) => recipes,
            // A row that makes no sense is no reason to lose the others.
            Err(reason) if rows.len() > 1 || args.losses.len() * args.penalties.len() > 1 => {
                crate::tell(&format!("{loss} with {penalty} is left out: {reason}"));
                continue;
            }
            Err(reason) => return Err(reason),
        };
        let mut outcomes = Vec::new();
        for recipe in recipes {
            let outcome = Lab::new(args.what, recipe, &device).run(0, |_, _| ());
            lines += &(serde_json::to_string(&outcome)? + "\n");
            outcomes.push(outcome);
        }
        let row = row(&outcomes);
        crate::tell(&row.join("  "));
        rows.push(row);
    }
    Ok(if args.bench.json { lines } else { table(&rows) })
}

/// Experiments that differ in their seed: the modes of each, and medians.
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
        format!("{:.1} %", 100.0 * median(|outcome| outcome.coverage.high_quality)),
        format!("{:.3}", median(|outcome| outcome.coverage.reverse_kl)),
        format!("{:.1}", median(|outcome| outcome.seconds)),
    ]
}
