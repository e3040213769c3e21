//! Layouts of images in the files of a store.

use std::path::Path;
use std::sync::Arc;

use super::store::Store;
use crate::{DataError, LayoutChoice, Source, Split};

/// A layout of images in files: one image per file, or many.
pub(crate) trait Format: Sync {
    /// What messages call files of the format, such as `MNIST idx files`.
    fn name(&self) -> &'static str;

    /// What it is, in one line.
    fn summary(&self) -> &'static str;

    /// Whether a file holds one image. Formats with many images per file take precedence at the same depth of folders.
    fn one_image_per_file(&self) -> bool {
        false
    }

    /// Whether a file of this path is named like one of the format.
    fn has_name(&self, path: &str) -> bool;

    /// Whether a file that starts with these bytes is one of the format, whatever its name.
    fn has_content(&self, _head: &[u8]) -> bool {
        false
    }

    /// The images of a split; `None` if the store holds no set of this format. `layout` serves files of one image each.
    fn open(
        &self,
        store: &Arc<dyn Store>,
        split: Split,
        layout: LayoutChoice,
    ) -> Result<Option<Arc<dyn Source>>, DataError>;

    /// Whether a single file of this path may be a whole set.
    fn is_set(&self, _path: &Path) -> bool {
        false
    }

    /// What a single file is and what to give instead of it, if it belongs to this format.
    fn single_file(&self, _path: &str, _head: &[u8]) -> Option<&'static str> {
        None
    }

    /// What a file of this path is and what to give instead, if it is a variant of the format that cannot be read.
    fn unsupported_variant(&self, _path: &str) -> Option<&'static str> {
        None
    }

    /// A small set with training and test images.
    #[cfg(test)]
    fn example(&self) -> Example;
}

/// A small set of a format.
#[cfg(test)]
pub(crate) struct Example {
    /// path and content of its files
    pub files: Vec<(&'static str, Vec<u8>)>,
    /// training and test images
    pub counts: [usize; 2],
}
