//! Files that hold other files: archives, and tables of images.

use std::path::Path;
use std::sync::Arc;

use super::store::Store;
use crate::DataError;

/// How many first bytes of a file a container is recognized by.
pub(crate) const HEAD: u64 = 512;

/// A kind of archive.
pub(crate) trait Container: Sync {
    /// The usual extensions in lower case, such as `.zip`.
    fn extensions(&self) -> &'static [&'static str];

    /// What it is, in one line.
    fn summary(&self) -> &'static str;

    /// Whether a file that starts with these bytes, at most [`HEAD`], is such an archive.
    fn recognizes(&self, head: &[u8]) -> bool;

    /// Lists the files of an archive.
    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError>;

    /// The first extension, by which messages name the container.
    fn name(&self) -> &'static str {
        self.extensions().first().copied().unwrap_or_default()
    }

    /// An archive of these files, given by path and content; nothing for tables, which do not hold any file.
    #[cfg(test)]
    fn pack(&self, _files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
        None
    }
}
