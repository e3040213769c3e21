//! Random crops of the images of a data set: many training samples from a few large images.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gannet_ops::random::Stream;

use crate::fingerprint::{self, fnv_numbers};
use crate::{DataError, Inspected, Source, inspect_image};

/// The most bytes of decoded images that are cached, since each is cropped many times.
const MAX_CACHED: usize = 512 << 20;

/// Random square crops (patches) of a data set's images, which take turns.
///
/// The position of a crop depends on its index and the seed alone, so that two sets of images of equal sizes are
/// cropped in the same places.
pub struct PatchSource {
    source: Arc<dyn Source>,
    count: usize,
    side: usize,
    seed: u64,
    cache: Mutex<Cache>,
}

/// Decoded images by index, and their size in bytes.
#[derive(Default)]
struct Cache {
    images: HashMap<usize, Arc<Inspected>>,
    bytes: usize,
}

impl PatchSource {
    /// `count` crops of `side × side` pixels.
    pub fn new(source: Arc<dyn Source>, count: usize, side: usize, seed: u64) -> Self {
        Self { source, count, side, seed, cache: Mutex::default() }
    }

    /// The image of the set from which a crop is taken.
    fn whole(&self, at: usize) -> Result<Arc<Inspected>, DataError> {
        // A thread that panicked while it held the lock leaves the cache consistent, at most with a wrong number of
        // bytes.
        let cache = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = cache().images.get(&at) {
            return Ok(image.clone());
        }
        let image = Arc::new(inspect_image(self.source.as_ref(), at)?);
        let (mut cache, bytes) = (cache(), image.image.as_bytes().len());
        if cache.bytes + bytes <= MAX_CACHED
            && !self.source.in_memory()
            && cache.images.insert(at, image.clone()).is_none()
        {
            cache.bytes += bytes;
        }
        Ok(image)
    }
}

impl Source for PatchSource {
    fn len(&self) -> usize {
        self.count
    }

    fn image_count(&self) -> usize {
        self.source.image_count().min(self.count)
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

    fn warnings(&self) -> Vec<String> {
        self.source.warnings()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let whole = self.whole(index % self.source.len())?;
        let image = &whole.image;
        let side = self.side as u32;
        let (width, height) = (image.width(), image.height());
        if width < side || height < side {
            let reason =
                format!("its {width}×{height} pixels are smaller than a patch of {side}×{side}; give larger images");
            return Err(DataError::broken(self.source.name(index % self.source.len()), reason));
        }
        let mut stream = Stream::new(self.seed, "patches", index as u64);
        let mut at = |length: u32| stream.below((length - side + 1) as usize) as u32;
        let (left, top) = (at(width), at(height));
        Ok(Inspected::plain(image.crop_imm(left, top, side, side)).noted(whole.notes.clone()))
    }

    fn fingerprint(&self) -> u64 {
        let parts = [self.source.fingerprint(), self.count as u64, self.side as u64, self.seed];
        fnv_numbers(fingerprint::EMPTY, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    #[test]
    fn two_sets_of_equal_sizes_are_cropped_in_the_same_places() {
        let [filled, outlined] =
            ["shapes", "shapes-outlined"].map(|name| crate::open(name, Split::Test, 0, 24).unwrap());
        let patches = |source: &Arc<dyn Source>, seed| PatchSource::new(source.clone(), 30_000, 8, seed);
        let image = |patches: &PatchSource, at| patches.read(at).unwrap().to_rgb8();
        // Image 7 takes its turn again after all others, with another crop.
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
