//! CIFAR-10 and CIFAR-100 in their binary version.
//!
//! A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. A record is one label byte (two for
//! CIFAR-100: coarse, then fine) and 3 × 32 × 32 bytes, plane by plane.

use std::sync::Arc;

use gannet_choice::Choice;
use image::{DynamicImage, RgbImage};

use super::file_labels::empty_classes;
#[cfg(test)]
use super::format::Example;
use super::format::Format;
use super::store::Store;
use crate::fingerprint::{self, fnv};
use crate::{DataError, Inspected, Layout, LayoutChoice, Source, Split};

const SIDE: usize = 32;
const PIXELS: usize = 3 * SIDE * SIDE;

/// The most bytes of batches, all of which are kept in memory; the published sets have 150 MB.
const MAX_BATCHES: u64 = 1 << 30;

/// The records of a split, kept as bytes.
struct Cifar {
    split: Split,
    /// bytes of labels before each image; the last one is the label
    label_bytes: usize,
    data: Vec<u8>,
    classes: Vec<String>,
    layout: Layout,
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// How many label bytes a record has in the file of this name, if it is one of the split.
fn label_bytes(name: &str, split: Split) -> Option<usize> {
    match (name, split) {
        ("train.bin", Split::Train) | ("test.bin", Split::Test) => Some(2),
        ("test_batch.bin", Split::Test) => Some(1),
        (name, Split::Train) if name.starts_with("data_batch_") && name.ends_with(".bin") => Some(1),
        _ => None,
    }
}

/// The format of CIFAR-10 and CIFAR-100.
pub(crate) struct CifarBatches;

impl Format for CifarBatches {
    fn name(&self) -> &'static str {
        "CIFAR binary batches"
    }

    fn summary(&self) -> &'static str {
        "the binary version of CIFAR-10 or CIFAR-100"
    }

    fn has_name(&self, path: &str) -> bool {
        let name = file_name(path);
        Split::ALL.iter().any(|split| label_bytes(name, *split).is_some())
    }

    fn open(
        &self,
        store: &Arc<dyn Store>,
        split: Split,
        _layout: LayoutChoice,
    ) -> Result<Option<Arc<dyn Source>>, DataError> {
        let store = store.as_ref();
        let entries = store.entries();
        if !entries.iter().any(|entry| self.has_name(&entry.path)) {
            return Ok(None);
        }
        let mut files: Vec<(&str, usize, usize)> = (entries.iter().enumerate())
            .filter_map(|(index, e)| Some((e.path.as_str(), index, label_bytes(file_name(&e.path), split)?)))
            .collect();
        files.sort_unstable();
        let Some(&(_, _, label_bytes)) = files.first() else {
            return Err(split.missing(store.path().display().to_string()));
        };
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        if let Some(other) = files.iter().find(|file| folder(file.0) != folder(files[0].0)) {
            return Err(DataError::two_sets(store.path(), files[0].0, other.0));
        }
        let mut cifar = Cifar { split, label_bytes, data: Vec::new(), classes: Vec::new(), layout: Layout::default() };
        for (path, index, _) in files.iter().filter(|file| file.2 == label_bytes) {
            cifar.append(&store.path().join(path).display().to_string(), &store.bytes(*index, MAX_BATCHES)?)?;
        }
        cifar.classes = class_names(store, &cifar);
        cifar.layout = Layout::new(self.name(), format!("{} has images", files[0].0));
        let labels: Vec<usize> = (0..cifar.len()).map(|index| cifar.label_of(index)).collect();
        cifar.layout.notes.extend(empty_classes(&cifar.classes, &labels));
        Ok(Some(Arc::new(cifar)))
    }

    fn unsupported_variant(&self, path: &str) -> Option<&'static str> {
        path.ends_with("data_batch_1").then_some("CIFAR's Python files; download its binary version instead")
    }

    #[cfg(test)]
    fn example(&self) -> Example {
        let batch = |labels: &[u8]| labels.iter().flat_map(|label| [&[*label][..], &[9; PIXELS]].concat()).collect();
        let files = vec![
            ("cifar/data_batch_1.bin", batch(&[1, 0])),
            ("cifar/data_batch_2.bin", batch(&[1])),
            ("cifar/test_batch.bin", batch(&[0, 1])),
            ("cifar/batches.meta.txt", b"airplane\nautomobile\n".to_vec()),
        ];
        Example { files, counts: [3, 2] }
    }
}

impl Cifar {
    fn record(&self) -> usize {
        self.label_bytes + PIXELS
    }

    fn append(&mut self, name: &str, batch: &[u8]) -> Result<(), DataError> {
        if batch.is_empty() || !batch.len().is_multiple_of(self.record()) {
            let reason = format!("{} bytes are not a whole number of records of {} bytes", batch.len(), self.record());
            return Err(DataError::damaged(name, reason));
        }
        if (self.data.len() + batch.len()) as u64 > MAX_BATCHES {
            return Err(DataError::too_large(
                name,
                format!("all batches together have more than {} MiB", MAX_BATCHES >> 20),
            ));
        }
        self.data.extend_from_slice(batch);
        Ok(())
    }

    fn label_of(&self, index: usize) -> usize {
        usize::from(self.data[index * self.record() + self.label_bytes - 1])
    }
}

/// The names in the file that accompanies the batches; numbers for classes that it does not name.
fn class_names(store: &dyn Store, cifar: &Cifar) -> Vec<String> {
    let wanted = if cifar.label_bytes == 1 { "batches.meta.txt" } else { "fine_label_names.txt" };
    let index = store.entries().iter().position(|entry| file_name(&entry.path) == wanted);
    let text = index.and_then(|index| store.bytes(index, 1 << 16).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut names: Vec<String> = text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    let count = (0..cifar.len()).map(|index| cifar.label_of(index) + 1).max().unwrap_or(0);
    for class in names.len()..count {
        names.push(class.to_string());
    }
    names
}

impl Source for Cifar {
    fn len(&self) -> usize {
        self.data.len() / self.record()
    }

    fn name(&self, index: usize) -> String {
        format!("{}[{index}]", self.split.word())
    }

    fn layout(&self) -> Option<&Layout> {
        Some(&self.layout)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> Option<usize> {
        Some(self.label_of(index))
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let end = (index + 1) * self.record();
        let planes = &self.data[end - PIXELS..end];
        let area = SIDE * SIDE;
        let pixels = (0..area).flat_map(|at| [planes[at], planes[area + at], planes[2 * area + at]]).collect();
        let image = RgbImage::from_raw(SIDE as u32, SIDE as u32, pixels);
        let image = image.ok_or_else(|| DataError::broken(self.name(index), "its size does not fit its data"))?;
        Ok(Inspected::plain(DynamicImage::ImageRgb8(image)))
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn fingerprint(&self) -> u64 {
        fnv(fnv(fingerprint::EMPTY, self.split.word().as_bytes()), &self.data)
    }
}
