//! MNIST's idx files (also Fashion-MNIST, KMNIST, EMNIST), plain or gzipped.
//!
//! Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits": a magic number that says type and
//! rank (0x0803 images, 0x0801 labels), the dimensions as big-endian 32-bit numbers, then the bytes.

use std::io::Read;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use gannet_choice::Choice;
use image::{DynamicImage, GrayImage};

use super::file_labels::empty_classes;
#[cfg(test)]
use super::format::Example;
use super::format::Format;
use super::store::Store;
use crate::fingerprint::{self, fnv};
use crate::{DataError, Inspected, Layout, LayoutChoice, Source, Split};

/// The most bytes of an unpacked idx file, all of which are kept in memory.
const MAX_IDX: u64 = 2 << 30;

/// The format of MNIST and its successors.
pub(crate) struct IdxFiles;

impl Format for IdxFiles {
    fn name(&self) -> &'static str {
        "MNIST idx files"
    }

    fn summary(&self) -> &'static str {
        "the idx files of MNIST, Fashion-MNIST, KMNIST or EMNIST, plain or as .gz"
    }

    fn has_name(&self, path: &str) -> bool {
        let name = file_name(path);
        name.contains("ubyte") && (name.contains("idx1") || name.contains("idx3"))
    }

    fn open(
        &self,
        store: &Arc<dyn Store>,
        split: Split,
        _layout: LayoutChoice,
    ) -> Result<Option<Arc<dyn Source>>, DataError> {
        let store = store.as_ref();
        let mut files: Vec<(usize, &str)> = (store.entries().iter().map(|entry| entry.path.as_str()).enumerate())
            .filter(|(_, path)| self.has_name(path))
            .collect();
        files.sort_unstable_by_key(|(_, path)| *path);
        if !files.iter().any(|(_, path)| path.contains("idx3")) {
            return Ok(None);
        }
        let images: Vec<_> = files.iter().filter(|(_, path)| path.contains("idx3") && is_of(path, split)).collect();
        let (index, path) = match images.as_slice() {
            [] => return Err(split.missing(store.path().display().to_string())),
            [only] => only,
            // A file and its unpacked copy.
            [first, second] if first.1.trim_end_matches(".gz") == second.1.trim_end_matches(".gz") => first,
            [first, second, ..] => return Err(DataError::two_sets(store.path(), first.1, second.1)),
        };
        let wanted = label_name(path);
        let labels = files.iter().find(|(_, path)| label_name(path) == wanted && path.contains("idx1"));
        let of_set = |path: &str| split_free(&label_name(path));
        let of_both = files.iter().filter(|(_, path)| path.contains("idx1") && of_set(path) == of_set(&wanted));
        let of_both: Vec<usize> = of_both.map(|(index, _)| *index).collect();
        Ok(Some(Arc::new(Idx::load(store, split, *index, labels.map(|(index, _)| *index), &of_both)?)))
    }

    fn single_file(&self, path: &str, head: &[u8]) -> Option<&'static str> {
        let belongs = match head {
            [0x1F, 0x8B, ..] => self.has_name(path),
            head => matches!(head, [0, 0, 8, 1 | 3, ..]),
        };
        belongs.then_some("one file of an MNIST set; give its folder")
    }

    #[cfg(test)]
    fn example(&self) -> Example {
        let images = |count: u8| {
            [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 1][..], &vec![7; 2 * count as usize]].concat()
        };
        let labels = |labels: &[u8]| [&[0, 0, 8, 1, 0, 0, 0, labels.len() as u8][..], labels].concat();
        let files = vec![
            ("mnist/train-images-idx3-ubyte", images(3)),
            ("mnist/train-labels-idx1-ubyte", labels(&[1, 0, 1])),
            ("mnist/t10k-images-idx3-ubyte", images(2)),
            ("mnist/t10k-labels-idx1-ubyte", labels(&[0, 1])),
        ];
        Example { files, counts: [3, 2] }
    }
}

/// Images of one size, kept as bytes.
struct Idx {
    split: Split,
    width: u32,
    height: u32,
    pixels: Vec<u8>,
    labels: Vec<u8>,
    classes: Vec<String>,
    layout: Layout,
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase()
}

fn is_of(path: &str, split: Split) -> bool {
    let name = file_name(path);
    let test = name.contains("t10k") || name.contains("test");
    test == (split == Split::Test)
}

/// The path of the labels that belong to some images, without the parts of it that vary.
fn label_name(path: &str) -> String {
    path.trim_end_matches(".gz").replace("images", "labels").replace("idx3", "idx1").replace('.', "-")
}

/// The path of labels without the word of their split.
fn split_free(path: &str) -> String {
    path.replace("t10k", "train").replace("test", "train")
}

/// Whether classes are counted from 1, as the letters of EMNIST: no image of either split has label 0.
fn counts_from_one(store: &dyn Store, labels: &[u8], of_both: &[usize]) -> Result<bool, DataError> {
    if labels.iter().min() != Some(&1) {
        return Ok(false);
    }
    for &index in of_both {
        if read(store, index, 1)?.1.contains(&0) {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Idx {
    /// Loads images and their labels; `of_both` are the files of labels of both splits.
    fn load(
        store: &dyn Store,
        split: Split,
        images: usize,
        labels: Option<usize>,
        of_both: &[usize],
    ) -> Result<Self, DataError> {
        let (sizes, pixels) = read(store, images, 3)?;
        let [count, height, width] = [sizes[0], sizes[1], sizes[2]];
        let mut labels = match labels {
            Some(index) => read(store, index, 1)?.1,
            None => Vec::new(),
        };
        let name = full_name(store, images);
        if count == 0 || width == 0 || height == 0 {
            return Err(DataError::Empty { path: name, hint: format!(" ({count} of {width}×{height} pixels)") });
        }
        if !labels.is_empty() && labels.len() != count as usize {
            let reason = format!("{count} images but {} labels in the file of labels", labels.len());
            return Err(DataError::damaged(name, reason));
        }
        let classes = labels.iter().max().map_or(0, |&last| usize::from(last) + 1);
        let first = usize::from(counts_from_one(store, &labels, of_both)?);
        labels.iter_mut().for_each(|label| *label -= first as u8);
        let classes: Vec<String> = (first..classes).map(|class| class.to_string()).collect();
        let mut layout = Layout::new(IdxFiles.name(), format!("{} has the images", store.entries()[images].path));
        let numbers: Vec<usize> = labels.iter().map(|&label| label.into()).collect();
        layout.notes.extend(empty_classes(&classes, &numbers));
        Ok(Self { split, width, height, pixels, labels, classes, layout })
    }

    fn image_size(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

fn full_name(store: &dyn Store, index: usize) -> String {
    store.path().join(&store.entries()[index].path).display().to_string()
}

/// The dimensions and bytes of an idx file of this rank.
fn read(store: &dyn Store, index: usize, rank: usize) -> Result<(Vec<u32>, Vec<u8>), DataError> {
    let name = full_name(store, index);
    let damaged = |reason: String| DataError::damaged(&name, reason);
    let mut bytes = Vec::new();
    let gzipped = store.head(index).starts_with(&[0x1F, 0x8B]);
    store
        .read_with(index, &mut |reader| match gzipped {
            true => MultiGzDecoder::new(reader).take(MAX_IDX + 1).read_to_end(&mut bytes).map(|_| ()),
            false => reader.take(MAX_IDX + 1).read_to_end(&mut bytes).map(|_| ()),
        })
        .map_err(|error| damaged(error.reason()))?;
    if bytes.len() as u64 > MAX_IDX {
        return Err(DataError::too_large(name, format!("more than {} MiB, the limit for idx files", MAX_IDX >> 20)));
    }
    let head = 4 + 4 * rank;
    if bytes.len() < head || bytes[..3] != [0, 0, 8] || usize::from(bytes[3]) != rank {
        let found = bytes.get(..4).map_or("nothing".to_owned(), |magic| format!("{magic:02x?}"));
        let reason = format!("an idx file of rank {rank} starts with [00, 00, 08, 0{rank}], this one with {found}");
        return Err(damaged(reason));
    }
    let (numbers, _) = bytes[4..head].as_chunks::<4>();
    let sizes: Vec<u32> = numbers.iter().map(|&number| u32::from_be_bytes(number)).collect();
    let wanted = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size as usize));
    let rest = bytes.split_off(head);
    if wanted != Some(rest.len()) {
        let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
        return Err(damaged(format!("its header says {} bytes, it holds {}", sizes.join("×"), rest.len())));
    }
    Ok((sizes, rest))
}

impl Source for Idx {
    fn len(&self) -> usize {
        self.pixels.len() / self.image_size()
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
        self.labels.get(index).map(|&label| usize::from(label))
    }

    fn inspect(&self, index: usize) -> Result<Inspected, DataError> {
        let size = self.image_size();
        let pixels = self.pixels[index * size..(index + 1) * size].to_vec();
        let image = GrayImage::from_raw(self.width, self.height, pixels);
        let image = image.ok_or_else(|| DataError::broken(self.name(index), "its size does not fit its data"))?;
        Ok(Inspected::plain(DynamicImage::ImageLuma8(image)))
    }

    fn in_memory(&self) -> bool {
        true
    }

    fn fingerprint(&self) -> u64 {
        // The files are in memory, so their content is hashed, not only their size.
        let hash = fnv(fingerprint::EMPTY, self.split.word().as_bytes());
        let hash = fnv(fnv(hash, &self.width.to_le_bytes()), &self.pixels);
        fnv(hash, &self.labels)
    }
}
