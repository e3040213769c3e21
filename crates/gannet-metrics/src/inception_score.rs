//! Improved Techniques for Training GANs, Salimans et al. 2016, arXiv:1606.03498: the inception score, which is high where a
//! classifier is certain of each image and predicts all classes equally often.
//!
//! ```text
//! IS = exp( E_x KL( p(y|x) ‖ E_x p(y|x) ) )
//! ```
//!
//! as mean and standard deviation over splits of the images. It ranges from 1, where the classifier predicts the same for all
//! images, to the number of classes.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use crate::MetricError;
use crate::features::{check_count, check_rows_finite};

/// Images of one partial sum.
const ROWS: usize = 128;

/// The inception score, over splits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct InceptionScore {
    /// Mean of the splits' scores.
    pub mean: f64,
    /// Standard deviation between splits, of the population (divisor: number of splits), as the field reports it.
    pub std: f64,
}

/// How images are split, and what is reported of the splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splits {
    /// The number of splits; 10 are usual.
    pub count: usize,
    /// Which images are in which split.
    pub parts: Parts,
    /// The divisor of the deviation between splits.
    pub deviation: Deviation,
}

/// Which images are in which split, where their number is no multiple of that of the splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Splits differ by at most one image.
    Even,
    /// Splits are as large as the rounded-up share, as PyTorch's `chunk` makes them: the last is smaller, and there may be fewer.
    Chunks,
    /// Splits are as large as the rounded-down share, and the images that remain are left out.
    Floor,
}

/// The divisor of a deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// The number n of values.
    Population,
    /// n − 1.
    Sample,
}

impl Splits {
    /// As many splits that differ by at most one image, and the deviation of the population.
    pub fn even(count: usize) -> Self {
        Self { count, parts: Parts::Even, deviation: Deviation::Population }
    }

    /// The place of each split among `n` images.
    fn ranges(self, n: usize) -> Vec<Range<usize>> {
        let count = self.count;
        match self.parts {
            Parts::Even => (0..count).map(|split| split * n / count..(split + 1) * n / count).collect(),
            Parts::Chunks => {
                let size = n.div_ceil(count);
                (0..n.div_ceil(size)).map(|split| split * size..((split + 1) * size).min(n)).collect()
            }
            Parts::Floor => (0..count).map(|split| split * (n / count)..(split + 1) * (n / count)).collect(),
        }
    }
}

/// The inception score of `logits [n, classes]`, row-major, over `splits` parts (10 are usual) of the images in this `order`.
///
/// Parts differ by at most one image. Images that are sorted by class need a random order.
///
/// # Errors
/// Fewer images in `order` than splits, zero splits, an index beyond the images, values that are not finite.
///
/// # Panics
/// Where `classes` is zero or the number of logits is not a multiple of it.
pub fn inception_score(
    logits: &[f32],
    classes: usize,
    splits: usize,
    order: &[usize],
) -> Result<InceptionScore, MetricError> {
    inception_score_of(logits, classes, Splits::even(splits), order)
}

/// The [`inception_score`] over splits of this kind.
///
/// # Errors
/// Those of [`inception_score`].
///
/// # Panics
/// Those of [`inception_score`].
pub fn inception_score_of(
    logits: &[f32],
    classes: usize,
    splits: Splits,
    order: &[usize],
) -> Result<InceptionScore, MetricError> {
    assert!(
        classes > 0 && logits.len().is_multiple_of(classes),
        "the number of logits is not a multiple of {classes} classes"
    );
    let (count, n) = (logits.len() / classes, order.len());
    if splits.count == 0 {
        return Err(MetricError::Zero("the number of splits"));
    }
    check_count("an inception score of one image per split", splits.count, n)?;
    if let Some(&index) = order.iter().find(|index| **index >= count) {
        return Err(MetricError::Index { index, count });
    }
    check_rows_finite(logits, classes)?;
    let ranges = splits.ranges(n);
    let divisor = match splits.deviation {
        Deviation::Population => ranges.len(),
        // A single split has no deviation.
        Deviation::Sample => (ranges.len() - 1).max(1),
    };
    let scores: Vec<f64> = ranges.par_iter().map(|range| score(logits, classes, &order[range.clone()])).collect();
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / divisor as f64;
    Ok(InceptionScore { mean, std: variance.sqrt() })
}

/// The score of one part: `E KL = E Σ p ln p − Σ q ln q` with `q = E p`.
fn score(logits: &[f32], classes: usize, images: &[usize]) -> f64 {
    let partial: Vec<Sums> = images.par_chunks(ROWS).map(|images| Sums::of(logits, classes, images)).collect();
    let count = images.len() as f64;
    let conditional = partial.iter().map(|sums| sums.negentropy).sum::<f64>() / count;
    let share = |class: usize| partial.iter().map(|sums| sums.shares[class]).sum::<f64>() / count;
    // A class of zero probability adds nothing.
    let marginal: f64 = (0..classes).map(share).filter(|q| *q > 0.0).map(|q| q * q.ln()).sum();
    (conditional - marginal).exp()
}

/// Sums over several images.
struct Sums {
    /// Σ p ln p.
    negentropy: f64,
    /// Σ p of each class.
    shares: Vec<f64>,
}

impl Sums {
    fn of(logits: &[f32], classes: usize, images: &[usize]) -> Self {
        let mut sums = Self { negentropy: 0.0, shares: vec![0.0; classes] };
        let mut exponentials = vec![0.0; classes];
        images.iter().for_each(|image| sums.add(&logits[image * classes..][..classes], &mut exponentials));
        sums
    }

    fn add(&mut self, logits: &[f32], exponentials: &mut [f64]) {
        let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let (mut total, mut weighted) = (0.0, 0.0);
        for (exponential, logit) in exponentials.iter_mut().zip(logits) {
            let below = f64::from(*logit) - largest;
            *exponential = below.exp();
            total += *exponential;
            weighted += *exponential * below;
        }
        self.negentropy += weighted / total - total.ln();
        let scale = 1.0 / total;
        self.shares.iter_mut().zip(&*exponentials).for_each(|(share, p)| *share += p * scale);
    }
}
