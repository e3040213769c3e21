//! Images and labels in NumPy's arrays: `.npy` files in a folder, or those inside an `.npz`, as MedMNIST and Keras have them.
//!
//! The words of a name say what an array is: `train_images`, `x_train`, `y_test`, `val_labels`.

use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use gannet_formats::npy_header::NpyHeader;

use super::array_images::{ArrayImages, ImageShape};
use super::file_labels::empty_classes;
#[cfg(test)]
use super::format::Example;
use super::format::Format;
use super::labels::MAX_CLASS;
use super::split_words::{Role, split_of, words};
use super::store::Store;
use super::tree;
use crate::{DataError, Layout, LayoutChoice, Source, Split};

/// The most bytes of an array of labels.
const MAX_LABELS: u64 = 1 << 30;
const IMAGES: [&str; 10] = ["images", "image", "imgs", "img", "x", "data", "arr", "pixels", "samples", "train"];
const LABELS: [&str; 9] = ["labels", "label", "y", "targets", "target", "classes", "class", "cls", "fine"];
const ANNOTATIONS: [&str; 6] = ["mask", "masks", "segmentation", "segmentations", "seg", "depth"];

/// The format of NumPy arrays.
pub(crate) struct NumpyArrays;

impl Format for NumpyArrays {
    fn name(&self) -> &'static str {
        "NumPy arrays"
    }

    fn summary(&self) -> &'static str {
        "arrays of bytes of shape n×h×w, n×h×w×c or n×c×h×w with their labels, in .npy files or an .npz, as MedMNIST has them"
    }

    fn has_name(&self, path: &str) -> bool {
        path.to_ascii_lowercase().ends_with(".npy")
    }

    fn open(
        &self,
        store: &Arc<dyn Store>,
        split: Split,
        _layout: LayoutChoice,
    ) -> Result<Option<Arc<dyn Source>>, DataError> {
        let store = store.as_ref();
        // Arrays beside image files are something else: features, latents, masks.
        if store.entries().iter().any(|entry| tree::has_image_name(&entry.path)) {
            return Ok(None);
        }
        let mut arrays = Vec::new();
        for (index, entry) in store.entries().iter().enumerate().filter(|(_, entry)| self.has_name(&entry.path)) {
            arrays.push(Array::read(store, index, &entry.path)?);
        }
        arrays.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        if !arrays.iter().any(|array| array.images.is_ok()) {
            return refused(store, &arrays);
        }
        let images = images_of(store, &arrays, split)?;
        let shape = images.images.clone().map_err(|reason| DataError::not_data(&images.path, reason))?;
        let mut set = ArrayImages::load(store, images.index, shape, split)?;
        set.layout = Layout::new(self.name(), format!("{} has the {}", images.path, shape.words()));
        label(store, &arrays, images, &mut set)?;
        Ok(Some(Arc::new(set)))
    }

    fn is_set(&self, path: &Path) -> bool {
        self.has_name(&path.to_string_lossy())
    }

    #[cfg(test)]
    fn example(&self) -> Example {
        let array = |kind: char, shape: &[usize], numbers: Vec<u8>| {
            let element = gannet_formats::npy_header::Element { kind, size: 1, big_endian: false };
            [NpyHeader { element, shape: shape.to_vec(), fortran_order: false }.bytes(), numbers].concat()
        };
        let images = |count: usize| array('u', &[count, 2, 5, 3], (0..30 * count as u8).collect());
        let files = vec![
            ("set/train_images.npy", images(3)),
            ("set/train_labels.npy", array('i', &[3, 1], vec![1, 0, 1])),
            ("set/test_images.npy", images(2)),
            ("set/test_labels.npy", array('i', &[2], vec![0, 1])),
        ];
        Example { files, counts: [3, 2] }
    }
}

/// One array of a set.
struct Array {
    index: usize,
    path: String,
    header: NpyHeader,
    role: Option<Role>,
    /// what its name says besides the split, in small letters
    words: Vec<String>,
    /// its images, or why it has none
    images: Result<ImageShape, String>,
}

impl Array {
    fn read(store: &dyn Store, index: usize, path: &str) -> Result<Self, DataError> {
        let mut header = None;
        store.read_with(index, &mut |reader| {
            header = Some(NpyHeader::read(reader)?);
            Ok(())
        })?;
        let header = header.ok_or_else(|| DataError::damaged(path, "it cannot be read"))?;
        let parts: Vec<&str> = path.split('/').map(|part| part.trim_end_matches(".npy")).collect();
        let role = parts.iter().rev().find_map(|part| Some(split_of(part)?.0));
        let words = parts.iter().flat_map(|part| words(part)).map(|word| word.to_lowercase()).collect();
        let images = images_in(&header);
        Ok(Self { index, path: path.to_owned(), header, role, words, images })
    }

    fn has_word(&self, known: &[&str]) -> bool {
        self.words.iter().any(|word| known.contains(&word.as_str()))
    }

    /// Whether it may hold one whole number per image.
    fn is_labels(&self, count: usize) -> bool {
        self.is_column()
            && self.header.shape.first() == Some(&count)
            && self.header.element.is_whole()
            && self.has_word(&LABELS)
    }

    /// The words of its name besides the split.
    fn own_words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).filter(|word| split_of(word).is_none()).collect()
    }

    /// Whether it has one number a row: n, n×1, or n×1×1×1 as in PatchCamelyon.
    fn is_column(&self) -> bool {
        self.header.shape.split_first().is_some_and(|(_, rest)| rest.iter().all(|side| *side == 1))
    }

    fn what(&self) -> String {
        format!("{} ({} of {})", self.path, self.header.element.word(), self.header.sides())
    }
}

fn images_in(header: &NpyHeader) -> Result<ImageShape, String> {
    let shape = ImageShape::of(&header.shape)?;
    match header.element.word() {
        _ if header.fortran_order => Err("it is in Fortran order; save np.ascontiguousarray of it".to_owned()),
        word if word == "uint8" => Ok(shape),
        word => Err(format!("its numbers are {word}; save them as uint8 from 0 to 255")),
    }
}

/// Why none of these arrays has images.
fn refused(store: &dyn Store, arrays: &[Array]) -> Result<Option<Arc<dyn Source>>, DataError> {
    let likely = |array: &&Array| ImageShape::of(&array.header.shape).is_ok();
    let Some(array) = arrays.iter().find(likely).or_else(|| arrays.iter().max_by_key(|array| array.header.shape.len()))
    else {
        return Ok(None);
    };
    let reason = array.images.clone().err().unwrap_or_default();
    let what = format!("NumPy arrays without images: {}: {reason}", array.what());
    Err(DataError::not_data(store.path().display().to_string(), what))
}

/// The array with the images of a split.
fn images_of<'a>(store: &dyn Store, arrays: &'a [Array], split: Split) -> Result<&'a Array, DataError> {
    let images: Vec<&Array> = arrays.iter().filter(|array| array.images.is_ok()).collect();
    let plain: Vec<&Array> = images.iter().copied().filter(|array| !array.has_word(&ANNOTATIONS)).collect();
    let images = if plain.is_empty() { images } else { plain };
    let of = |role: Option<Role>| images.iter().copied().filter(|array| array.role == role).collect::<Vec<_>>();
    let found = match split {
        Split::Train if of(Some(Role::Train)).is_empty() => of(None),
        Split::Train => of(Some(Role::Train)),
        Split::Test if of(Some(Role::Test)).is_empty() => of(Some(Role::Validation)),
        Split::Test => of(Some(Role::Test)),
    };
    let named: Vec<&Array> = found.iter().copied().filter(|array| array.has_word(&IMAGES)).collect();
    match (found.as_slice(), named.as_slice()) {
        ([], _) => Err(split.missing(store.path().display().to_string())),
        ([only], _) | (_, [only]) => Ok(only),
        ([first, second, ..], _) => Err(DataError::two_sets(store.path(), &first.path, &second.path)),
    }
}

/// Finds the labels of some images, and says what is not used.
fn label(store: &dyn Store, arrays: &[Array], images: &Array, set: &mut ArrayImages) -> Result<(), DataError> {
    let of_split = |array: &&Array| array.role == images.role && array.index != images.index;
    let found: Vec<&Array> = arrays.iter().filter(of_split).filter(|array| array.is_labels(set.shape.count)).collect();
    let others = arrays.iter().filter(of_split).filter(|array| found.len() != 1 || array.index != found[0].index);
    for array in others {
        let reason = match array.images {
            _ if array.is_labels(set.shape.count) => "one of several arrays of labels",
            _ if array.has_word(&LABELS) => "not one whole number per image",
            Ok(_) => "other images",
            Err(_) => "",
        };
        set.layout.leave_out(array.what(), reason, 1);
    }
    if let [labels] = found.as_slice() {
        let numbers = numbers(store, labels)?;
        let range = range_of_splits(store, arrays, labels, &numbers)?;
        if *range.start() < 0 || *range.end() > MAX_CLASS as i128 {
            let (first, last) = range.into_inner();
            let note = format!("{} has numbers from {first} to {last}, which are no classes: not used", labels.path);
            set.layout.notes.push(note);
            return Ok(());
        }
        // Classes are counted from 1 where no split has a zero.
        let first = usize::from(*range.start() == 1);
        set.labels = numbers.iter().map(|&number| number as usize - first).collect();
        set.classes = (first..=*range.end() as usize).map(|class| class.to_string()).collect();
        set.layout.reason = format!("{}; {} has the labels", set.layout.reason, labels.path);
        set.layout.notes.extend(empty_classes(&set.classes, &set.labels));
    }
    Ok(())
}

/// The least and the largest label of all splits, so that a class has the same number in each.
fn range_of_splits(
    store: &dyn Store,
    arrays: &[Array],
    labels: &Array,
    own: &[i128],
) -> Result<RangeInclusive<i128>, DataError> {
    let (mut least, mut most) = (i128::MAX, i128::MIN);
    let mut widen = |numbers: &[i128]| {
        for &number in numbers {
            (least, most) = (least.min(number), most.max(number));
        }
    };
    widen(own);
    let alike = |array: &&Array| {
        array.is_column() && array.header.element.is_whole() && array.own_words() == labels.own_words()
    };
    for array in arrays.iter().filter(|array| array.index != labels.index).filter(alike) {
        widen(&numbers(store, array)?);
    }
    Ok(least..=most)
}

/// The numbers of an array.
fn numbers(store: &dyn Store, array: &Array) -> Result<Vec<i128>, DataError> {
    let name = || store.path().join(&array.path).display().to_string();
    let length = array.header.length().filter(|length| *length <= MAX_LABELS);
    let length = length.ok_or_else(|| DataError::too_large(name(), "more than 1 GiB of labels"))?;
    let mut bytes = Vec::new();
    store.read_with(array.index, &mut |reader| {
        NpyHeader::read(reader)?;
        reader.take(length).read_to_end(&mut bytes).map(|_| ())
    })?;
    if bytes.len() as u64 != length {
        return Err(DataError::damaged(name(), format!("it has {} bytes of {length}", bytes.len())));
    }
    Ok(bytes.chunks_exact(array.header.element.size).map(|number| array.header.element.whole(number)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gannet_formats::npy_header::Element;

    fn npy(kind: char, size: usize, shape: &[usize], numbers: &[u8]) -> Vec<u8> {
        let element = Element { kind, size, big_endian: false };
        [NpyHeader { element, shape: shape.to_vec(), fortran_order: false }.bytes(), numbers.to_vec()].concat()
    }

    fn opened(files: &[(&str, Vec<u8>)], split: Split) -> Result<Arc<dyn Source>, String> {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(root.path().join(name), bytes).unwrap();
        }
        crate::open(root.path().to_str().unwrap(), split, 0, 16).map_err(|error| error.to_string())
    }

    #[test]
    fn names_say_which_array_has_images_labels_and_which_split() {
        let keras = [
            ("x_train.npy", npy('u', 1, &[3, 2, 2], &[5; 12])),
            ("y_train.npy", npy('u', 1, &[3], &[4, 0, 2])),
            ("x_test.npy", npy('u', 1, &[1, 2, 2], &[7; 4])),
            ("y_test.npy", npy('u', 1, &[1, 1, 1, 1], &[1])),
        ];
        let train = opened(&keras, Split::Train).unwrap();
        assert_eq!((train.len(), train.classes().len(), train.label(0), train.label(2)), (3, 5, Some(4), Some(2)));
        assert!(train.warnings()[0].contains("2 of 5 classes have no images: 1, 3"), "{:?}", train.warnings());
        let test = opened(&keras, Split::Test).unwrap();
        assert_eq!((test.read(0).unwrap().to_luma8().as_raw().as_slice(), test.label(0)), (&[7; 4][..], Some(1)));
        assert_eq!(test.classes(), train.classes(), "a class has the same number in both splits");
        // MedMNIST has validation images, too; without test images they test.
        let medical = [
            ("train_images.npy", npy('u', 1, &[2, 2, 2, 3], &[5; 24])),
            ("train_labels.npy", npy('i', 8, &[2, 1], &[1_i64.to_le_bytes(), 2_i64.to_le_bytes()].concat())),
            ("val_images.npy", npy('u', 1, &[4, 2, 2, 3], &[5; 48])),
        ];
        let train = opened(&medical, Split::Train).unwrap();
        assert_eq!((train.classes(), train.label(1)), (&["1".to_owned(), "2".to_owned()][..], Some(1)));
        assert_eq!(opened(&medical, Split::Test).unwrap().len(), 4);
    }

    #[test]
    fn labels_that_are_no_classes_are_reported_and_not_used() {
        let with = |labels: Vec<u8>| {
            let images = npy('u', 1, &[2, 2, 2], &[5; 8]);
            opened(&[("images.npy", images), ("labels.npy", labels)], Split::Train).unwrap()
        };
        let several = with(npy('u', 1, &[2, 14], &[1; 28]));
        assert!(several.classes().is_empty() && several.warnings()[0].contains("not one whole number per image"));
        let negative = with(npy('i', 1, &[2], &[255, 3]));
        assert!(negative.label(0).is_none() && negative.warnings()[0].contains("from -1 to 3"));
    }

    #[test]
    fn arrays_without_images_are_refused_with_what_they_hold() {
        let error = |array| opened(&[("images.npy", array)], Split::Train).map(|_| ()).unwrap_err();
        assert!(error(npy('f', 4, &[2, 2, 2], &[0; 32])).contains("float32; save them as uint8 from 0 to 255"));
        assert!(error(npy('u', 1, &[2, 9], &[0; 18])).contains("uint8 of 2×9"));
        assert!(error(npy('u', 1, &[2, 2, 2], &[0; 7])).contains("cut short"));
        assert!(error(npy('u', 1, &[2, 28, 28, 28], &[])).contains("no axis has 1, 3 or 4 channels"));
    }

    #[test]
    fn arrays_beside_image_files_are_left_out() {
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
        let files = [("a.png", png.into_inner()), ("features.npy", npy('f', 4, &[1, 2], &[0; 8]))];
        let set = opened(&files, Split::Train).unwrap();
        assert_eq!(set.len(), 1);
        assert_eq!(set.layout().unwrap().left_out[0].what, ".npy");
    }
}
