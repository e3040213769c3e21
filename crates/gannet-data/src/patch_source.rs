//! Small squares cut at random out of the images of a set, as a set of their own: many samples of what few images look like
//! from near by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gannet_ops::random::Stream;
use image::DynamicImage;

use crate::source::{Inspected, read_image};
use crate::sources::fnv;
use crate::{DataError, Source};

/// Decoded images are kept up to so many bytes, since each is cut many times.
const KEPT: usize = 512 << 20;

/// Squares out of a set's images, the images in turn; where depends on the number and the seed alone, so that two sets of one
/// shape are cut in the same places.
pub struct PatchSource {
    source: Arc<dyn Source>,
    count: usize,
    side: usize,
    seed: u64,
    kept: Mutex<Kept>,
}

/// Decoded images by number, and their bytes.
#[derive(Default)]
struct Kept {
    images: HashMap<usize, Arc<DynamicImage>>,
    bytes: usize,
}

impl PatchSource {
    /// `count` squares of `side × side` pixels.
    pub fn new(source: Arc<dyn Source>, count: usize, side: usize, seed: u64) -> Self {
        Self { source, count, side, seed, kept: Mutex::default() }
    }

    /// An image of the set.
    fn whole(&self, at: usize) -> Result<Arc<DynamicImage>, DataError> {
        // A thread that failed between two of its statements leaves at most an image too few.
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = kept().images.get(&at) {
            return Ok(image.clone());
        }
        let image = Arc::new(read_image(self.source.as_ref(), at)?);
        let (mut kept, bytes) = (kept(), image.as_bytes().len());
        if kept.bytes + bytes <= KEPT && !self.source.in_memory() && kept.images.insert(at, image.clone()).is_none() {
            kept.bytes += bytes;
        }
        Ok(image)
    }
}

impl Source for PatchSource {
    fn len(&self) -> usize {
        self.count
    }

    fn name(&self, index: usize) -> String {
        format!("patch {index} of {}", self.source.name(index % self.source.len()))
    }

    fn classes(&self) -> &[String] {
        &[]
    }

    fn label(&self, _: usize) -> Option<usize> {
        None
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let image = self.whole(index % self.source.len())?;
        let side = self.side as u32;
        let (width, height) = (image.width(), image.height());
        if width < side || height < side {
            let reason = format!("its {width}×{height} pixels hold no patch of {side}×{side}: give larger images");
            return Err(DataError::broken(self.source.name(index % self.source.len()), reason));
        }
        let mut stream = Stream::new(self.seed, "patches", index as u64);
        let mut at = |length: u32| stream.below((length - side + 1) as usize) as u32;
        let (left, top) = (at(width), at(height));
        Ok(Inspected::plain(image.crop_imm(left, top, side, side)))
    }

    fn fingerprint(&self) -> u64 {
        let of = [self.source.fingerprint(), self.count as u64, self.side as u64, self.seed];
        of.iter().fold(crate::sources::FNV_START, |hash, part| fnv(hash, &part.to_le_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    fn two_sets_of_one_shape_are_cut_in_the_same_places() {
        let [filled, outlined] =
            ["shapes", "shapes-outlined"].map(|name| crate::open(name, Split::Test, 0, 24).unwrap());
        let patches = |source: &Arc<dyn Source>, seed| PatchSource::new(source.clone(), 30_000, 8, seed);
        let image = |patches: &PatchSource, at| patches.read(at).unwrap().to_rgb8();
        // Image 7 comes again after all others, cut elsewhere.
        let [once, again] = [7, 10_007].map(|at| image(&patches(&filled, 0), at));
        assert!(once.dimensions() == (8, 8) && once != again);
        assert_ne!(once, image(&patches(&filled, 1), 7));
        let whole = outlined.read(7).unwrap().to_rgb8();
        let mut stream = Stream::new(0, "patches", 7);
        let [left, top] = [(); 2].map(|()| stream.below(17) as u32);
        let cut = image::imageops::crop_imm(&whole, left, top, 8, 8).to_image();
        assert_eq!(image(&patches(&outlined, 0), 7), cut);
        assert!(PatchSource::new(filled, 1, 25, 0).read(0).is_err());
    }
}
