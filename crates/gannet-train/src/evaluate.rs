//! Generated or real images measured against real ones, through the eyes of LeNet-5.

use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use gannet_data::{DataError, Fit, ImageSpec, Source, read_image};
use gannet_metrics::lenet::{DIGIT, LeNetJudge, Seen};
use gannet_metrics::{ClassReport, FrechetError, Moments, frechet_distance};
use gannet_ops::resample::resize;
use serde::Serialize;

use crate::TrainError;
use crate::trained::TrainedGenerator;

/// Images judged at a time.
const BATCH: usize = 64;
/// The probability from which the judge counts as confident.
pub const CONFIDENT: f32 = 0.95;

/// What is judged.
pub enum Subject<'a> {
    /// Images of a generator from the latents of a seed.
    Generator(&'a TrainedGenerator, u64),
    /// The first images of a set.
    Images(&'a Arc<dyn Source>),
}

/// What the judge found, by metric; those not asked for are absent.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Evaluation {
    /// How many images were judged.
    pub images: usize,
    /// Why images of either set could not be read; they are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// How many real ones they were compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<usize>,
    /// Fréchet distance on the 84 features of LeNet-5's f6; lower is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frechet_distance: Option<f64>,
    /// Share of the images of which the judge is confident.
    pub confident: f64,
    /// Entropy of the classes in nats.
    pub entropy: f64,
    /// Share of each class.
    pub classes: Vec<f64>,
    /// Share of labelled images whose class the judge found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
}

/// An evaluation that cannot be made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says it")]
pub enum EvaluateError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Frechet(#[from] FrechetError),
    #[error("LeNet-5 judges grey digits of at least {DIGIT} pixels, and this run makes images of {0}×{1}×{1}")]
    Shape(usize, usize),
}

/// Judges the first `count` images of `subject`, against the first `reference.1` of a set.
///
/// # Errors
/// Images cannot be read, or have no place before this judge; see [`EvaluateError`].
pub fn evaluate(
    subject: &Subject,
    count: usize,
    reference: Option<(&Arc<dyn Source>, usize)>,
    judge: &LeNetJudge,
    device: &Device,
) -> Result<Evaluation, EvaluateError> {
    let (seen, accuracy, mut left_out) = match subject {
        Subject::Generator(generator, seed) => (of_generator(generator, count, *seed, judge)?, None, Vec::new()),
        Subject::Images(source) => {
            let looked = of_source(source.as_ref(), count, judge, device)?;
            let accuracy = accuracy(source.as_ref(), &looked.indices, &looked.seen.probabilities);
            (looked.seen, accuracy, looked.left_out)
        }
    };
    let classes = ClassReport::new(&seen.probabilities, CLASSES, CONFIDENT);
    let mut evaluation = Evaluation {
        accuracy,
        images: seen.probabilities.len() / CLASSES,
        confident: classes.confident,
        entropy: classes.entropy,
        classes: classes.shares,
        ..Evaluation::default()
    };
    if let Some((source, count)) = reference {
        let looked = of_source(source.as_ref(), count, judge, device)?;
        left_out.extend(looked.left_out);
        let real = moments(&looked.seen);
        evaluation.reference = Some(real.count());
        evaluation.frechet_distance = Some(frechet_distance(&moments(&seen), &real)?);
    }
    evaluation.left_out = left_out;
    Ok(evaluation)
}

const CLASSES: usize = gannet_nn::extractors::lenet::LeNet::CLASSES;

fn moments(seen: &Seen) -> Moments {
    let mut moments = Moments::new(gannet_nn::extractors::lenet::LeNet::FEATURES);
    moments.add(&seen.features);
    moments
}

fn of_generator(
    generator: &TrainedGenerator,
    count: usize,
    seed: u64,
    judge: &LeNetJudge,
) -> Result<Seen, EvaluateError> {
    let data = &generator.recipe().data;
    if data.channels != 1 || data.size < DIGIT {
        return Err(EvaluateError::Shape(data.channels, data.size));
    }
    // Padded images have the digit in their middle, as the judge expects it; others are a digit from side to side.
    let framed = |images| if data.fit == Fit::Pad { images } else { resize(images, [DIGIT, DIGIT]) };
    let batches = generator.generate(generator.latents(count, seed));
    Ok(joined(batches.map(|images| judge.look(framed(images)))))
}

/// What the judge saw in a set.
struct Looked {
    seen: Seen,
    /// Which images it saw.
    indices: Vec<usize>,
    left_out: Vec<String>,
}

/// What the judge sees in the first `count` readable images of `source`, each fitted into 28×28 without enlarging it.
fn of_source(source: &dyn Source, count: usize, judge: &LeNetJudge, device: &Device) -> Result<Looked, EvaluateError> {
    let spec = ImageSpec { size: DIGIT, channels: 1, fit: Fit::Pad, flip: false };
    let (mut indices, mut left_out, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = 0..source.len();
    while indices.len() < count && !next.is_empty() {
        let mut values = Vec::with_capacity(BATCH * DIGIT * DIGIT);
        let before = indices.len();
        for index in next.by_ref().take(BATCH.min(count - before)) {
            match read_image(source, index) {
                Ok(image) => {
                    values.extend(spec.apply(&image, false));
                    indices.push(index);
                }
                Err(error) => left_out.push(error),
            }
        }
        let data = TensorData::new(values, [indices.len() - before, 1, DIGIT, DIGIT]);
        if indices.len() > before {
            parts.push(judge.look(Tensor::from_data(data, device)));
        }
    }
    match left_out.first() {
        Some(first) if indices.is_empty() => Err(first.clone().into()),
        _ => {
            let left_out = left_out.iter().map(DataError::to_string).collect();
            Ok(Looked { seen: joined(parts.into_iter()), indices, left_out })
        }
    }
}

fn joined(parts: impl Iterator<Item = Seen>) -> Seen {
    parts.fold(Seen { features: Vec::new(), probabilities: Vec::new() }, |mut all, part| {
        all.features.extend(part.features);
        all.probabilities.extend(part.probabilities);
        all
    })
}

/// The share of images whose likeliest class is their label, where all have one.
fn accuracy(source: &dyn Source, indices: &[usize], probabilities: &[f32]) -> Option<f64> {
    let mut right = 0;
    for (index, row) in indices.iter().zip(probabilities.chunks_exact(CLASSES)) {
        let best = (0..CLASSES).max_by(|a, b| row[*a].total_cmp(&row[*b]));
        right += usize::from(best == Some(source.label(*index)?));
    }
    Some(right as f64 / indices.len().max(1) as f64)
}
