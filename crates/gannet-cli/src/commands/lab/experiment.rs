//! `gannet lab ring`, `grid` and `spiral`: a GAN of points on the plane.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::image_grid::GridPicture;
use gannet_lab::{EVALUATED, Lab, Set, settings};
use gannet_train::sinks::film::write_gif;
use image::{DynamicImage, RgbImage};

use super::options::{OBJECTIVE, Seed, changes};
use super::output_folder::create_output;
use super::report::{divergence_row, outcome_rows, row};
use crate::args::{self, Device, OUTPUT, Overwrite};
use crate::failure::Failure;
use crate::files::write;
use crate::table::table;

/// How long a picture of the animation and its last one are displayed, in hundredths of a second.
const DELAY: u16 = 12;
const LAST_DELAY: u16 = 200;

#[derive(Debug, Args)]
pub struct Experiment {
    /// The loss, a word of loss.kind in 'gannet recipes --keys'
    #[arg(long, default_value = "non-saturating", help_heading = OBJECTIVE)]
    loss: String,
    /// Penalties with their weights, such as r1=1,r2=1, or none
    #[arg(long, value_name = "NAME=WEIGHT,…", default_value = "none", help_heading = OBJECTIVE)]
    penalty: String,
    #[command(flatten)]
    set: args::Set,
    #[command(flatten)]
    seed: Seed,
    /// The folder for field.png and film.gif [default: lab/SET-LOSS-PENALTY]
    #[arg(short, long, value_name = "DIR", help_heading = OUTPUT)]
    output: Option<PathBuf>,
    /// Number of pictures of the animation
    #[arg(
        long,
        value_name = "N",
        default_value_t = 40,
        help_heading = OUTPUT,
        value_parser = clap::value_parser!(u16).range(1..=200)
    )]
    frames: u16,
    /// Print a line of JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: Device,
}

/// Trains on a mixture of Gaussians, and writes the discriminator's field and an animation of the training.
pub fn experiment(set: Set, args: &Experiment) -> Result<String, Failure> {
    let recipe = settings(&changes(&args.loss, &args.penalty, args.seed.seed, &args.set.set)?)?;
    let name = format!("{set}-{}-{}", args.loss, args.penalty);
    let folder = create_output(args.output.as_deref(), &name, args.overwrite.force)?;
    let steps = recipe.train.steps as u64;
    let score = recipe.loss.kind.build(&recipe.loss_settings()).score_meaning();
    let mut pictures = Vec::new();
    let outcome =
        Lab::new(set, recipe, &args.device.open()?).run(args.frames.into(), |lab, _| pictures.push(lab.picture()));
    let last = pictures.last().ok_or("there is no picture")?;
    write(&folder.join("field.png"), &last.to_png()?)?;
    write_animation(&folder.join("film.gif"), pictures)?;
    if args.json {
        return Ok(serde_json::to_string(&outcome)? + "\n");
    }
    let mut rows = outcome_rows(&outcome, EVALUATED);
    rows.push(row("D(x)", score));
    rows.extend(outcome.findings.iter().map(|(step, finding)| row("doctor", format!("step {step}: {finding}"))));
    rows.push(row("pictures", format!("{0}/field.png {0}/film.gif", folder.display())));
    rows.extend(divergence_row(&outcome, steps));
    Ok(table(&rows))
}

fn write_animation(path: &Path, pictures: Vec<GridPicture>) -> Result<(), Failure> {
    let Some(first) = pictures.first() else { return Ok(()) };
    let (width, height, count) = (first.width as u16, first.height as u16, pictures.len());
    let frames = pictures.into_iter().enumerate().filter_map(|(number, picture)| {
        let image = RgbImage::from_raw(picture.width as u32, picture.height as u32, picture.pixels)?;
        Some(Ok((DynamicImage::ImageRgb8(image), if number + 1 == count { LAST_DELAY } else { DELAY })))
    });
    Ok(write_gif(path, width, height, frames)?)
}
