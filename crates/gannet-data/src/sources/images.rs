//! Image files in a folder or archive, one file per image.

use std::sync::Arc;

#[cfg(test)]
use super::format::Example;
use super::format::Format;
use super::store::{MAX_ENTRY, Store};
use super::tree::{self, Tree};
use crate::decode;
use crate::fingerprint::{self, fnv};
use crate::{DataError, Inspected, Source, Split};

/// The format of image files, in class folders or not.
pub(crate) struct ImageFiles;

impl Format for ImageFiles {
    fn name(&self) -> &'static str {
        "image files"
    }

    fn summary(&self) -> &'static str {
        "PNG, JPEG, WebP, BMP and TIFF images, also in class folders and with train and test (or val) folders"
    }

    fn one_image_per_file(&self) -> bool {
        true
    }

    fn has_name(&self, path: &str) -> bool {
        tree::has_image_name(path)
    }

    fn has_content(&self, head: &[u8]) -> bool {
        decode::is_image(head)
    }

    fn open(&self, store: &Arc<dyn Store>, split: Split) -> Result<Option<Arc<dyn Source>>, DataError> {
        let images = tree::images(store.as_ref());
        if images.is_empty() {
            return Ok(None);
        }
        let tree = tree::arrange(images, split).ok_or_else(|| split.missing(store.path().display().to_string()))?;
        let fingerprint = tree.images.iter().fold(fingerprint::EMPTY, |hash, &index| {
            let entry = &store.entries()[index];
            fnv(fnv(hash, entry.path.as_bytes()), &entry.size.to_le_bytes())
        });
        Ok(Some(Arc::new(Images { store: Arc::clone(store), tree, fingerprint })))
    }

    fn single_file(&self, _path: &str, head: &[u8]) -> Option<&'static str> {
        self.has_content(head).then_some("a single image; give the folder it is in")
    }

    #[cfg(test)]
    fn example(&self) -> Example {
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let paths = [
            "set/train/cat/a.png",
            "set/train/dog/a.png",
            "set/train/dog/b.png",
            "set/val/cat/a.png",
            "set/val/dog/a.png",
        ];
        Example { files: paths.map(|path| (path, png.get_ref().clone())).to_vec(), counts: [3, 2] }
    }
}

/// The image files of one split of a store.
struct Images {
    store: Arc<dyn Store>,
    tree: Tree,
    fingerprint: u64,
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
