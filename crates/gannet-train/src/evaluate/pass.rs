//! One pass over images that serves all metrics; what it costs in memory does not grow with the images beyond [`KEPT`].

use std::collections::BTreeMap;

use gannet_data::{DataError, Pixels};
use gannet_metrics::{Features, Moments, Plane, Spectrum, sharpness};

use super::judge::Judge;
use super::pictures::Pictures;
use super::{EvaluateError, Progress};

/// Images that are read at a time.
const CHUNK: usize = 64;
/// Of so many images, the first, features and logits are kept for metrics that compare images one by one.
pub const KEPT: usize = 50_000;

/// What the metrics that were asked for need.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wants {
    /// Each image's features.
    pub features: bool,
    /// Each image's logits.
    pub logits: bool,
    /// The mean spectrum.
    pub spectrum: bool,
    /// The mean sharpness.
    pub sharpness: bool,
}

/// Features and logits of the first images of a set, row by row.
pub type Kept = (Vec<f32>, Vec<f32>);

/// What was found in a set.
pub struct Looked {
    /// Images that were measured.
    pub count: usize,
    /// Of their features.
    pub moments: Moments,
    /// Of the images that were kept; none where nothing needs them.
    pub features: Features,
    /// `[kept, classes]`.
    pub logits: Vec<f32>,
    /// Which images, by their numbers in the set.
    pub indices: Vec<usize>,
    /// Why images could not be read; they are left out.
    pub left_out: Vec<String>,
    /// How many images have each height and width.
    pub sizes: BTreeMap<(usize, usize), usize>,
    /// Of their brightness.
    pub spectrum: Option<Spectrum>,
    /// Of all images together, where it was asked for.
    pub sharpness: f64,
}

/// Reads the first `count` readable images of a set, and hands them on some at a time with their numbers.
pub fn walk(
    pictures: &Pictures,
    count: usize,
    mut take: impl FnMut(&[Pixels], &[usize]) -> Result<(), EvaluateError>,
) -> Result<Vec<DataError>, EvaluateError> {
    let available = pictures.available().unwrap_or(count);
    let (mut next, mut taken, mut broken) = (0, 0, Vec::new());
    while taken < count && next < available {
        let some = CHUNK.min(count - taken).min(available - next);
        let (mut images, mut indices) = (Vec::with_capacity(some), Vec::with_capacity(some));
        for (index, image) in (next..).zip(pictures.read(next, some)) {
            match image {
                Ok(image) => {
                    images.push(image);
                    indices.push(index);
                }
                // A set may have broken files; what a generator makes is all its own.
                Err(error) if pictures.available().is_none() => return Err(error.into()),
                Err(error) => broken.push(error),
            }
        }
        next += some;
        taken += images.len();
        if !images.is_empty() {
            take(&images, &indices)?;
        }
    }
    match broken.first() {
        Some(first) if taken == 0 => {
            let (name, first) = (pictures.name.clone(), first.to_string());
            Err(EvaluateError::AllBroken { name, count: broken.len(), first })
        }
        _ => Ok(broken),
    }
}

/// Looks at the first `count` readable images of a set. `known` are features and logits that were kept from before.
///
/// # Errors
/// No image can be read, or features are not finite.
pub fn look(
    pictures: &Pictures,
    count: usize,
    judge: Option<&Judge>,
    wants: Wants,
    known: Option<Kept>,
    progress: &Progress,
) -> Result<Looked, EvaluateError> {
    let dims = judge.map_or(1, Judge::features).max(1);
    let classes = judge.map_or(0, Judge::classes);
    let mut looked = Looked {
        count: 0,
        moments: Moments::new(dims),
        features: Features::new(dims, Vec::new()),
        logits: Vec::new(),
        indices: Vec::new(),
        left_out: Vec::new(),
        sizes: BTreeMap::new(),
        spectrum: None,
        sharpness: 0.0,
    };
    let mut features = Vec::new();
    let total = pictures.available().map_or(count, |available| available.min(count));
    let broken = walk(pictures, count, |images, indices| {
        images.iter().for_each(|image| *looked.sizes.entry((image.height, image.width)).or_default() += 1);
        if wants.spectrum {
            add_spectrum(&mut looked.spectrum, images)?;
        }
        if wants.sharpness {
            for image in images {
                looked.sharpness += sharpness(&brightness(image))?;
            }
        }
        if let (Some(judge), None) = (judge, &known) {
            let seen = judge.look(images, pictures.padded);
            check_finite(&seen.features, dims, |row| pictures.name_of(indices[row]))?;
            looked.moments.add(&seen.features);
            let room = KEPT.saturating_sub(looked.count).min(images.len());
            if wants.features {
                features.extend(&seen.features[..room * dims]);
            }
            if wants.logits {
                looked.logits.extend(&seen.logits[..room * classes]);
            }
        }
        looked.count += images.len();
        looked.indices.extend(indices);
        progress(&pictures.name, looked.count, total);
        Ok(())
    })?;
    if let Some((kept, logits)) = known {
        looked.moments.add(&kept);
        (features, looked.logits) = (kept, logits);
    }
    looked.features = Features::new(dims, features);
    looked.left_out = broken.iter().map(DataError::to_string).collect();
    Ok(looked)
}

fn check_finite(features: &[f32], dims: usize, name: impl Fn(usize) -> String) -> Result<(), EvaluateError> {
    let broken = features.chunks_exact(dims).position(|row| row.iter().any(|value| !value.is_finite()));
    broken.map_or(Ok(()), |row| Err(EvaluateError::NotFinite(name(row))))
}

/// In grey.
fn brightness(image: &Pixels) -> Plane {
    let values = image.clone().convert(1).data.into_iter().map(f64::from);
    Plane::new(image.height, image.width, values.collect())
}

/// Adds the brightness of some images, which must be as large as those before.
fn add_spectrum(spectrum: &mut Option<Spectrum>, images: &[Pixels]) -> Result<(), EvaluateError> {
    for image in images {
        let (height, width) = (image.height, image.width);
        let spectrum = spectrum.get_or_insert_with(|| Spectrum::new(height, width));
        if spectrum.size() != (height, width) {
            return Err(gannet_metrics::MetricError::Sizes(spectrum.size(), (height, width)).into());
        }
        let grey: Vec<f32> = image.clone().convert(1).data.iter().map(|value| f32::from(*value)).collect();
        spectrum.add(&grey)?;
    }
    Ok(())
}
