//! From images to an evaluation: check, one pass over each set, then each metric.

use gannet_choice::Choice;

use crate::EvalError;
use crate::context::{Context, MeasuredSet, Notes};
use crate::evaluation::Evaluation;
use crate::extractors::FeatureExtractor;
use crate::images::EvaluationImages;
use crate::metric::{Compares, Metric};
use crate::metrics::{Implementation, MetricKind};
use crate::needs::Needs;
use crate::progress::Progress;
use crate::protocol::{MeasuredImages, Protocol};
use crate::reading::KEPT;
use crate::reference::Reference;
use crate::request::{ImageCount, Request};
use crate::statistics::ImageStatistics;
use crate::subject::Subject;

/// Unreadable images that the protocol names.
const NAMED: usize = 5;

/// Measures `images` by each of `metrics`, compared with `reference` where a metric compares.
///
/// # Errors
/// A metric lacks what it needs or compares pairs, images cannot be read or are too few, or features are not finite.
pub fn evaluate(
    images: &EvaluationImages,
    reference: Option<&Reference>,
    metrics: &[MetricKind],
    request: &Request,
    progress: &Progress,
) -> Result<Evaluation, EvalError> {
    let reference_images = reference.map(|reference| &reference.images);
    let subject = |kind: MetricKind| Subject { metric: kind.word(), images, reference: reference_images, request };
    let implementations = metrics.iter().map(|kind| check(*kind, &subject(*kind))).collect::<Result<Vec<_>, _>>()?;

    let needs = MetricKind::all_needs(metrics);
    let extractor = request.extractor.filter(|_| needs.extractor());
    let statistics = ImageStatistics::collect(images, request.count.most, extractor, needs, None, progress)?;
    check_count(images, &statistics, request.count)?;
    // A reference that no metric compares with is not read.
    let reference = reference.filter(|_| metrics.iter().any(|kind| kind.compares() == Compares::Sets));
    let mut notes = Notes::default();
    let reference_statistics = match reference {
        Some(reference) => Some(reference_statistics(reference, request, extractor, needs, &mut notes, progress)?),
        None => None,
    };

    let mut measurements = Vec::new();
    for (kind, metric) in metrics.iter().zip(implementations) {
        let (subject, statistics, notes) = (subject(*kind), &statistics, &mut notes);
        measurements.extend(metric.measure(&mut Context {
            subject,
            statistics,
            reference_statistics,
            notes,
            progress,
        })?);
    }
    let set = MeasuredSet { images, statistics: &statistics };
    let reference = reference_images.zip(reference_statistics);
    let reference = reference.map(|(images, statistics)| MeasuredSet { images, statistics });
    notes.warnings.extend(general_warnings(set, reference, request, needs));
    let protocol = protocol(set, reference, request, extractor, notes.settings);
    Ok(Evaluation { measurements, protocol, warnings: notes.warnings, picture: notes.picture })
}

/// The code of a metric of sets, or why it cannot measure the subject.
fn check(kind: MetricKind, subject: &Subject) -> Result<&'static dyn Metric, EvalError> {
    let Implementation::Set(metric) = kind.implementation() else {
        return Err(
            subject.refuse("compares each image with its partner, and these are sets: request pair metrics only")
        );
    };
    match metric.compares() {
        Compares::Sets => drop(subject.reference()?),
        Compares::Generator => drop(subject.latent_paths()?),
        Compares::Images | Compares::Pairs => {}
    }
    subject.check(metric.needs())?;
    metric.check(subject)?;
    Ok(metric)
}

fn reference_statistics<'a>(
    reference: &'a Reference,
    request: &Request,
    extractor: Option<&FeatureExtractor>,
    needs: Needs,
    notes: &mut Notes,
    progress: &Progress,
) -> Result<&'a ImageStatistics, EvalError> {
    let count = request.reference_count;
    let (statistics, warnings) = reference.statistics(count.most, extractor, needs, progress)?;
    notes.warnings.extend(warnings.iter().cloned());
    check_count(&reference.images, statistics, count)?;
    Ok(statistics)
}

fn check_count(images: &EvaluationImages, statistics: &ImageStatistics, count: ImageCount) -> Result<(), EvalError> {
    let (found, wanted) = (statistics.count, count.most);
    if count.exact && found < wanted {
        return Err(EvalError::TooFew { name: images.name.clone(), found, wanted });
    }
    Ok(())
}

/// Warnings that hold for all metrics.
fn general_warnings(set: MeasuredSet, reference: Option<MeasuredSet>, request: &Request, needs: Needs) -> Vec<String> {
    let mut warnings = Vec::new();
    warnings.extend(request.extractor.and_then(|extractor| Some(format!("{}: {}", extractor.name, extractor.caveat?))));
    for MeasuredSet { images, statistics } in [Some(set), reference].into_iter().flatten() {
        let name = &images.name;
        warnings.extend(images.notes());
        if let Some(first) = statistics.unreadable.first() {
            let count = statistics.unreadable.len();
            warnings.push(format!("{name}: {count} unreadable images left out, such as {first}"));
        }
        if statistics.sizes.len() > 1 && request.extractor.is_some() {
            let count = statistics.sizes.len();
            warnings.push(format!("{name}: images of {count} sizes, each resized by itself"));
        }
        if statistics.count > KEPT && needs.features {
            warnings.push(format!("{name}: metrics that compare single images took the first {KEPT}"));
        }
    }
    warnings
}

fn protocol(
    set: MeasuredSet,
    reference: Option<MeasuredSet>,
    request: &Request,
    extractor: Option<&FeatureExtractor>,
    settings: Vec<String>,
) -> Protocol {
    let of_extractor = |f: fn(&FeatureExtractor) -> String| extractor.map(f).unwrap_or_default();
    Protocol {
        gannet: env!("CARGO_PKG_VERSION").to_owned(),
        features: of_extractor(|extractor| extractor.name.clone()),
        layer: of_extractor(|extractor| extractor.layer.to_owned()),
        weights_sha256: of_extractor(|extractor| extractor.hash.clone()),
        resize: of_extractor(FeatureExtractor::resize),
        perceptual: request.perceptual.map(|perceptual| perceptual.about()).unwrap_or_default(),
        images: describe(set),
        reference: reference.map(describe),
        like: request.conventions.describe(),
        seed: request.seed,
        settings,
    }
}

fn describe(MeasuredSet { images, statistics }: MeasuredSet) -> MeasuredImages {
    let most_frequent = statistics.sizes.iter().max_by_key(|(_, count)| **count);
    let size = most_frequent.map_or(String::new(), |((height, width), count)| {
        let others = statistics.count - count;
        format!("{height}×{width}{}", if others > 0 { format!(" and {others} of others") } else { String::new() })
    });
    MeasuredImages {
        of: images.name.clone(),
        count: statistics.count,
        available: images.available(),
        size,
        read: images.changes(),
        left_out: statistics.unreadable.iter().take(NAMED).cloned().collect(),
    }
}
