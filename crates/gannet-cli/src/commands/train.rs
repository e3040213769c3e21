//! `gannet train` and `gannet resume`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use gannet_recipe::{AugmentKind, DEFAULT_RECIPE, Recipe, quote};
use gannet_train::budget;
use gannet_train::evaluation::open_extractor;
use gannet_train::preview::augmented;
use gannet_train::{Trainer, refuse_occupied};

use crate::args::{Device, Key, Set};
use crate::download::fetch;
use crate::failure::Failure;
use crate::files::{check_writable, write};
use crate::images::Targets;
use crate::outcome::Outcome;
use crate::stderr;
use crate::terminal::Terminal;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet train
  gannet train mnist-r3gan --data path/to/mnist
  gannet train folder-dcgan --data photos/ --set data.fit=pad
  gannet train folder-r3gan --data photos/ --minutes 15
  gannet train folder-esrgan --data photos/ --from esrgan.pth
  gannet train digits-dcgan --run runs/wide --set model.width=64 --seed 3")]
pub struct Train {
    /// A built-in recipe ('gannet recipes' lists them), or a .toml file
    #[arg(default_value = DEFAULT_RECIPE)]
    recipe: String,
    /// The training images
    ///
    /// A folder, class folders, a .zip or .tar.gz of them, the files of MNIST or CIFAR, or a built-in set such as digits.
    #[arg(long, value_name = "PATH", help_heading = "Images")]
    data: Option<String>,
    /// Stop at an unreadable image instead of leaving it out
    #[arg(long, help_heading = "Images")]
    strict: bool,
    /// The run's folder [default: runs/RECIPE]
    #[arg(short = 'o', long, visible_alias = "output", value_name = "DIR", help_heading = "Run")]
    run: Option<PathBuf>,
    /// Replace a run that exists
    #[arg(long, help_heading = "Run")]
    force: bool,
    /// Start from the weights of another run, or from published weights
    ///
    /// RUN is a run's folder, or another project's file (.pth, .safetensors, .onnx, TorchScript) with the network that the recipe trains; if it is
    /// another one, the message says which keys to set. A CycleGAN starts from one file, or from two: A2B.pth,B2A.pth.
    #[arg(long, value_name = "RUN", help_heading = "Run")]
    from: Option<PathBuf>,
    #[command(flatten)]
    key: Key,
    #[command(flatten)]
    set: Set,
    /// Choose train.steps so that the run ends after about N minutes on this machine
    ///
    /// A few steps are timed first. Samples, checkpoints and the schedule follow the steps, and a generator gets a smaller
    /// model.width where too few steps would fit. What was chosen is in the run's recipe.toml, which repeats the run.
    #[arg(long, value_name = "N", help_heading = "Settings", conflicts_with = "preview_augment", value_parser = minutes)]
    minutes: Option<f64>,
    /// The seed of every random stream
    #[arg(long, help_heading = "Settings")]
    seed: Option<u64>,
    /// Write a picture of augmented images, and train nothing
    #[arg(long, value_name = "FILE.png", help_heading = "Settings")]
    preview_augment: Option<PathBuf>,
    #[command(flatten)]
    device: Device,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gannet resume runs/digits-dcgan
  gannet resume runs/digits-dcgan --set train.steps=3000     # train longer")]
pub struct Resume {
    /// The run's folder
    run: PathBuf,
    #[command(flatten)]
    set: Set,
    #[command(flatten)]
    device: Device,
}

fn minutes(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|minutes| (0.05..=100_000.0).contains(minutes));
    number.ok_or_else(|| "give a number of minutes from 0.05 to 100000".to_owned())
}

/// Trains a new run.
pub fn train(args: Train) -> Result<Outcome, Failure> {
    let start = Instant::now();
    let mut settings = args.set.set;
    settings.extend(args.data.map(|path| format!("data.source={path}")));
    settings.extend(args.seed.map(|seed| format!("seed={seed}")));
    settings.extend(args.strict.then(|| "data.strict=true".to_owned()));
    let device = args.device.open()?;
    let recipe = Recipe::load(&args.recipe, &settings)?;
    let files = start_files(args.from.as_deref(), args.key.name())?;
    if let Some(output) = &args.preview_augment {
        return preview(&recipe, output, args.force, &device);
    }
    if recipe.eval.every > 0 {
        // Published weights are downloaded now: the trainer itself takes them from the cache.
        open_extractor(&recipe, &fetch, &device)?;
    }
    let path = args.run.unwrap_or_else(|| PathBuf::from("runs").join(&recipe.name));
    let budget = args.minutes.map(|minutes| {
        refuse_occupied(&path, args.force)?;
        // Networks that start from another run have its width.
        let width = args.from.iter().map(|_| format!("model.width={}", recipe.model.width));
        let fixed: Vec<String> = settings.iter().cloned().chain(width).collect();
        budget::fit(&recipe, &fixed, minutes, start, &device)
    });
    let budget = budget.transpose()?;
    budget.iter().flat_map(|budget| &budget.reasons).for_each(|reason| stderr::line(reason));
    let expected = budget.as_ref().map(|budget| budget.seconds);
    let recipe = budget.map_or(recipe, |budget| budget.recipe);
    let mut trainer = match &args.from {
        Some(from) if files.is_empty() => Trainer::create_from(recipe, &path, args.force, from, &device)?,
        Some(_) => Trainer::create_from_files(recipe, &path, args.force, (&files, args.key.name()), &device)?,
        None => Trainer::create(recipe, &path, args.force, &device)?,
    };
    trainer.beginning().into_iter().for_each(|weights| stderr::line(&format!("starts from {weights}")));
    expected.into_iter().for_each(|seconds| trainer.expect_seconds(seconds));
    run(&mut trainer, &path)
}

/// The files of weights that a run starts from; none where it starts from a run, or from random weights.
fn start_files(from: Option<&Path>, key: Option<&str>) -> Result<Vec<PathBuf>, Failure> {
    let files = from.map(files).unwrap_or_default();
    match from {
        Some(from) if !from.exists() && files.is_empty() => {
            Err(format!("there is no run and no file of weights at {}", from.display()).into())
        }
        _ if key.is_some() && files.is_empty() => {
            Err("--key names a part of a file of weights: give that with --from, or leave --key out".into())
        }
        _ => Ok(files),
    }
}

/// The files of weights that `--from` names, one or several with commas between them; none where it names a run.
fn files(from: &Path) -> Vec<PathBuf> {
    if from.is_file() {
        return vec![from.to_owned()];
    }
    let several: Vec<PathBuf> = from.to_str().unwrap_or_default().split(',').map(PathBuf::from).collect();
    if !from.exists() && several.len() > 1 && several.iter().any(|file| file.is_file()) { several } else { Vec::new() }
}

/// Writes a picture of images as the discriminator would see them.
fn preview(recipe: &Recipe, output: &Path, force: bool, device: &burn::tensor::Device) -> Result<Outcome, Failure> {
    if output.extension().is_none_or(|extension| extension != "png") {
        return Err(format!("{}: give a .png for the picture", output.display()).into());
    }
    check_writable(output, force)?;
    Targets::new([&recipe.data.source, &recipe.data.target].map(Path::new)).refuse_read(output)?;
    let (picture, p) = augmented(recipe, device)?.ok_or_else(|| {
        format!("recipe {} does not augment images: give --set augment.kind=diff or ada", recipe.name)
    })?;
    write(output, &picture.to_png()?)?;
    let kind = recipe.augment.kind;
    let probability = if kind == AugmentKind::Ada { format!(", each with probability {p}") } else { String::new() };
    Ok(format!("images, and below them their augmentation by {kind}{probability}, in {}\n", output.display()).into())
}

/// Continues a run.
pub fn resume(args: &Resume) -> Result<Outcome, Failure> {
    let mut trainer = Trainer::resume(&args.run, &args.set.set, &args.device.open()?)?;
    run(&mut trainer, &args.run)
}

fn run(trainer: &mut Trainer, path: &Path) -> Result<Outcome, Failure> {
    trainer.listen(Terminal::new());
    let stop = stop_on_signal()?;
    let finished = trainer.run(&stop)?;
    let text = if finished.interrupted {
        format!("{finished}; continue with\n  gannet resume {}\n", quote(path))
    } else {
        let (report, usage) = (path.join("report.html"), trainer.recipe().usage(path));
        format!("{finished}\n  report  {}\n  use     {usage}\n", report.display())
    };
    Ok(Outcome { text, interrupted: finished.interrupted, ..Outcome::default() })
}

/// A flag that the first Ctrl-C (or request to terminate) sets; the second one ends the program at once.
fn stop_on_signal() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // Behind the terminal's own ^C.
        stderr::line("");
        stderr::line("stopping after this step; press Ctrl-C again to stop without saving");
    })?;
    Ok(stop)
}
