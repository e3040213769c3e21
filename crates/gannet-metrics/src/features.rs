//! What a network sees in a set of images.

use rayon::prelude::*;

use crate::MetricError;

/// Vectors of features, one an image: `[n, dims]`, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    dims: usize,
    values: Vec<f32>,
}

impl Features {
    /// Of `values [n, dims]`, row-major.
    ///
    /// # Panics
    /// Where `dims` is zero or the values do not fill whole rows.
    pub fn new(dims: usize, values: Vec<f32>) -> Self {
        assert!(dims > 0, "an image has at least one feature");
        assert_eq!(values.len() % dims, 0, "features do not fill {dims} columns");
        Self { dims, values }
    }

    /// How many images.
    pub fn count(&self) -> usize {
        self.values.len() / self.dims
    }

    /// How many features an image has.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// The features of one image, `[dims]`.
    ///
    /// # Panics
    /// Where there is no such image.
    pub fn row(&self, image: usize) -> &[f32] {
        &self.values[image * self.dims..][..self.dims]
    }

    /// The features of each image in turn.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dims)
    }

    /// All values `[n, dims]`, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// # Errors
    /// [`MetricError::NotFinite`] with the first image that has a value which is not a finite number.
    pub fn check_finite(&self) -> Result<(), MetricError> {
        check_rows_finite(&self.values, self.dims)
    }
}

/// The first row of `values [n, width]` that is not finite is an error.
pub(crate) fn check_rows_finite(values: &[f32], width: usize) -> Result<(), MetricError> {
    // A product with zero is zero for finite numbers alone, and a sum of these needs no branch.
    let finite = |row: &[f32]| row.iter().map(|value| value * 0.0).sum::<f32>() == 0.0;
    match values.par_chunks(width).position_first(|row| !finite(row)) {
        Some(image) => Err(MetricError::NotFinite(image)),
        None => Ok(()),
    }
}

/// Two sets of at least `needed` images each, of the same features, all finite; or why not.
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

/// At least `needed` of them, or why not.
pub(crate) fn check_count(metric: &'static str, needed: usize, found: usize) -> Result<(), MetricError> {
    if found < needed { Err(MetricError::TooFew { metric, needed, found }) } else { Ok(()) }
}
