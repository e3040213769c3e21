//! Pairs of images, such as restored images and their originals: means of pair metrics.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use gannet_choice::Choice;
use gannet_data::{Notes, Source, inspect_image};

use crate::EvalError;
use crate::changes::Changes;
use crate::conventions::{Channels, Conventions};
use crate::digits::DIGIT;
use crate::evaluation::PairEvaluation;
use crate::extractors::Fetch;
use crate::like::Like;
use crate::measurement::Measurement;
use crate::metric::PairMetric;
use crate::metrics::{Implementation, MetricKind};
use crate::pair::{Pair, PairTools, Pairing, is_deep};
use crate::perceptual::PerceptualDistance;
use crate::progress::Progress;
use crate::selection::{DataSelection, Side};

/// A comparison of pairs, in a user's words.
#[derive(Debug, Clone)]
pub struct PairRequest {
    /// The images: a folder or any other source of `gannet_data`.
    pub images: String,
    /// Their partners.
    pub partners: String,
    /// The parts of both sets; patches are for sets only.
    pub selection: DataSelection,
    /// Metrics of pairs.
    pub metrics: Vec<MetricKind>,
    /// How pairs are formed and compared.
    pub pairing: Pairing,
    /// The name of the perceptual distance (see [`PerceptualDistance::open`]), for metrics that need it.
    pub perceptual: String,
    /// The seed of built-in images.
    pub seed: u64,
    /// The package whose numbers are computed; Gannet's own by default.
    pub like: Option<Like>,
}

/// Compares the pairs of two sets.
///
/// # Errors
/// A metric is none of pairs or lacks what it needs, an image has no partner, or images cannot be read or have
/// different sizes.
pub fn evaluate_pairs(
    request: &PairRequest,
    fetch: &Fetch,
    device: &Device,
    progress: &Progress,
) -> Result<PairEvaluation, EvalError> {
    let PairRequest { selection, metrics, pairing, .. } = request;
    if selection.patches.is_some() {
        return Err(EvalError::Setting("--patches is for metrics of sets: leave it out for metrics of pairs".into()));
    }
    if let Some(like) = request.like {
        like.check(metrics, request.seed)?;
    }
    let conventions = Conventions::of(request.like);
    // A package's own brightness is made of the colors.
    let own_luma = pairing.luma && conventions.psnr.luma != Channels::AsRequested;
    let compared = Pairing { luma: pairing.luma && !own_luma, ..pairing.clone() };
    let needs = MetricKind::all_needs(metrics);
    let perceptual =
        needs.perceptual.then(|| PerceptualDistance::open(&request.perceptual, fetch, device)).transpose()?;
    let (palette, luma) = (pairing.palette.as_slice(), pairing.luma);
    let tools = PairTools { conventions, luma, palette, perceptual: perceptual.as_ref(), device };
    pair_metrics(metrics)?.iter().try_for_each(|metric| metric.check(&tools))?;
    let open = |spec: &str, side| selection.open(spec, side, conventions.decoding, request.seed, DIGIT);
    let (images, partners) = (open(&request.images, Side::Images)?, open(&request.partners, Side::Reference)?);
    let measured = measure_pairs([&images, &partners], &compared, metrics, &tools, progress)?;
    let protocol = protocol(request, &measured, perceptual.as_ref());
    let Measured { measurements, pairs, notes, .. } = measured;
    Ok(PairEvaluation { measurements, pairs, protocol, warnings: notes.lines() })
}

/// What was measured.
struct Measured {
    measurements: Vec<Measurement>,
    pairs: usize,
    /// pairs with an image of more than 8 bits
    deep: usize,
    /// what reading left out
    notes: Notes,
    /// what reading changed, of images and partners
    changes: Vec<Changes>,
}

fn protocol(request: &PairRequest, measured: &Measured, perceptual: Option<&PerceptualDistance>) -> String {
    let PairRequest { images, partners, pairing, .. } = request;
    let Measured { pairs, deep, changes, .. } = measured;
    let read: String = Changes::phrases(changes).iter().map(|change| format!("; {change}")).collect();
    let colors = request.metrics.iter().any(|metric| matches!(metric, MetricKind::Lpips | MetricKind::Labels));
    let colors = if colors { "; lpips and labels in color" } else { "" };
    let conventions = Conventions::of(request.like);
    let luma = match conventions.psnr.luma {
        Channels::AsRequested => format!("Y, rounded to 8 bits; gray images as they are{colors}"),
        Channels::FullRangeLuma { .. } => "psnr of Y of YIQ from 0 to 255, not rounded".to_owned(),
    };
    let channels = match (pairing.luma, conventions.ssim_channels) {
        (true, _) => luma,
        (false, Channels::AsRequested) => "all channels".to_owned(),
        (false, Channels::FullRangeLuma { .. }) => "psnr of all channels".to_owned(),
    };
    let like = Some(conventions.describe()).filter(|like| !like.is_empty());
    let like = like.map_or(String::new(), |like| format!("; {like}"));
    let enlarged = if pairing.enlarge { "; enlarged by MATLAB's bicubic, rounded to 8 bits" } else { "" };
    let depth = match (deep, pairing.enlarge) {
        (0, _) => String::new(),
        (_, true) => format!("; {deep} pairs of more than 8 bits rounded to 8"),
        _ => format!("; {deep} pairs of more than 8 bits at 16 bits, Y not rounded (lpips and labels: at 8 bits)"),
    };
    let perceptual = perceptual.map_or(String::new(), |perceptual| format!("; {}", perceptual.about()));
    format!(
        "gannet {}; {pairs} pairs of {images} and {partners}; {channels}; {} pixels of border left out{enlarged}{depth}\
         {read}{perceptual}{like}",
        env!("CARGO_PKG_VERSION"),
        pairing.border
    )
}

/// The mean of each of `metrics` over all pairs of `[images, partners]`.
///
/// # Errors
/// A metric is none of pairs, an image has no partner, or images cannot be read or have different sizes.
fn measure_pairs(
    [images, partners]: [&Arc<dyn Source>; 2],
    pairing: &Pairing,
    metrics: &[MetricKind],
    tools: &PairTools,
    progress: &Progress,
) -> Result<Measured, EvalError> {
    let implementations = pair_metrics(metrics)?;
    let pairs = match_names(images.as_ref(), partners.as_ref(), pairing)?;
    let (mut values, mut sizes) = (vec![Vec::new(); metrics.len()], Vec::new());
    let (mut deep, mut notes, mut changes) = (0, Notes::default(), Vec::new());
    for (number, (image, partner)) in pairs.iter().enumerate() {
        let names = || format!("{} and {}", images.name(*image), partners.name(*partner));
        let mut read = |source: &Arc<dyn Source>, index| {
            let inspected = inspect_image(source.as_ref(), index)?;
            // The depth is that of pairs.
            changes.push(Changes { deep: false, ..Changes::of(&inspected) });
            inspected.notes.into_iter().for_each(|note| _ = notes.add(note));
            Ok::<_, EvalError>(inspected.image)
        };
        let pair = [read(images, *image)?, read(partners, *partner)?];
        deep += usize::from(pair.iter().any(is_deep));
        let [image, partner] = &pair;
        let pair = Pair::new(image, partner, pairing);
        sizes.push(pair.image.data.len());
        for (values, metric) in values.iter_mut().zip(&implementations) {
            let value = metric.measure(&pair, tools);
            values.push(value.map_err(|error| EvalError::Pair { names: names(), error: error.to_string() })?);
        }
        progress("pairs", number + 1, pairs.len());
    }
    let measurement = |((values, metric), kind): ((&Vec<f64>, &&dyn PairMetric), &MetricKind)| {
        let number = metric.summarize(values, &sizes, &tools.conventions);
        Measurement::one(kind.word(), number, kind.doc())
    };
    let measurements = values.iter().zip(&implementations).zip(metrics).map(measurement).collect();
    Ok(Measured { measurements, pairs: pairs.len(), deep, notes, changes })
}

/// The code of metrics that all compare pairs.
fn pair_metrics(metrics: &[MetricKind]) -> Result<Vec<&'static dyn PairMetric>, EvalError> {
    let pair_metric = |kind: &MetricKind| match kind.implementation() {
        Implementation::Pair(metric) => Ok(metric),
        Implementation::Set(_) => Err(EvalError::Setting(format!("{kind} measures sets of images, not pairs"))),
    };
    metrics.iter().map(pair_metric).collect()
}

/// The indices of each image and its partner, by their names without extension.
fn match_names(
    images: &dyn Source,
    partners: &dyn Source,
    pairing: &Pairing,
) -> Result<Vec<(usize, usize)>, EvalError> {
    let stem = |name: String| Path::new(&name).with_extension("").display().to_string();
    let names: Vec<String> = (0..partners.len()).map(|index| stem(partners.name(index))).collect();
    let mut pairs = Vec::new();
    for index in 0..images.len() {
        let name = stem(images.name(index));
        let wanted = match &pairing.names {
            Some((from, to)) if name.contains(from.as_str()) => name.replace(from.as_str(), to),
            Some(_) => continue,
            None => name,
        };
        match names.iter().position(|name| *name == wanted) {
            Some(partner) => pairs.push((index, partner)),
            None => return Err(EvalError::NoPartner { name: images.name(index), wanted }),
        }
    }
    let (from, _) = pairing.names.clone().unwrap_or_default();
    if pairs.is_empty() { Err(EvalError::NoPairs(from)) } else { Ok(pairs) }
}
