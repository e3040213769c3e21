//! `gannet train` and `gannet resume`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use gannet_train::Trainer;
use gannet_train::recipe::{AugmentKind, Recipe, quote};

use super::sample::write;
use super::{device, writable};
use crate::cli;
use crate::terminal::Terminal;
use crate::{Failure, Outcome};

/// A new run.
pub fn train(args: cli::Train) -> Result<Outcome, Failure> {
    let mut settings = args.set.set;
    settings.extend(args.data.map(|path| format!("data.source={path}")));
    settings.extend(args.seed.map(|seed| format!("seed={seed}")));
    settings.extend(args.strict.then(|| "data.strict=true".to_owned()));
    let device = device(&args.device.device)?;
    let recipe = Recipe::load(&args.recipe, &settings)?;
    if let Some(output) = &args.preview_augment {
        return preview_augment(&recipe, output, args.force, &device);
    }
    if recipe.eval.every > 0 {
        gannet_train::evaluate::open_scheduled(&recipe, &super::download::fetch, &device)?;
    }
    let path = args.run.unwrap_or_else(|| PathBuf::from("runs").join(&recipe.name));
    let mut trainer = match &args.from {
        Some(from) => Trainer::create_from(recipe, &path, args.force, from, &device)?,
        None => Trainer::create(recipe, &path, args.force, &device)?,
    };
    go(&mut trainer, &path)
}

/// A picture of what the discriminator would see.
fn preview_augment(recipe: &Recipe, output: &Path, force: bool, device: &Device) -> Result<Outcome, Failure> {
    if output.extension().is_none_or(|extension| extension != "png") {
        return Err(format!("{}: give a .png for the picture", output.display()).into());
    }
    writable(output, force)?;
    let found = gannet_train::preview::augmented(recipe, device)?;
    let (picture, p) = found.ok_or_else(|| {
        format!("recipe {} does nothing to images: --set augment.kind=diff or ada to see something", recipe.name)
    })?;
    write(output, &picture.to_png()?)?;
    let likely =
        if recipe.augment.kind == AugmentKind::Ada { format!(", each with probability {p}") } else { String::new() };
    Ok(format!("images, and below them what {} makes of them{likely}, in {}\n", recipe.augment.kind, output.display())
        .into())
}

/// A run that was stopped.
pub fn resume(args: cli::Resume) -> Result<Outcome, Failure> {
    let device = device(&args.device.device)?;
    let mut trainer = Trainer::resume(&args.run, &args.set.set, &device)?;
    go(&mut trainer, &args.run)
}

fn go(trainer: &mut Trainer, path: &Path) -> Result<Outcome, Failure> {
    trainer.listen(Terminal::new());
    let stop = stopped_by_the_user()?;
    let finished = trainer.run(&stop)?;
    let text = if finished.interrupted {
        format!("{finished}; go on with\n  gannet resume {}\n", quote(path))
    } else {
        let (report, usage) = (path.join("report.html"), trainer.recipe().usage(path));
        format!("{finished}\n  report  {}\n  use     {usage}\n", report.display())
    };
    Ok(Outcome { text, interrupted: finished.interrupted })
}

/// Set by the first Ctrl-C (or a request to terminate); the second ends the program at once.
fn stopped_by_the_user() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let handler = stop.clone();
    ctrlc::set_handler(move || {
        if handler.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        crate::tell("\nstopping after this step; once more to stop without saving");
    })?;
    Ok(stop)
}
