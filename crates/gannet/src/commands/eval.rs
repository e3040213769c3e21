//! `gannet eval`: numbers for a generator, or for images.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use gannet_data::{Fit, Patches, Source, Subset};
use gannet_metrics::lenet::{DIGIT, Frame, LeNetJudge};
use gannet_nn::extractors::lpips::Lpips;
use gannet_train::evaluate::{
    self, Evaluation, Judge, Labels, Metric, Number, Pairing, Pictures, Reference, Request, Sides,
};
use gannet_train::recipe::ConditionKind;
use gannet_train::trained::{Which, open_classifier, read_lenet};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::download::fetch;
use super::sample::write;
use super::{device, generator, table, warn, writable};
use crate::Failure;
use crate::cli::Eval;

/// Images where no number is given, at most.
const USUAL: usize = 10_000;
/// More classes than this are not told one by one.
const FEW_CLASSES: usize = 20;

/// A table, or JSON.
pub fn eval(args: &Eval) -> Result<String, Failure> {
    let metrics = metrics(&args.metrics)?;
    if let Some(path) = &args.picture {
        writable(path, args.overwrite.force)?;
    }
    let bar = Bar::new();
    let progress = |what: &str, done: usize, of: usize| bar.show(what, done, of);
    let pairs = metrics.iter().any(|metric| metric.sides() == Sides::Pairs);
    let evaluation = if pairs {
        if let Some(other) = metrics.iter().find(|metric| metric.sides() != Sides::Pairs) {
            let text = format!("{} measures sets, and others of these metrics pairs: ask for them apart", other.word());
            return Err(text.into());
        }
        return of_pairs(args, &metrics, &progress);
    } else {
        of_sets(args, metrics, &progress)?
    };
    drop(bar);
    if let (Some(path), Some(picture)) = (&args.picture, &evaluation.picture) {
        write(path, &picture.clone().with_scale(1).to_png()?)?;
    }
    warn(&evaluation.warnings);
    if args.json { Ok(serde_json::to_string_pretty(&evaluation.to_json())? + "\n") } else { Ok(text(&evaluation)) }
}

/// The metrics of these names, each once.
fn metrics(words: &[String]) -> Result<Vec<Metric>, Failure> {
    let mut metrics = Vec::new();
    for word in words {
        let metric = Metric::named(word.trim())?;
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

fn of_sets(args: &Eval, mut metrics: Vec<Metric>, progress: &evaluate::Progress) -> Result<Evaluation, Failure> {
    let device = device(&args.device.device)?;
    let features = match &args.features {
        Some(name) => name.as_str(),
        None if !metrics.is_empty() && metrics.iter().all(|metric| metric.of_pixels()) => "pixels",
        None => "cifar",
    };
    if args.patches.is_some() && Path::new(&args.subject).join("recipe.toml").is_file() {
        return Err("--patches are cut out of files: write the run's images into a folder first".into());
    }
    let judge = Judge::open(features, args.resize, &fetch, &device)?;
    let path = Path::new(&args.subject);
    let generator =
        if path.join("recipe.toml").is_file() { Some(generator(path, args.checkpoint, &device)?) } else { None };
    let [count, reference_count] =
        [args.count, args.reference_count].map(|count| count.map_or(USUAL, |count| count as usize));
    if metrics.is_empty() {
        metrics = usual(judge.as_ref(), args.data.is_some() || generator.is_some());
    }
    if let (Some(metric), None) = (metrics.iter().find(|metric| metric.sides() == Sides::Generator), &generator) {
        return Err(format!("{} walks through a generator's latents: give a run", metric.word()).into());
    }
    let conditional = generator.as_ref().is_some_and(|generator| generator.space().size() > generator.space().noise);
    if let (Some(metric), true) = (metrics.iter().find(|metric| metric.sides() == Sides::Generator), conditional) {
        let word = metric.word();
        return Err(
            format!("{word} is for latents of noise alone, and this generator has classes: leave it out").into()
        );
    }
    let perceptual = metrics.iter().any(|metric| metric.is_perceptual());
    let perceptual = perceptual.then(|| evaluate::perceptual(&args.perceptual, &fetch, &device)).transpose()?;
    let latents = generator.as_ref().map(|generator| generator.latents(count, args.seed));
    let draw = |first: usize, n: usize| {
        let (generator, latents) = generator.as_ref().zip(latents.clone()).expect("only a run's images are drawn");
        Tensor::cat(generator.generate(latents.narrow(0, first, n)).collect(), 0)
    };
    let walk = |latents| {
        let generator = generator.as_ref().expect("only a run's latents are walked through");
        Tensor::cat(generator.generate(latents).collect(), 0)
    };
    let (images, reference) = match &generator {
        Some(generator) => {
            let recipe = generator.recipe();
            let data = args.data.as_deref().unwrap_or(&recipe.data.source);
            let source = open(data, args, 1, recipe.seed, recipe.data.size)?;
            let name = format!("{} at step {}", args.subject, generator.step());
            let split = args.splits()[1].word();
            let reference = Pictures::as_trained(format!("{data} ({split})"), source, &recipe.data);
            let reference = reference.spread(reference_count);
            let labels = Labels {
                names: generator.class_names(),
                of: generator.some_classes(count, args.seed),
                made_up: recipe.condition.kind == ConditionKind::Info,
            };
            (Pictures::generated(name, &draw, &recipe.data).labelled(labels), Some(reference))
        }
        None => {
            let set = |data: &str, which: usize, count: usize| {
                let pictures = Pictures::of(named(data, args, which), open(data, args, which, args.seed, DIGIT)?);
                Ok::<_, Failure>(pictures.spread(count))
            };
            let reference = args.data.as_deref().map(|data| set(data, 1, reference_count));
            (set(&args.subject, 0, count)?, reference.transpose()?)
        }
    };
    let path = generator.as_ref().map(|generator| evaluate::Path {
        generate: &walk,
        latent: generator.space().size(),
        device: &device,
    });
    let request = Request {
        metrics: &metrics,
        count,
        reference_count,
        asked: [args.count.is_some(), args.reference_count.is_some()],
        seed: args.seed,
        judge: judge.as_ref(),
        perceptual: perceptual.as_ref(),
        path: path.as_ref(),
        device: &device,
    };
    Ok(evaluate::evaluate(&images, reference.map(Reference::new).as_ref(), &request, progress)?)
}

/// What is measured where nothing is asked for: what suits the features.
fn usual(judge: Option<&Judge>, reference: bool) -> Vec<Metric> {
    let Some(judge) = judge else { return if reference { vec![Metric::Spectrum] } else { Vec::new() } };
    let mut metrics = Vec::new();
    if reference {
        metrics.extend([if judge.is_inception { Metric::Fid } else { Metric::Fd }, Metric::Kid, Metric::Prdc]);
    }
    if judge.is_inception {
        metrics.push(Metric::InceptionScore);
    } else if judge.caveat.is_none() && (1..=FEW_CLASSES).contains(&judge.classes()) {
        metrics.push(Metric::Classes);
    }
    metrics
}

fn named(spec: &str, args: &Eval, side: usize) -> String {
    let part = match args.held_back {
        Some(count) => format!("{count} held back"),
        None => args.splits()[side].word().to_owned(),
    };
    match args.patches {
        Some(count) => format!("{count} patches of {0}×{0} of {spec} ({part})", args.patch_size),
        None => format!("{spec} ({part})"),
    }
}

/// The images' set (side 0) or the reference's (side 1).
fn open(spec: &str, args: &Eval, side: usize, seed: u64, size: usize) -> Result<Arc<dyn Source>, Failure> {
    let source = gannet_data::open(spec, args.splits()[side], seed, size)?;
    let source: Arc<dyn Source> = match args.held_back {
        Some(count) => Arc::new(Subset::hold_back(&source, count)?.into_iter().next_back().expect("two parts")),
        None => source,
    };
    Ok(match args.patches {
        Some(count) => Arc::new(Patches::new(source, count as usize, args.patch_size.into(), args.seed)),
        None => source,
    })
}

fn of_pairs(args: &Eval, metrics: &[Metric], progress: &evaluate::Progress) -> Result<String, Failure> {
    let device = device(&args.device.device)?;
    let data = args.data.as_deref().ok_or("pairs need two folders: give the partners with --data")?;
    if args.patches.is_some() {
        return Err("--patches are for metrics of sets: leave it out for those of pairs".into());
    }
    if metrics.contains(&Metric::Labels) && args.palette.is_empty() {
        return Err("labels are told apart by their colours: give them with --palette, such as 804080,800000".into());
    }
    let images = open(&args.subject, args, 0, args.seed, DIGIT)?;
    let partners = open(data, args, 1, args.seed, DIGIT)?;
    let lpips = metrics
        .contains(&Metric::Lpips)
        .then(|| evaluate::perceptual(&args.perceptual, &fetch, &device))
        .transpose()?;
    let pairing = Pairing {
        names: args.pair.clone(),
        enlarge: args.enlarge,
        luma: args.luma,
        border: args.border,
        palette: args.palette.clone(),
    };
    let perceptual: Option<&Lpips> = lpips.as_ref().map(|(lpips, _)| lpips);
    let (numbers, pairs) = evaluate::paired([&images, &partners], &pairing, metrics, perceptual, &device, progress)?;
    let channel = if args.luma { "Y, rounded to 8 bits; grey images as they are" } else { "all channels" };
    let enlarged = if args.enlarge { "; enlarged by MATLAB's bicubic, rounded to 8 bits" } else { "" };
    let weights = lpips.map_or(String::new(), |(_, hash)| format!("; LPIPS 0.1 (sha256 {hash})"));
    let protocol = format!(
        "gannet {}; {pairs} pairs of {} and {data}; {channel}; {} pixels of border left out{enlarged}{weights}",
        env!("CARGO_PKG_VERSION"),
        args.subject,
        args.border
    );
    if args.json {
        let values: serde_json::Map<_, _> =
            numbers.iter().map(|number| (number.name.to_owned(), number.values[0].into())).collect();
        let json = serde_json::json!({"metrics": values, "pairs": pairs, "protocol": protocol});
        return Ok(serde_json::to_string_pretty(&json)? + "\n");
    }
    Ok(format!("{}\n{protocol}\n", table(&rows(&numbers))))
}

fn text(evaluation: &Evaluation) -> String {
    format!("{}\n{}\n", table(&rows(&evaluation.numbers)), evaluation.protocol.line())
}

fn rows(numbers: &[Number]) -> Vec<Vec<String>> {
    let row = |number: &Number| {
        let meaning = || number.meaning.clone();
        let [value, meaning] = match &number.values[..] {
            [one] => [shown(*one), meaning()],
            many if many.len() > FEW_CLASSES => {
                [String::new(), format!("{}: {} values, in --json", meaning(), many.len())]
            }
            many => {
                let values: Vec<String> = many.iter().map(|value| shown(*value)).collect();
                [String::new(), format!("{}  ({})", values.join(" "), meaning())]
            }
        };
        vec![number.name.to_owned(), value, meaning]
    };
    numbers.iter().map(row).collect()
}

/// Four decimals, or for small numbers four digits.
fn shown(value: f64) -> String {
    let small = value != 0.0 && value.abs() < 1e-3;
    if small { format!("{value:.3e}") } else { format!("{value:.4}") }
}

/// The classifier of digits called `name`, for the laboratory.
pub fn judge(name: &str, device: &Device) -> Result<LeNetJudge, Failure> {
    if let Some(file) = name.strip_prefix("lenet:") {
        return Ok(LeNetJudge::new(read_lenet(Path::new(file), device)?.0, Frame::Resize));
    }
    let (network, recipe) = open_classifier(Path::new(name), Which::Newest, device)?;
    let frame = if recipe.data.fit == Fit::Pad { Frame::Pad } else { Frame::Resize };
    Ok(LeNetJudge::new(network, frame))
}

/// How far it is, where somebody watches.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} · {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    fn show(&self, what: &str, done: usize, of: usize) {
        if self.0.message() != what {
            self.0.set_message(what.to_owned());
            self.0.reset();
        }
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
