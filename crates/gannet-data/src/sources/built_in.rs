//! Sets that are drawn on demand: they take no memory and need no download.

use std::sync::Arc;

use gannet_choice::Choice;
use gannet_ops::random::Stream;

use crate::fingerprint::{self, fnv};
use crate::{DataError, Source, Split};

/// A set that Gannet draws itself. An image is a function of seed, split and index.
pub(crate) trait BuiltIn: Sync {
    /// What a user writes.
    fn name(&self) -> &'static str;

    /// What the images show, in one line.
    fn summary(&self) -> &'static str;

    /// The images of a seed; `size` is the side in pixels, for sets that can be drawn at any size.
    fn open(&self, split: Split, seed: u64, size: usize) -> Result<Arc<dyn Source>, DataError>;
}

/// The difference between the steps of the random streams of training and test images.
const TEST_OFFSET: u64 = 1 << 32;

/// The random stream of an image; the sets of one `stream` name draw from the same numbers.
pub(crate) fn image_stream(stream: &str, split: Split, seed: u64, index: usize) -> Stream {
    let offset = match split {
        Split::Train => 0,
        Split::Test => TEST_OFFSET,
    };
    Stream::new(seed, stream, offset + index as u64)
}

/// The name of an image of a built-in set: `shapes train[17]`.
pub(crate) fn image_name(set: &str, split: Split, index: usize) -> String {
    format!("{set} {split}[{index}]")
}

/// The fingerprint of a set; `version` is raised whenever its drawing changes.
pub(crate) fn set_fingerprint(set: &str, version: u8, split: Split, seed: u64) -> u64 {
    let hash = fnv(fnv(fingerprint::EMPTY, set.as_bytes()), &[version]);
    fnv(fnv(hash, split.word().as_bytes()), &seed.to_le_bytes())
}
