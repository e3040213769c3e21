//! cGANs with Projection Discriminator, Miyato and Koyama 2018, arXiv:1802.05637: the intra-class Fréchet distance, which is
//! large for a generator that confuses its classes or lacks variety within them.
//!
//! ```text
//! mean over classes c of d²( features of class c in a, features of class c in b )
//! ```

use serde::Serialize;

use crate::{Features, MetricError, Moments, frechet_distance};

/// Fréchet distances per class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IntraFrechet {
    /// Mean over classes, with equal weights.
    pub mean: f64,
    /// The distance of each class.
    pub per_class: Vec<f64>,
}

/// The Fréchet distance between the images of each class in `a` and in `b`, with labels in `0..classes`.
///
/// # Errors
/// Zero classes, a class with fewer than 2 images on a side, a label that is not a class, a number of labels that differs from
/// that of images, different numbers of features, values that are not finite.
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
    // One class at a time, since the moments of many features take much memory.
    let per_class = (0..classes).map(distance).collect::<Result<Vec<_>, _>>()?;
    Ok(IntraFrechet { mean: per_class.iter().sum::<f64>() / classes as f64, per_class })
}

/// The indices of each class's images, of which there must be at least two.
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
