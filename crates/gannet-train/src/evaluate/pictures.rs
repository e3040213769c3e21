//! The images that are measured, from wherever they come, as bytes: what a generator makes is rounded as if it had been saved,
//! so that a run and the folder of its samples get the same numbers.

use std::sync::Arc;

use burn::tensor::Tensor;
use gannet_data::{DataError, Fit, ImageSpec, Pixels, Source, Subset, read_image};
use rayon::prelude::*;

use crate::grid::ImageGrid;
use crate::recipe::Data;
use crate::tasks::image_spec;

/// Draws images `[n, c, s, s]` in `[-1, 1]`: `draw(first, n)`.
pub type Draw<'a> = dyn Fn(usize, usize) -> Tensor<4> + 'a;

enum Kind<'a> {
    Made(&'a Draw<'a>, Labels),
    Read { source: Arc<dyn Source>, spec: Option<ImageSpec> },
}

/// What a generator was asked for.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    /// The names of the classes; none where it knows of none.
    pub names: Vec<String>,
    /// Of each image.
    pub of: Vec<usize>,
    /// Whether the generator made up the classes, so that their order means nothing.
    pub made_up: bool,
}

/// Images by number.
pub struct Pictures<'a> {
    /// What they are called, for the protocol.
    pub name: String,
    kind: Kind<'a>,
    /// Whether smaller images lie in the middle of these, with black around them.
    pub padded: bool,
}

impl<'a> Pictures<'a> {
    /// A generator's, which was trained with `data`.
    pub fn generated(name: String, draw: &'a Draw<'a>, data: &Data) -> Self {
        Self { name, kind: Kind::Made(draw, Labels::default()), padded: data.fit == Fit::Pad }
    }

    /// The same where a generator's images have classes.
    pub fn labelled(self, labels: Labels) -> Self {
        match self.kind {
            Kind::Made(draw, _) => Self { kind: Kind::Made(draw, labels), ..self },
            kind => Self { kind, ..self },
        }
    }

    /// Whether the classes are a generator's own, so that their order means nothing.
    pub fn made_up(&self) -> bool {
        matches!(&self.kind, Kind::Made(_, labels) if labels.made_up)
    }

    /// A set's, as they are stored.
    pub fn of(name: String, source: Arc<dyn Source>) -> Self {
        Self { name, kind: Kind::Read { source, spec: None }, padded: false }
    }

    /// A set's, as training with `data` sees them, without what training does at random.
    pub fn as_trained(name: String, source: Arc<dyn Source>, data: &Data) -> Self {
        let spec = ImageSpec { flip: false, shift: 0, ..image_spec(data) };
        let name = format!("{name} as {}×{}×{}, {}", spec.channels, spec.size, spec.size, spec.fit.word());
        Self { name, kind: Kind::Read { source, spec: Some(spec) }, padded: data.fit == Fit::Pad }
    }

    /// The same, of which the first `count` are of all classes: a set that is sorted by class is taken from all over.
    pub fn spread(self, count: usize) -> Self {
        let Kind::Read { source, spec } = self.kind else { return self };
        match Subset::spread(&source, count) {
            Some(subset) => Self {
                name: format!("{}, evenly", self.name),
                kind: Kind::Read { source: Arc::new(subset), spec },
                ..self
            },
            None => Self { kind: Kind::Read { source, spec }, ..self },
        }
    }

    /// How many there are; as many as are wanted of a generator.
    pub fn available(&self) -> Option<usize> {
        match &self.kind {
            Kind::Made(..) => None,
            Kind::Read { source, .. } => Some(source.len()),
        }
    }

    /// The name of one for messages.
    pub fn name_of(&self, index: usize) -> String {
        match &self.kind {
            Kind::Made(..) => format!("image {index}"),
            Kind::Read { source, .. } => source.name(index),
        }
    }

    /// The names of the classes; none where there are no labels.
    pub fn classes(&self) -> &[String] {
        match &self.kind {
            Kind::Made(_, labels) => &labels.names,
            Kind::Read { source, .. } => source.classes(),
        }
    }

    /// The class of one.
    pub fn label(&self, index: usize) -> Option<usize> {
        match &self.kind {
            Kind::Made(_, labels) => labels.of.get(index).copied(),
            Kind::Read { source, .. } => source.label(index),
        }
    }

    /// Some, one after another.
    pub fn read(&self, first: usize, count: usize) -> Vec<Result<Pixels, DataError>> {
        match &self.kind {
            Kind::Made(draw, _) => bytes(draw(first, count)),
            Kind::Read { source, spec } => {
                let one = |index| {
                    let image = read_image(source.as_ref(), index)?;
                    Ok(spec.map_or_else(|| Pixels::from_image(&image), |spec| spec.square(&image)))
                };
                (first..first + count).into_par_iter().map(one).collect()
            }
        }
    }
}

/// `images [n, c, h, w]` in `[-1, 1]` → each one's bytes, as they are saved. What is no number has none.
fn bytes(images: Tensor<4>) -> Vec<Result<Pixels, DataError>> {
    let [n, channels, height, width] = images.dims();
    let values: Vec<f32> = images.into_data().iter::<f32>().collect();
    let grid = ImageGrid::from_images(&values, n, channels, height, width, 1);
    let of = |(data, values): (&[u8], &[f32])| match values.iter().all(|value| value.is_finite()) {
        true => Ok(Pixels { width, height, channels: grid.channels, data: data.to_vec() }),
        false => Err(DataError::Setting(
            "the generator's images hold values that are not finite: its run has diverged".into(),
        )),
    };
    let each = grid.pixels.chunks_exact(width * height * grid.channels);
    each.zip(values.chunks_exact(channels * height * width)).map(of).collect()
}
