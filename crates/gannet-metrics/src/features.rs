//! Feature vectors of a set of images, and the checks that metrics share.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use crate::MetricError;

/// Feature vectors of a set of images, `[n, dims]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    dims: usize,
    values: Vec<f32>,
}

impl Features {
    /// The features in `values [n, dims]`, row-major.
    ///
    /// # Panics
    /// Where `dims` is zero or the number of values is not a multiple of it.
    pub fn new(dims: usize, values: Vec<f32>) -> Self {
        assert!(dims > 0, "an image needs at least one feature");
        assert_eq!(values.len() % dims, 0, "the number of values is not a multiple of {dims} features");
        Self { dims, values }
    }

    /// Number of images.
    pub fn count(&self) -> usize {
        self.values.len() / self.dims
    }

    /// Number of features of an image.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The features of one image, `[dims]`.
    ///
    /// # Panics
    /// Where `image` is not below [`Self::count`].
    pub fn row(&self, image: usize) -> &[f32] {
        &self.values[image * self.dims..][..self.dims]
    }

    /// The features of each image, `[dims]`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dims)
    }

    /// All values `[n, dims]`, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Checks that all values are finite.
    ///
    /// # Errors
    /// [`MetricError::NotFinite`] with the first image that has a value which is not.
    pub fn check_finite(&self) -> Result<(), MetricError> {
        check_rows_finite(&self.values, self.dims)
    }
}

/// For each image of several sets, which have equally many features: the number, counted through all sets, of the first image
/// with equal features.
pub(crate) fn first_equal(sets: &[&Features]) -> Vec<Vec<usize>> {
    // Adding zero makes both zeros one.
    let key = |row: &[f32]| -> Vec<u32> { row.iter().map(|value| (value + 0.0).to_bits()).collect() };
    let mut first: HashMap<u64, Vec<(usize, &[f32])>> = HashMap::new();
    let mut number = 0;
    let mut of_row = |row| {
        let mut hasher = DefaultHasher::new();
        key(row).hash(&mut hasher);
        let same_hash = first.entry(hasher.finish()).or_default();
        let found = same_hash.iter().find(|(_, other)| *other == row).map(|(first, _)| *first);
        let first = found.unwrap_or_else(|| {
            same_hash.push((number, row));
            number
        });
        number += 1;
        first
    };
    sets.iter().map(|set| set.rows().map(&mut of_row).collect()).collect()
}

/// Checks that all rows of `values [n, width]` are finite; the error names the first that is not.
pub(crate) fn check_rows_finite(values: &[f32], width: usize) -> Result<(), MetricError> {
    // A product with zero is zero for finite values only, and a sum of such products needs no branch.
    let finite = |row: &[f32]| row.iter().map(|value| value * 0.0).sum::<f32>() == 0.0;
    match values.par_chunks(width).position_first(|row| !finite(row)) {
        Some(image) => Err(MetricError::NotFinite(image)),
        None => Ok(()),
    }
}

/// Checks that two sets have at least `needed` images each, equally many features, and finite values.
pub(crate) fn check_pair(metric: &'static str, needed: usize, a: &Features, b: &Features) -> Result<(), MetricError> {
    if a.dims != b.dims {
        return Err(MetricError::Dims(a.dims, b.dims));
    }
    for set in [a, b] {
        check_count(metric, needed, set.count())?;
        set.check_finite()?;
    }
    Ok(())
}

/// Checks that there are at least `needed` images.
pub(crate) fn check_count(metric: &'static str, needed: usize, found: usize) -> Result<(), MetricError> {
    if found < needed { Err(MetricError::TooFew { metric, needed, found }) } else { Ok(()) }
}
