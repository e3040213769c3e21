//! The images of a set at another size, each in its own shape, so that squares cut out of them show strokes as wide as they are to be
//! seen.

use std::sync::Arc;

use image::DynamicImage;

use crate::source::{Inspected, read_image};
use crate::sources::{FNV_START, fnv};
use crate::transforms::Pixels;
use crate::{DataError, Source};

/// No side becomes longer than so many pixels, whatever the image's shape.
const LONGEST: usize = 8192;

/// Images of a set in colour, as large as they are wanted.
pub struct ResizedSource {
    source: Arc<dyn Source>,
    longer: usize,
    least: usize,
}

impl ResizedSource {
    /// Each with its longer side at `longer` pixels, or as it is where that is 0; larger where a side would be below `least`.
    pub fn new(source: Arc<dyn Source>, longer: usize, least: usize) -> Self {
        Self { source, longer, least }
    }

    /// Width and height of an image of that width and height.
    fn sides(&self, own: [usize; 2]) -> [usize; 2] {
        let [shortest, longest] = [own[0].min(own[1]), own[0].max(own[1])].map(|side| side as f64);
        let wanted = if self.longer == 0 { 1.0 } else { self.longer as f64 / longest };
        let scale = wanted.max(self.least as f64 / shortest);
        own.map(|side| ((side as f64 * scale).round() as usize).clamp(self.least, LONGEST))
    }
}

impl Source for ResizedSource {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn name(&self, index: usize) -> String {
        self.source.name(index)
    }

    fn classes(&self) -> &[String] {
        self.source.classes()
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.source.label(index)
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let pixels = Pixels::from_image(&read_image(self.source.as_ref(), index)?).convert(3);
        let [width, height] = self.sides([pixels.width, pixels.height]);
        let image: Option<DynamicImage> = pixels.resize(width, height).into_image();
        let failed = || DataError::broken(self.source.name(index), "it cannot be made of another size");
        Ok(Inspected::plain(image.ok_or_else(failed)?))
    }

    fn fingerprint(&self) -> u64 {
        let of = [self.source.fingerprint(), self.longer as u64, self.least as u64];
        of.iter().fold(FNV_START, |hash, part| fnv(hash, &part.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    fn images_keep_their_shape_and_hold_what_is_cut_out_of_them() {
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
