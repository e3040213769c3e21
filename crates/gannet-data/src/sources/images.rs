//! Image files in a folder or archive.

use super::store::{MAX_ENTRY, Store};
use super::tree::{self, Tree};
use super::{FNV_START, fnv};
use crate::decode;
use crate::source::Inspected;
use crate::{DataError, Source, Split};

/// The image files of one split of a store.
pub(crate) struct Images {
    store: Box<dyn Store>,
    tree: Tree,
    fingerprint: u64,
}

impl Images {
    /// Finds them by the rules in [`tree`].
    pub fn new(store: Box<dyn Store>, split: Split) -> Result<Self, DataError> {
        let path = store.path().display().to_string();
        let images = tree::images(store.as_ref());
        if images.is_empty() {
            return Err(DataError::Empty { path, hint: hint(store.as_ref()) });
        }
        let tree = tree::arrange(images, split).ok_or_else(|| split.missing(path))?;
        let fingerprint = tree.images.iter().fold(FNV_START, |hash, &index| {
            let entry = &store.entries()[index];
            fnv(fnv(hash, entry.path.as_bytes()), &entry.size.to_le_bytes())
        });
        Ok(Self { store, tree, fingerprint })
    }
}

/// What a place without images holds instead.
fn hint(store: &dyn Store) -> String {
    let entries = store.entries();
    let archives = entries.iter().filter(|entry| entry.path.ends_with(".zip") || entry.path.ends_with("gz")).count();
    match entries {
        [] => " and no other file".to_owned(),
        _ if entries.iter().any(|entry| entry.path.ends_with("data_batch_1")) => {
            " but CIFAR's Python files; fetch the binary version instead".to_owned()
        }
        _ if archives > 1 => format!(" but {archives} archives; name the one you mean"),
        [only] => format!(" (its only file is {})", only.path),
        [first, ..] => format!(" ({} other files, such as {})", entries.len(), first.path),
    }
}

impl Source for Images {
    fn len(&self) -> usize {
        self.tree.images.len()
    }

    fn name(&self, index: usize) -> String {
        self.store.entries()[self.tree.images[index]].path.clone()
    }

    fn classes(&self) -> &[String] {
        &self.tree.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        self.tree.labels.get(index).copied()
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let number = self.tree.images[index];
        let bytes = self.store.bytes(number, MAX_ENTRY)?;
        decode::inspect(&self.store.entries()[number].path, &bytes)
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}
