//! `gannet eval`: measures a generator or images.

use std::path::{Path, PathBuf};

use clap::Args;
use gannet_apply::CheckpointChoice;
use gannet_choice::Choice;
use gannet_data::Split;
use gannet_eval::{
    Compares, DataSelection, Evaluation, ExtractorKind, GeneratorFile, Like, Measurement, MetricKind, PairRequest,
    Pairing, PatchSettings, ResizeKind, SetRequest, all_compare_pairs, evaluate_pairs, evaluate_sets, parse_metrics,
};

use crate::args::{self, Device, OUTPUT, Overwrite, choice};
use crate::download::fetch;
use crate::failure::Failure;
use crate::files::{check_writable, is_weights_name, write};
use crate::images::Targets;
use crate::outcome::json;
use crate::progress::StagedBar;
use crate::stderr;
use crate::table::{self, table};

/// Tables do not have the values of more classes.
const FEW_CLASSES: usize = 20;

/// The widths of an indent, a name and a summary in the lists of features and metrics.
const LISTED: [usize; 3] = [0, 16, 78];

const IMAGES: &str = "Images";
const REFERENCE: &str = "Reference";
const MEASURES: &str = "Features and metrics";
const PAIRS: &str = "Pairs (for metrics that compare each image with a partner)";

const EXAMPLES: &str = "Examples:
  gannet eval runs/cats                            # compares with the training images
  gannet eval generated/ --data photos/ --features inception --metrics fid,kid,prdc
  gannet eval runs/cats --metrics neighbors --picture nearest.png     # does it memorize?
  gannet eval --weights netG.pth --data faces/ -n 5000                # another project's generator
  gannet eval restored/ --data originals/ --metrics psnr,ssim --luma --border 4";

#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n'gannet eval --help' lists all features and metrics."), after_long_help = long_help())]
pub struct Eval {
    /// A run's folder, or images: a folder, .zip or .tar.gz, the files of MNIST or CIFAR, or a built-in set such as digits (not
    /// with --weights)
    #[arg(required_unless_present = "weights", conflicts_with = "weights")]
    subject: Option<String>,
    #[command(flatten)]
    file: args::GeneratorFile,
    /// Number of images; an error where there are fewer [default: all there are, at most 10,000]
    ///
    /// The first ones are taken, or images spread over the whole set where it is sorted by class.
    #[arg(short = 'n', long, help_heading = IMAGES, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: Option<u32>,
    /// The split of the images' set
    #[arg(long, value_name = "SPLIT", default_value_t = Split::Train, help_heading = IMAGES, value_parser = choice::<Split>())]
    split: Split,
    /// Take from both sets only the N images that a recipe with data.hold_back=N holds out from training
    #[arg(long, value_name = "N", help_heading = IMAGES)]
    held_back: Option<usize>,
    /// Measure N random patches in place of whole images, at the same places of both sets
    #[arg(long, value_name = "N", help_heading = IMAGES, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    patches: Option<u32>,
    /// Side of the patches in pixels
    #[arg(
        long,
        value_name = "PIXELS",
        default_value_t = 32,
        requires = "patches",
        help_heading = IMAGES,
        value_parser = clap::value_parser!(u16).range(4..=1024)
    )]
    patch_size: u16,
    /// The checkpoint of a run: newest, best, or a step
    #[arg(long, default_value_t, conflicts_with = "weights", help_heading = IMAGES)]
    checkpoint: CheckpointChoice,
    /// Seed of latents, random subsets and built-in images [default: 0; for subsets and orders of --like the package's]
    #[arg(long, help_heading = IMAGES)]
    seed: Option<u64>,
    /// The images to compare with, or the partners of pairs [default: those that a run was trained on]
    #[arg(long, value_name = "PATH", help_heading = REFERENCE)]
    data: Option<String>,
    /// Number of reference images, as -n
    #[arg(
        long,
        value_name = "N",
        help_heading = REFERENCE,
        value_parser = clap::value_parser!(u32).range(1..=10_000_000)
    )]
    reference_count: Option<u32>,
    /// The split of the reference's set
    #[arg(
        long,
        value_name = "SPLIT",
        default_value_t = Split::Train,
        help_heading = REFERENCE,
        value_parser = choice::<Split>()
    )]
    reference_split: Split,
    /// Metrics, such as fid,kid,prdc; --help lists all [default: those that suit the features]
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", help_heading = MEASURES)]
    metrics: Vec<String>,
    /// The feature extractor, such as inception or a classifier's run; --help lists all [default: cifar]
    #[arg(long, value_name = "NAME", help_heading = MEASURES)]
    features: Option<String>,
    /// How images are resized for the extractor [default: as is usual for it]
    #[arg(long, value_name = "FILTER", help_heading = MEASURES, value_parser = choice::<ResizeKind>())]
    resize: Option<ResizeKind>,
    /// The network of LPIPS, for lpips, diversity and ppl: vgg or alex, or vgg:TRUNK,LIN with files
    #[arg(long, value_name = "NAME", default_value = "vgg", help_heading = MEASURES)]
    perceptual: String,
    /// Compute the numbers of another package, such as torch-fidelity or pyiqa; --help lists all
    ///
    /// Its conventions are followed, as far as they were measured to agree; what contradicts them or is not among its
    /// metrics is refused. All images are measured unless -n says otherwise.
    #[arg(long, value_name = "PACKAGE", help_heading = MEASURES, value_parser = choice::<Like>())]
    like: Option<Like>,
    /// How the names of partners differ, such as LR=HR [default: not at all]
    #[arg(long, value_name = "FROM=TO", help_heading = PAIRS, value_parser = names)]
    pair: Option<(String, String)>,
    /// Enlarge each image to its partner's size first, by MATLAB's bicubic
    #[arg(long, help_heading = PAIRS)]
    enlarge: bool,
    /// Compare the brightness (Y) only, as papers on super-resolution do; lpips and labels always see colors
    #[arg(long, help_heading = PAIRS)]
    luma: bool,
    /// Leave out this many pixels along each side
    #[arg(long, value_name = "PIXELS", default_value_t = 0, help_heading = PAIRS)]
    border: usize,
    /// The colors of the labels, for the metric labels
    #[arg(long, value_delimiter = ',', value_name = "RRGGBB,…", help_heading = PAIRS, value_parser = color)]
    palette: Vec<Color>,
    /// Print JSON
    #[arg(long, help_heading = OUTPUT)]
    json: bool,
    /// Write a picture of the nearest training images, for the metric neighbors
    #[arg(long, value_name = "FILE.png", help_heading = OUTPUT)]
    picture: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
    #[command(flatten)]
    device: Device,
}

/// Red, green, blue.
type Color = [u8; 3];

fn color(text: &str) -> Result<Color, String> {
    let byte = |at: usize| text.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok());
    match (byte(0), byte(2), byte(4), text.len()) {
        (Some(r), Some(g), Some(b), 6) => Ok([r, g, b]),
        _ => Err("give colors as RRGGBB, such as 804080".to_owned()),
    }
}

fn names(text: &str) -> Result<(String, String), String> {
    let two = text.split_once('=').filter(|(from, _)| !from.is_empty());
    two.map(|(from, to)| (from.to_owned(), to.to_owned())).ok_or_else(|| "give FROM=TO, such as LR=HR".to_owned())
}

/// All feature extractors and metrics, and the examples.
fn long_help() -> String {
    let line = |name: &str, summary: &str| {
        let cells = ["", name, summary.trim_end_matches('.')].map(str::to_owned);
        table::row(&cells, &LISTED)
    };
    let mut text = "Features:\n".to_owned();
    text.extend(ExtractorKind::ALL.iter().map(|kind| line(&kind.usage(), kind.doc())));
    for (title, compares) in [
        ("Metrics of images and a reference", Compares::Sets),
        ("Metrics of images alone", Compares::Images),
        ("Metrics of a run's generator", Compares::Generator),
        ("Metrics of pairs", Compares::Pairs),
    ] {
        text += &format!("\n{title}:\n");
        let metrics = MetricKind::ALL.iter().filter(|metric| metric.compares() == compares);
        text.extend(metrics.map(|metric| line(metric.word(), metric.doc())));
    }
    text += "\nPackages for --like:\n";
    text.extend(Like::ALL.iter().map(|like| line(like.word(), like.doc())));
    format!("{text}\n{EXAMPLES}")
}

/// A table, or JSON.
pub fn eval(args: &Eval) -> Result<String, Failure> {
    let metrics = parse_metrics(args.metrics.iter().map(String::as_str))?;
    if let Some(file) = args.subject.as_deref().map(Path::new).filter(|path| path.is_file() && is_weights_name(path)) {
        return Err(format!("{} holds no images: give a file of weights with --weights", file.display()).into());
    }
    if let Some(path) = &args.picture {
        check_writable(path, args.overwrite.force)?;
        let sets = [args.subject.as_ref(), args.data.as_ref()].into_iter().flatten().map(Path::new);
        let sets = sets.chain(args.file.weights.as_deref());
        Targets::new(sets).refuse_read(path)?;
    }
    if all_compare_pairs(&metrics)? { pairs(args, metrics) } else { sets(args, metrics) }
}

fn sets(args: &Eval, metrics: Vec<MetricKind>) -> Result<String, Failure> {
    let count = |count: Option<u32>| count.map(|count| count as usize);
    let key = args.file.key()?.map(str::to_owned);
    let file = args.file.weights.clone();
    let request = SetRequest {
        subject: args.subject.clone().unwrap_or_default(),
        generator_file: file.map(|path| GeneratorFile { path, key, classes: args.file.classes() }),
        data: args.data.clone(),
        selection: args.selection(),
        features: args.features.clone(),
        metrics,
        count: count(args.count),
        reference_count: count(args.reference_count),
        resize: args.resize,
        perceptual: args.perceptual.clone(),
        checkpoint: args.checkpoint,
        seed: args.seed,
        like: args.like,
    };
    let bar = StagedBar::new();
    let progress = |stage: &str, done: usize, total: usize| bar.show(stage, done, total);
    let evaluation = evaluate_sets(&request, &fetch, &args.device.open()?, &progress)?;
    drop(bar);
    if let (Some(path), Some(picture)) = (&args.picture, &evaluation.picture) {
        write(path, &picture.clone().with_scale(1).to_png()?)?;
    }
    stderr::warn(&evaluation.warnings);
    Ok(if args.json { json(&evaluation.to_json())? } else { text(&evaluation) })
}

fn pairs(args: &Eval, metrics: Vec<MetricKind>) -> Result<String, Failure> {
    args.file.key()?;
    let request = PairRequest {
        images: args.subject.clone().ok_or(
            "metrics of pairs compare two folders, and a generator's images have no partners: leave --weights out",
        )?,
        partners: args.data.clone().ok_or("metrics of pairs compare two folders: give the partners with --data")?,
        selection: args.selection(),
        metrics,
        pairing: Pairing {
            names: args.pair.clone(),
            enlarge: args.enlarge,
            luma: args.luma,
            border: args.border,
            palette: args.palette.clone(),
        },
        perceptual: args.perceptual.clone(),
        seed: args.seed.unwrap_or_default(),
        like: args.like,
    };
    let bar = StagedBar::new();
    let progress = |stage: &str, done: usize, total: usize| bar.show(stage, done, total);
    let evaluation = evaluate_pairs(&request, &fetch, &args.device.open()?, &progress)?;
    drop(bar);
    stderr::warn(&evaluation.warnings);
    if args.json {
        return json(&evaluation.to_json());
    }
    Ok(format!("{}\n{}\n", table(&rows(&evaluation.measurements)), evaluation.protocol))
}

impl Eval {
    fn selection(&self) -> DataSelection {
        let patches = |count: u32| PatchSettings { count: count as usize, size: self.patch_size.into() };
        DataSelection {
            split: self.split,
            reference_split: self.reference_split,
            held_back: self.held_back,
            patches: self.patches.map(patches),
        }
    }
}

fn text(evaluation: &Evaluation) -> String {
    format!("{}\n{}\n", table(&rows(&evaluation.measurements)), evaluation.protocol.line())
}

fn rows(measurements: &[Measurement]) -> Vec<Vec<String>> {
    let row = |measurement: &Measurement| {
        let meaning = &measurement.meaning;
        let [value, meaning] = match measurement.values.as_slice() {
            [one] => [format_value(*one), meaning.clone()],
            many if many.len() > FEW_CLASSES => {
                [String::new(), format!("{meaning}: {} values, with --json", many.len())]
            }
            many => {
                let values: Vec<String> = many.iter().map(|value| format_value(*value)).collect();
                [String::new(), format!("{}  ({meaning})", values.join(" "))]
            }
        };
        vec![measurement.name.to_owned(), value, meaning]
    };
    measurements.iter().map(row).collect()
}

/// Four decimals, or four digits for small numbers.
fn format_value(value: f64) -> String {
    let small = value != 0.0 && value.abs() < 1e-3;
    if small { format!("{value:.3e}") } else { format!("{value:.4}") }
}
