//! The interface of every data set: images by number.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use image::DynamicImage;

use crate::{DataError, Decoding, Inspected, Layout};

/// A data set: images by number, readable in any order from any thread.
pub trait Source: Send + Sync {
    /// How many images there are, broken ones included.
    fn len(&self) -> usize;

    /// Whether there are no images; [`open`](crate::open) never returns such a source.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most images that can be broken: fewer than [`Source::len`] where samples are parts of one image.
    fn image_count(&self) -> usize {
        self.len()
    }

    /// The image's name in messages: its path inside the set, or `train[17]`.
    fn name(&self, index: usize) -> String;

    /// The image's name without its class and split: what both images of a pair have in common.
    fn name_in_class(&self, index: usize) -> String {
        self.name(index)
    }

    /// What the files of the set were taken for; `None` for sets whose format leaves no choice.
    fn layout(&self) -> Option<&Layout> {
        None
    }

    /// What a user should know of the set before training, one line each.
    fn warnings(&self) -> Vec<String> {
        self.layout().map(Layout::warnings).unwrap_or_default()
    }

    /// The names of the classes; empty for a set without labels.
    fn classes(&self) -> &[String];

    /// The image's class, an index into [`Source::classes`]; `None` without a label.
    fn label(&self, index: usize) -> Option<usize>;

    /// Decodes an image in sRGB and applies its EXIF orientation; size and mode stay as stored.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or exceeds a limit.
    fn read(&self, index: usize) -> Result<DynamicImage, DataError> {
        Ok(self.inspect(index)?.image)
    }

    /// Decodes an image as [`Source::read`] does, and says how the file stores it.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or exceeds a limit.
    fn inspect(&self, index: usize) -> Result<Inspected, DataError>;

    /// This set with its image files decoded in another way; `None` for sets of plain values, which all programs read alike.
    fn decoded_as(&self, _decoding: Decoding) -> Option<Arc<dyn Source>> {
        None
    }

    /// Whether decoded images lie in memory already, so that caching them would gain nothing.
    fn in_memory(&self) -> bool {
        false
    }

    /// A hash by which a changed set is noticed between two runs, without reading all of it.
    ///
    /// Files are hashed by name and size, built-in sets by name, version and seed.
    fn fingerprint(&self) -> u64;
}

/// Reads an image as [`Source::read`] does; a panic of its decoder becomes an error.
///
/// # Errors
/// The image is broken or exceeds a limit.
pub fn read_image(source: &dyn Source, index: usize) -> Result<DynamicImage, DataError> {
    guarded(|| source.name(index), || source.read(index))
}

/// Reads an image as [`Source::inspect`] does; a panic of its decoder becomes an error.
///
/// # Errors
/// The image is broken or exceeds a limit.
pub fn inspect_image(source: &dyn Source, index: usize) -> Result<Inspected, DataError> {
    guarded(|| source.name(index), || source.inspect(index))
}

/// What `read` gives; its panic becomes an error that calls the image by `name`.
pub(crate) fn guarded<T>(
    name: impl FnOnce() -> String,
    read: impl FnOnce() -> Result<T, DataError>,
) -> Result<T, DataError> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(DataError::broken(name(), "the decoder crashed on it")))
}
