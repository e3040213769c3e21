//! What a data set is to the rest of Gannet, and how a user's word becomes one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use image::DynamicImage;

use crate::sources::digits::Digits;
use crate::sources::shapes::{Shapes, Style};
use crate::sources::store;
use crate::{DataError, Split};

/// Images by number, any of which can be read at any time from any thread.
pub trait Source: Send + Sync {
    /// How many images there are, broken ones included.
    fn len(&self) -> usize;

    /// Whether there is no image; [`open`] never returns such a source.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What to call an image in messages: its path inside the set, or `train[17]`.
    fn name(&self, index: usize) -> String;

    /// The names of the classes; empty where the set is unlabelled.
    fn classes(&self) -> &[String];

    /// Which class an image belongs to.
    fn label(&self, index: usize) -> Option<usize>;

    /// One image with its orientation applied, otherwise as stored; refused if it breaks a limit.
    fn read(&self, index: usize) -> Result<DynamicImage, DataError> {
        Ok(self.inspect(index)?.image)
    }

    /// One image and how the file stores it.
    fn inspect(&self, index: usize) -> Result<Inspected, DataError>;

    /// Whether decoded images lie in memory already, so that keeping them again would gain nothing.
    fn in_memory(&self) -> bool {
        false
    }

    /// A hash of names and sizes (of seed and version for built-in sets): tells whether a set changed between two
    /// runs, without reading it.
    fn fingerprint(&self) -> u64;
}

/// One image as [`Source::read`] gives it; a panic in its decoder is that image's error.
///
/// # Errors
/// The image is broken or breaks a limit.
pub fn read_image(source: &dyn Source, index: usize) -> Result<DynamicImage, DataError> {
    guarded(source, index, || source.read(index))
}

/// One image as [`Source::inspect`] gives it; a panic in its decoder is that image's error.
pub(crate) fn inspect_image(source: &dyn Source, index: usize) -> Result<Inspected, DataError> {
    guarded(source, index, || source.inspect(index))
}

fn guarded<T>(source: &dyn Source, index: usize, read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(DataError::broken(source.name(index), "the decoder failed on it")))
}

/// An image and how its file stores it.
pub struct Inspected {
    /// the decoded image
    pub image: DynamicImage,
    /// the stored mode: `RGB8`, `L16`, `palette`, …
    pub mode: String,
}

impl Inspected {
    /// An image whose stored mode is its decoded one.
    pub(crate) fn plain(image: DynamicImage) -> Self {
        let mode = crate::decode::mode_name(image.color().into());
        Self { image, mode }
    }
}

/// Whether `spec` names a set that needs no files.
pub fn is_built_in(spec: &str) -> bool {
    spec == "digits" || Style::named(spec).is_some()
}

/// The data set a user names: `digits`, `shapes`, `shapes-striped`, `shapes-hatched`, `shapes-outlined` or a path.
///
/// `seed` serves the built-in sets, `size` (the side in pixels) `shapes` only. A path may be a folder of images, a
/// folder of class folders, either with `train` and `test`/`val` folders around it, a .zip, .tar or .tar.gz of any of
/// these, MNIST idx files or CIFAR binary batches. A set without a test part answers [`Split::Test`] with
/// [`DataError::NoSplit`].
pub fn open(spec: &str, split: Split, seed: u64, size: usize) -> Result<Arc<dyn Source>, DataError> {
    match (spec, Style::named(spec)) {
        ("digits", _) => Ok(Arc::new(Digits::new(split, seed))),
        (_, Some(style)) => Ok(Arc::new(Shapes::new(style, split, seed, size)?)),
        (path, None) => store::open(Path::new(path), split),
    }
}
