//! cGANs with Projection Discriminator, Miyato and Koyama 2018, arXiv:1802.05637: the intra-class Fréchet distance,
//! which a generator that mixes up its classes cannot hide from.
//!
//! ```text
//! mean over classes c of d²( features of class c in a, features of class c in b )
//! ```

use serde::Serialize;

use crate::{Features, MetricError, Moments, frechet_distance};

/// Fréchet distances class by class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IntraFrechet {
    /// Mean over classes, each weighing the same.
    pub mean: f64,
    /// The distance of each class.
    pub per_class: Vec<f64>,
}

/// The distances of `a` and `b`, whose images have the classes `a_labels` and `b_labels` in `0..classes`.
///
/// # Errors
/// A class with fewer than 2 images on a side, a label that is no class, as many labels as images on neither side,
/// different numbers of features, values that are not finite.
pub fn intra_frechet(
    (a, a_labels): (&Features, &[usize]),
    (b, b_labels): (&Features, &[usize]),
    classes: usize,
) -> Result<IntraFrechet, MetricError> {
    if classes == 0 {
        return Err(MetricError::Zero("the number of classes"));
    }
    if a.dims() != b.dims() {
        return Err(MetricError::Dims(a.dims(), b.dims()));
    }
    let a_members = members(a, a_labels, classes, "first")?;
    let b_members = members(b, b_labels, classes, "second")?;
    let distance = |class: usize| frechet_distance(&moments(a, &a_members[class]), &moments(b, &b_members[class]));
    // One class at a time: moments of many features are large.
    let per_class = (0..classes).map(distance).collect::<Result<Vec<_>, _>>()?;
    Ok(IntraFrechet { mean: per_class.iter().sum::<f64>() / classes as f64, per_class })
}

/// The images of each class, at least two.
fn members(
    set: &Features,
    labels: &[usize],
    classes: usize,
    side: &'static str,
) -> Result<Vec<Vec<usize>>, MetricError> {
    set.check_finite()?;
    if labels.len() != set.count() {
        return Err(MetricError::Lengths(labels.len(), "labels", set.count(), "images"));
    }
    let mut members = vec![vec![]; classes];
    for (image, &label) in labels.iter().enumerate() {
        members.get_mut(label).ok_or(MetricError::Label { label, image, classes })?.push(image);
    }
    match members.iter().position(|images| images.len() < 2) {
        Some(class) => Err(MetricError::Class { class, side, found: members[class].len() }),
        None => Ok(members),
    }
}

fn moments(set: &Features, images: &[usize]) -> Moments {
    let mut moments = Moments::new(set.dims());
    images.iter().for_each(|image| moments.add(set.row(*image)));
    moments
}
