//! `gannet lab`: what a loss and a penalty do, seen on points of the plane.

use std::fs;
use std::path::{Path, PathBuf};

use gannet_data::Split;
use gannet_metrics::lenet::DIGIT;
use gannet_metrics::modes::Coverage;
use gannet_train::grid::Picture;
use gannet_train::lab::{JUDGED, Lab, Outcome, Set, saturation, settings, stacked};
use gannet_train::recipe::Recipe;
use gannet_train::sinks::film::write_gif;
use gannet_train::sinks::plot::chart;
use image::{DynamicImage, RgbImage};

use super::eval::judge;
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
        LabCommand::Stacked(args) => stacked_digits(&args),
        LabCommand::Compare(args) => compare(&args),
        LabCommand::Saturation(args) => saturated(&args),
    }
}

fn experiment(set: Set, args: &cli::Experiment) -> Result<String, Failure> {
    let recipe = recipe(&args.loss, &args.penalty, args.seed, &args.bench.set.set)?;
    let name = format!("{}-{}-{}", set.name(), args.loss, args.penalty);
    let folder = fresh_folder(args.output.as_deref(), &name, args.overwrite.force)?;
    let steps = recipe.train.steps as u64;
    let score = gannet_train::tasks::loss(&recipe.loss).meaning();
    let mut pictures = Vec::new();
    let outcome = Lab::new(set, recipe, &device(&args.bench.device.device)?)
        .run(args.frames.into(), |lab, _| pictures.push(lab.picture()));
    let last = pictures.last().ok_or("there is no picture")?;
    write(&folder.join("field.png"), &last.to_png()?)?;
    film(&folder.join("film.gif"), pictures)?;
    if args.bench.json {
        return Ok(serde_json::to_string(&outcome)? + "\n");
    }
    let mut text = outcome_rows(&outcome, JUDGED);
    text.push(vec!["D(x)".to_owned(), score.to_owned()]);
    text.extend(
        outcome.findings.iter().map(|(step, found)| vec!["doctor".to_owned(), format!("step {step}: {found}")]),
    );
    text.push(vec!["pictures".to_owned(), format!("{0}/field.png {0}/film.gif", folder.display())]);
    text.extend(stopped(&outcome, steps));
    Ok(table(&text))
}

fn outcome_rows(outcome: &Outcome, judged: usize) -> Vec<Vec<String>> {
    let Coverage { modes, of, high_quality, reverse_kl } = outcome.coverage;
    vec![
        vec!["modes".to_owned(), format!("{modes} of {of}")],
        vec!["high quality".to_owned(), format!("{:.1} % of {judged} samples", 100.0 * high_quality)],
        vec!["reverse KL".to_owned(), format!("{reverse_kl:.3} nats")],
        vec!["time".to_owned(), format!("{:.1} s for {} steps", outcome.seconds, outcome.steps)],
    ]
}

fn stopped(outcome: &Outcome, steps: u64) -> Option<Vec<String>> {
    let what = || vec!["stopped".to_owned(), format!("at step {}: a loss is no longer a number", outcome.steps)];
    (outcome.steps < steps).then(what)
}

fn stacked_digits(args: &cli::Stacked) -> Result<String, Failure> {
    let device = device(&args.bench.device.device)?;
    let changes = changes(&args.loss, &args.penalty, args.seed, &args.bench.set.set)?;
    let recipe = args.network.settings(&changes)?;
    let steps = recipe.train.steps as u64;
    let judge = judge(&args.features, &device)?;
    let source = gannet_data::open(&args.data, Split::Train, args.seed, DIGIT)?;
    let name = format!("stacked-{}-{}-{}", recipe.model.kind.word(), args.loss, args.penalty);
    let folder = fresh_folder(args.output.as_deref(), &name, args.overwrite.force)?;
    let mut lab = stacked::Stacked::new(&source, judge, recipe, &device);
    let real = lab.real()?;
    let outcome = lab.run(|step| crate::tell(&format!("step {step} of {steps}")))?;
    write(&folder.join("samples.png"), &lab.picture().to_png()?)?;
    if args.bench.json {
        return Ok(serde_json::to_string(&outcome)? + "\n");
    }
    let mut text = outcome_rows(&outcome, stacked::JUDGED);
    let perfect = format!("{} modes, {:.3} nats", real.modes, real.reverse_kl);
    text.push(vec!["real images".to_owned(), perfect]);
    text.push(vec!["pictures".to_owned(), format!("{}/samples.png", folder.display())]);
    text.extend(stopped(&outcome, steps));
    Ok(table(&text))
}

fn saturated(args: &cli::Saturation) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let folder = fresh_folder(args.output.as_deref(), "saturation", args.overwrite.force)?;
    let tell = |loss: &str| crate::tell(&format!("a discriminator for {loss}"));
    let curves = saturation::saturation(args.steps, args.warm_up, args.seed, &device, tell)?;
    crate::tell("discriminators of normal distributions");
    let divergences = saturation::divergence(args.steps, args.seed, &device)?;
    let powers = |curve: &saturation::Curve| {
        let point = |(step, norm): &(u64, f64)| (((*step).max(1) as f64).log10(), norm.max(1e-30).log10());
        (curve.loss.clone(), curve.norms.iter().map(point).collect())
    };
    let lines: Vec<_> = curves.iter().map(powers).collect();
    let title = "Norm of the generator's gradient, powers of ten";
    let picture = chart(title, "steps of the discriminator, powers of ten", &lines)?;
    write(&folder.join("gradients.svg"), picture.as_bytes())?;
    if args.json {
        return Ok(serde_json::json!({ "gradients": curves, "jensen_shannon": divergences }).to_string() + "\n");
    }
    let mut rows = vec![["loss", "gradient at first", "at last"].map(str::to_owned).to_vec()];
    let norm = |norm: Option<&(u64, f64)>| norm.map_or(String::new(), |(_, norm)| format!("{norm:.3e}"));
    rows.extend(
        curves.iter().map(|curve| vec![curve.loss.clone(), norm(curve.norms.first()), norm(curve.norms.last())]),
    );
    let mut text = table(&rows);
    let mut rows = vec![["distance", "Jensen-Shannon", "by the discriminator"].map(str::to_owned).to_vec()];
    rows.extend(
        divergences
            .iter()
            .map(|of| vec![format!("{:.1}", of.distance), format!("{:.4}", of.exact), format!("{:.4}", of.estimate)]),
    );
    text += &format!("\n{}\npicture  {}/gradients.svg\n", table(&rows), folder.display());
    Ok(text)
}

/// The folder that was asked for, or lab/NAME, which must be new unless things may be replaced; it is made.
fn fresh_folder(asked: Option<&Path>, name: &str, force: bool) -> Result<PathBuf, Failure> {
    let folder = asked.map_or_else(|| default_folder(name), Path::to_owned);
    if asked.is_some() {
        writable(&folder, force)?;
    } else if !force && folder.exists() {
        let folder = folder.display();
        return Err(format!("{folder} exists: choose another folder with -o, or give --force to write there").into());
    }
    fs::create_dir_all(&folder).map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
    Ok(folder)
}

fn default_folder(name: &str) -> PathBuf {
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    PathBuf::from("lab").join(name.chars().map(safe).collect::<String>())
}

/// The lab's settings with a loss, penalties such as `r1=1,r2=1`, a seed, and changes of the user's.
fn recipe(loss: &str, penalty: &str, seed: u64, own: &[String]) -> Result<Recipe, Failure> {
    Ok(settings(&changes(loss, penalty, seed, own)?)?)
}

fn changes(loss: &str, penalty: &str, seed: u64, own: &[String]) -> Result<Vec<String>, Failure> {
    let mut all = vec![format!("loss.kind={loss}"), format!("seed={seed}")];
    for part in penalty.split(',').filter(|_| penalty != "none") {
        let (name, weight) =
            part.split_once('=').ok_or_else(|| format!("--penalty {part}: give a name and a weight, such as r1=1"))?;
        all.push(format!("penalty.{}={weight}", name.replace('-', "_")));
    }
    all.extend_from_slice(own);
    Ok(all)
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
