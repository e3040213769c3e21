//! The images of a data set at another size, each with its own aspect ratio.
//!
//! For style transfer the size decides how large the strokes of a painting are in the patches that are cropped from it.

use std::sync::Arc;

use image::DynamicImage;

use crate::fingerprint::{self, fnv_numbers};
use crate::{DataError, Inspected, Pixels, Source, inspect_image};

/// The longest side of a resized image in pixels, whatever its aspect ratio.
const MAX_SIDE: usize = 8192;

/// The images of a data set, converted to RGB and resized.
pub struct ResizedSource {
    source: Arc<dyn Source>,
    longer: usize,
    least: usize,
}

impl ResizedSource {
    /// Resizes each image to `longer` pixels along its longer side, or keeps its size if `longer` is 0; and enlarges it
    /// further if a side would be shorter than `least`.
    pub fn new(source: Arc<dyn Source>, longer: usize, least: usize) -> Self {
        Self { source, longer, least }
    }

    /// The new width and height of an image with the width and height `own`.
    fn sides(&self, own: [usize; 2]) -> [usize; 2] {
        let [shortest, longest] = [own[0].min(own[1]), own[0].max(own[1])].map(|side| side as f64);
        let wanted = if self.longer == 0 { 1.0 } else { self.longer as f64 / longest };
        let scale = wanted.max(self.least as f64 / shortest);
        own.map(|side| ((side as f64 * scale).round() as usize).clamp(self.least, MAX_SIDE))
    }
}

impl Source for ResizedSource {
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

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.source.label(index)
    }

    fn warnings(&self) -> Vec<String> {
        self.source.warnings()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let inspected = inspect_image(self.source.as_ref(), index)?;
        let pixels = Pixels::from_image(&inspected.image).convert(3);
        let [width, height] = self.sides([pixels.width, pixels.height]);
        let image: Option<DynamicImage> = pixels.resize(width, height).into_image();
        let failed = || DataError::broken(self.source.name(index), "it cannot be resized");
        Ok(Inspected::plain(image.ok_or_else(failed)?).noted(inspected.notes))
    }

    fn fingerprint(&self) -> u64 {
        let parts = [self.source.fingerprint(), self.longer as u64, self.least as u64];
        fnv_numbers(fingerprint::EMPTY, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    fn images_keep_their_aspect_ratio_and_are_as_large_as_a_patch() {
        let source = crate::open("shapes", Split::Test, 0, 24).unwrap();
        let scaled = |longer, least| ResizedSource::new(source.clone(), longer, least);
        assert_eq!(scaled(256, 128).sides([1280, 1014]), [256, 203]);
        assert_eq!(scaled(256, 128).sides([1000, 250]), [512, 128]);
        assert_eq!(scaled(0, 128).sides([1280, 1014]), [1280, 1014]);
        assert_eq!(scaled(0, 128).sides([64, 96]), [128, 192]);
        let image = scaled(40, 32).read(3).unwrap();
        assert_eq!((image.width(), image.height()), (40, 40));
        assert_ne!(scaled(40, 32).fingerprint(), scaled(41, 32).fingerprint());
    }
}
