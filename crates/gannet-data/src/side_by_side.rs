//! Images that are two images side by side, as pix2pix trains on.

use std::sync::Arc;

use crate::source::inspect_image;
use crate::{DataError, Inspected, Source};

/// So many images, spread over the set, are looked at before training.
const PROBES: usize = 8;
/// The part of the width by which it may differ from twice the height.
const TOLERANCE: f64 = 0.05;

/// A data set whose images are about twice as wide as high. An image of another shape is broken: half of a photograph is
/// not the partner of its other half.
pub struct SideBySide {
    source: Arc<dyn Source>,
}

impl SideBySide {
    /// Looks at some images first. `remedy` says what to do where they are no pairs.
    ///
    /// # Errors
    /// None of these images is a pair.
    pub fn new(source: Arc<dyn Source>, remedy: &str) -> Result<Self, DataError> {
        let (len, pairs) = (source.len(), Self { source });
        let step = len.div_ceil(PROBES).max(1);
        let mut first = None;
        for index in (0..len).step_by(step) {
            // What cannot be read says nothing; training reports it.
            let Ok(inspected) = inspect_image(pairs.source.as_ref(), index) else { continue };
            match pairs.checked(index, inspected) {
                Ok(_) => return Ok(pairs),
                Err(error) => first = first.or(Some(error)),
            }
        }
        match first {
            Some(error) => Err(DataError::Setting(format!("{}: {}; {remedy}", pairs.name(0), error.reason()))),
            None => Ok(pairs),
        }
    }

    fn checked(&self, index: usize, inspected: Inspected) -> Result<Inspected, DataError> {
        let (width, height) = (inspected.image.width(), inspected.image.height());
        let difference = f64::from(width) - 2.0 * f64::from(height);
        if difference.abs() <= TOLERANCE * f64::from(width) {
            return Ok(inspected);
        }
        let reason = format!("its {width}×{height} pixels are not two squares side by side, so it is no pair");
        Err(DataError::broken(self.name(index), reason))
    }
}

impl Source for SideBySide {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn image_count(&self) -> usize {
        self.source.image_count()
    }

    fn name(&self, index: usize) -> String {
        self.source.name(index)
    }

    fn name_in_class(&self, index: usize) -> String {
        self.source.name_in_class(index)
    }

    fn warnings(&self) -> Vec<String> {
        self.source.warnings()
    }

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.source.label(index)
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        self.checked(index, self.source.inspect(index)?)
    }

    fn in_memory(&self) -> bool {
        self.source.in_memory()
    }

    fn fingerprint(&self) -> u64 {
        self.source.fingerprint()
    }
}
