//! The images of an evaluation, as bytes.
//!
//! A generator's images are rounded as if they had been saved, so that a run and the folder of its samples get the same
//! numbers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::Tensor;
use gannet_apply::image_grid::ImageGrid;
use gannet_choice::Choice;
use gannet_data::{DataError, Fit, ImageSpec, Inspected, Note, Notes, Pixels, Source, Subset, inspect_image};
use rayon::prelude::*;

use crate::changes::Changes;

/// Generates images `[n, c, s, s]` in `[-1, 1]`: `draw(first, n)` gives number `first` to `first + n`.
pub type Draw<'a> = dyn Fn(usize, usize) -> Tensor<4> + 'a;

/// The classes that a generator was asked for.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// The names of the classes; empty for an unconditional generator.
    pub class_names: Vec<String>,
    /// The class of each image.
    pub classes: Vec<usize>,
    /// Whether the classes are categories of an InfoGAN, whose numbers are arbitrary.
    pub arbitrary: bool,
}

enum Kind<'a> {
    Generated { draw: &'a Draw<'a>, labels: Labels },
    Stored { source: Arc<dyn Source>, spec: Option<ImageSpec> },
}

/// Images by number: a generator's or a data set's.
pub struct EvaluationImages<'a> {
    /// The name in the protocol and in messages.
    pub name: String,
    kind: Kind<'a>,
    /// Whether smaller images were padded with black, so that their content is in the middle.
    pub padded: bool,
    /// What reading left out, by the image's number.
    notes: Mutex<BTreeMap<usize, Vec<Note>>>,
    /// What reading changed, by the image's number.
    changes: Mutex<BTreeMap<usize, Changes>>,
}

impl<'a> EvaluationImages<'a> {
    fn of(name: String, kind: Kind<'a>, padded: bool) -> Self {
        Self { name, kind, padded, notes: Mutex::default(), changes: Mutex::default() }
    }

    /// The images of a generator, whose training images were fitted by `fit`.
    pub fn generated(name: String, draw: &'a Draw<'a>, fit: Fit) -> Self {
        Self::of(name, Kind::Generated { draw, labels: Labels::default() }, fit == Fit::Pad)
    }

    /// Generated images with their classes; a data set has its own, and stays as it is.
    pub fn with_labels(self, labels: Labels) -> Self {
        match self.kind {
            Kind::Generated { draw, .. } => Self { kind: Kind::Generated { draw, labels }, ..self },
            kind => Self { kind, ..self },
        }
    }

    /// The images of a data set, as they are stored.
    pub fn stored(name: String, source: Arc<dyn Source>) -> Self {
        Self::of(name, Kind::Stored { source, spec: None }, false)
    }

    /// The images of a data set, brought to the size and channels of `spec` without its random augmentation.
    pub fn as_trained(name: String, source: Arc<dyn Source>, spec: ImageSpec) -> Self {
        let spec = ImageSpec { flip: false, shift: 0, ..spec };
        let name = format!("{name} as {}×{}×{}, {}", spec.channels, spec.size, spec.size, spec.fit.word());
        Self::of(name, Kind::Stored { source, spec: Some(spec) }, spec.fit == Fit::Pad)
    }

    /// The images reordered so that the first `count` are of all classes, where a data set is sorted by class.
    pub fn spread(self, count: usize) -> Self {
        let Kind::Stored { source, spec } = self.kind else { return self };
        match Subset::spread_classes(&source, count) {
            Some(subset) => Self {
                name: format!("{}, evenly", self.name),
                kind: Kind::Stored { source: Arc::new(subset), spec },
                ..self
            },
            None => Self { kind: Kind::Stored { source, spec }, ..self },
        }
    }

    /// The number of images; `None` for a generator, which has any number.
    pub fn available(&self) -> Option<usize> {
        match &self.kind {
            Kind::Generated { .. } => None,
            Kind::Stored { source, .. } => Some(source.len()),
        }
    }

    /// The name of an image in messages.
    pub fn name_of(&self, index: usize) -> String {
        match &self.kind {
            Kind::Generated { .. } => format!("image {index}"),
            Kind::Stored { source, .. } => source.name(index),
        }
    }

    /// The names of the classes; empty for unlabeled images.
    pub fn class_names(&self) -> &[String] {
        match &self.kind {
            Kind::Generated { labels, .. } => &labels.class_names,
            Kind::Stored { source, .. } => source.classes(),
        }
    }

    /// Whether the numbers of the classes are arbitrary, as those of an InfoGAN's categories are.
    pub fn has_arbitrary_classes(&self) -> bool {
        matches!(&self.kind, Kind::Generated { labels, .. } if labels.arbitrary)
    }

    /// The class of an image.
    pub fn class_of(&self, index: usize) -> Option<usize> {
        match &self.kind {
            Kind::Generated { labels, .. } => labels.classes.get(index).copied(),
            Kind::Stored { source, .. } => source.label(index),
        }
    }

    /// A line for each kind of what reading left out so far.
    pub fn notes(&self) -> Vec<String> {
        let mut all = Notes::default();
        let read = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        read.values().flatten().for_each(|note| _ = all.add(note.clone()));
        all.lines()
    }

    /// What reading changed so far, with the numbers of images.
    pub fn changes(&self) -> Vec<String> {
        let read = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        Changes::phrases(&read.values().copied().collect::<Vec<_>>())
    }

    /// The images number `first` to `first + count`; an unreadable or non-finite image is an error of its own.
    pub fn read(&self, first: usize, count: usize) -> Vec<Result<Pixels, DataError>> {
        match &self.kind {
            Kind::Generated { draw, .. } => to_bytes(draw(first, count)),
            Kind::Stored { source, spec } => {
                let (kept, changed) = (&self.notes, &self.changes);
                let one = |index| {
                    let inspected = inspect_image(source.as_ref(), index)?;
                    let changes = Changes::of(&inspected);
                    if changes != Changes::default() {
                        changed.lock().unwrap_or_else(PoisonError::into_inner).insert(index, changes);
                    }
                    let Inspected { image, notes, .. } = inspected;
                    if !notes.is_empty() {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).insert(index, notes);
                    }
                    Ok(spec.map_or_else(|| Pixels::from_image(&image), |spec| spec.square(&image)))
                };
                (first..first + count).into_par_iter().map(one).collect()
            }
        }
    }
}

/// `images [n, c, h, w]` in `[-1, 1]` as the bytes that would be saved; an image with non-finite values is an error.
fn to_bytes(images: Tensor<4>) -> Vec<Result<Pixels, DataError>> {
    let [n, channels, height, width] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    let grid = ImageGrid::from_images(&values, n, channels, height, width, 1);
    let pixels = |(data, values): (&[u8], &[f32])| match values.iter().all(|value| value.is_finite()) {
        true => Ok(Pixels { width, height, channels: grid.channels, data: data.to_vec() }),
        false => Err(DataError::Setting(
            "the generator's images hold values that are not finite: its run has diverged".into(),
        )),
    };
    let bytes = grid.pixels.chunks_exact(width * height * grid.channels);
    bytes.zip(values.chunks_exact(channels * height * width)).map(pixels).collect()
}
