//! How folders become splits and classes, by equal rules on disk and inside archives.
//!
//! - `train` next to `test` (or `val`, `valid`, …) are the two splits, also as a word of longer names:
//!   [`split_words`](super::split_words).
//! - Folders that each hold `train` and `test` are classes.
//! - Two or more folders of images, with no image next to them, are the classes; their names are the folders' names.
//! - A single folder around everything has no meaning: its contents count.
//! - If images lie next to folders or there are no folders, the set has no labels and holds all images below.
//! - `masks` or `labels` next to `images` are no images, and `LQ` or `LR` next to `GT` or `HR` are copies in low resolution.
//! - Folders of one letter that hold folders of that letter sort the classes of Places365; the cities of Cityscapes are no
//!   classes.

use std::collections::{BTreeMap, BTreeSet};

use super::split_words::{Splits, class_names, has_word, reason_left_out, splits};
use super::store::Store;
use crate::{Layout, Split};

const IMAGE: [&str; 15] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif", "tiff",
    // These cannot be decoded, but reporting them as broken is better than ignoring them.
    "gif", "avif", "heic", "heif", "jxl",
];
/// Folders of images, next to which the others of a set hold annotations.
const IMAGE_FOLDERS: [&str; 6] = ["images", "image", "imgs", "img", "jpegimages", "leftimg8bit"];
const ANNOTATION_FOLDERS: [&str; 14] = [
    "annotations",
    "annotation",
    "labels",
    "label",
    "masks",
    "mask",
    "gt",
    "gtfine",
    "gtcoarse",
    "segmentationclass",
    "segmentationobject",
    "segmentations",
    "segmentation",
    "depth",
];

/// Folders of high resolution, and of low resolution next to them.
const HIGH: [&str; 3] = ["gt", "hr", "hq"];
const LOW: [&str; 2] = ["lq", "lr"];
/// What Caltech 101 holds besides its classes.
const CLUTTER: &str = "BACKGROUND_Google";
/// The end of the names of Cityscapes, whose folders are cities.
const CITYSCAPES: &str = "_leftImg8bit.png";

/// An image: the part of its path that has not been understood yet, and its place in the store.
pub(crate) type Image<'a> = (&'a str, usize);

/// The images of one split in sorted order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// indices of the store's entries, sorted by path
    pub images: Vec<usize>,
    /// each image's path inside its split and class
    pub names: Vec<String>,
    /// sorted names; empty without labels
    pub classes: Vec<String>,
    /// the class of each image; empty without labels
    pub labels: Vec<usize>,
    /// what the folders were taken for
    pub layout: Layout,
}

impl Tree {
    /// Keeps these images alone.
    pub fn retain(&mut self, kept: &[bool]) {
        retain(&mut self.images, kept);
        retain(&mut self.names, kept);
        retain(&mut self.labels, kept);
    }
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next().copied().unwrap_or_default());
}

/// Whether a file has an image's extension.
pub(crate) fn has_image_name(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| IMAGE.contains(&end.to_ascii_lowercase().as_str()))
}

/// The images of a store, sorted by path: files with an image's extension, and files that are images by content.
pub(crate) fn images(store: &dyn Store) -> Vec<(&str, usize)> {
    let entries = store.entries().iter().enumerate();
    let is_image = |index, path: &str| has_image_name(path) || crate::decode::is_image(&store.head(index));
    let mut images: Vec<_> =
        entries.filter(|(index, e)| is_image(*index, &e.path)).map(|(index, e)| (e.path.as_str(), index)).collect();
    images.sort_unstable();
    images
}

/// Whether folders say which images are of which split.
pub(crate) fn has_split_folders(tree: &Tree) -> bool {
    tree.layout.name.contains("split")
}

/// Finds the images of a split, and their labels, among all images; `None` if the folders lack this split.
pub(crate) fn arrange(images: Vec<(&str, usize)>, split: Split) -> Option<Tree> {
    let known = match split {
        Split::Train => Vec::new(),
        // Test images have the numbers of the training images' classes.
        Split::Test => arrange_split(images.clone(), Split::Train, &[]).map(|tree| tree.classes).unwrap_or_default(),
    };
    arrange_split(images, split, &known)
}

fn arrange_split(mut images: Vec<Image<'_>>, split: Split, known: &[String]) -> Option<Tree> {
    let mut layout = Layout::new("images", "no folder says more");
    let mut split_found = false;
    loop {
        images = without_annotations(images, &mut layout);
        images = without_low_resolution(images, &mut layout);
        let folders: BTreeSet<&str> = images.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        let loose = images.iter().any(|(path, _)| !path.contains('/'));
        let groups = if split_found { Vec::new() } else { splits(&folders) };
        if let [only] = groups.as_slice() {
            images = inside_split(&images, only, split, known, &mut layout)?;
            split_found = true;
        } else if groups.len() > 1 {
            return several_sets(&images, &groups, split, known, layout);
        } else if loose {
            return (split_found || split == Split::Train).then(|| unlabeled(images, layout, !folders.is_empty()));
        } else if let Some(nested) = (!split_found).then(|| nested_splits(&images, &folders)).flatten() {
            return classes_of_splits(&images, &nested, split, known, layout);
        } else if folders.len() == 1 && !known.iter().any(|class| folders.contains(class.as_str())) {
            images = inside(&images, folders.first().copied().unwrap_or_default());
        } else if folders.iter().all(|folder| is_scale(folder)) {
            layout.notes.push(format!("{} are scales, not classes; give one of these folders", list(&folders)));
            return (split_found || split == Split::Train).then(|| unlabeled(images, layout, true));
        } else if images.iter().all(|(path, _)| path.ends_with(CITYSCAPES)) {
            layout.notes.push("the folders of Cityscapes are cities, not classes".to_owned());
            return (split_found || split == Split::Train).then(|| unlabeled(images, layout, true));
        } else {
            return (split_found || split == Split::Train).then(|| labeled(images, known, layout));
        }
    }
}

/// Without the folders of annotations, where a folder of images lies next to them.
fn without_annotations<'a>(images: Vec<Image<'a>>, layout: &mut Layout) -> Vec<Image<'a>> {
    let is = |folder: &str, words: &[&str]| words.contains(&folder.to_ascii_lowercase().as_str());
    let top = |path: &'a str| path.split_once('/').map_or("", |(folder, _)| folder);
    if !images.iter().any(|(path, _)| is(top(path), &IMAGE_FOLDERS)) {
        return images;
    }
    let (annotations, images): (Vec<_>, Vec<_>) =
        images.into_iter().partition(|(path, _)| is(top(path), &ANNOTATION_FOLDERS));
    leave_out_folders(&annotations, "annotations of the images next to them", layout);
    images
}

/// Without the folders of low resolution, where all others are of high resolution.
fn without_low_resolution<'a>(images: Vec<Image<'a>>, layout: &mut Layout) -> Vec<Image<'a>> {
    let is = |path: &str, words: &[&str]| path.split_once('/').is_some_and(|(folder, _)| has_word(folder, words));
    let is_set = images.iter().all(|(path, _)| is(path, &HIGH) || is(path, &LOW));
    if !is_set || !images.iter().any(|(path, _)| is(path, &HIGH)) {
        return images;
    }
    let (low, high): (Vec<_>, Vec<_>) = images.into_iter().partition(|(path, _)| is(path, &LOW));
    leave_out_folders(&low, "low-resolution images", layout);
    high
}

fn leave_out_folders(images: &[Image<'_>], reason: &str, layout: &mut Layout) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, _) in images {
        *counts.entry(path.split_once('/').map_or("", |(folder, _)| folder)).or_default() += 1;
    }
    for (folder, count) in counts {
        let what = if folder.is_empty() { "images next to the folders".to_owned() } else { format!("folder {folder}") };
        let reason = if reason.is_empty() { reason_left_out(folder) } else { reason };
        let reason = if folder.is_empty() { "they lie outside of the splits" } else { reason };
        layout.leave_out(what, reason, count);
    }
}

/// The images inside the folders of a split; nothing if it has none.
fn inside_split<'a>(
    images: &[Image<'a>],
    splits: &Splits<'a>,
    split: Split,
    known: &[String],
    layout: &mut Layout,
) -> Option<Vec<Image<'a>>> {
    let folders = match split {
        Split::Train => &splits.train,
        Split::Test => test_folders(images, splits, known),
    };
    let chosen: Vec<Image<'a>> = folders.iter().flat_map(|folder| inside(images, folder)).collect();
    if chosen.is_empty() {
        return None;
    }
    let both = split == Split::Test && !splits.test.is_empty() && !splits.validation.is_empty();
    let instead = if both { " (validation and test images are both there)" } else { "" };
    let part = if split == Split::Train { "training" } else { "test" };
    layout.reason = format!("{} holds the {part} images{instead}", folders.join(" and "));
    layout.name = "split folders".to_owned();
    let used = |folder: &str| [&splits.train, &splits.validation, &splits.test].iter().any(|f| f.contains(&folder));
    let other: Vec<Image<'a>> =
        images.iter().filter(|(path, _)| !used(path.split_once('/').map_or("", |(top, _)| top))).copied().collect();
    leave_out_folders(&other, "", layout);
    Some(chosen)
}

/// The folders that test: those with the classes of the training images, and `test` before `val`.
fn test_folders<'s, 'a>(images: &[Image<'a>], splits: &'s Splits<'a>, known: &[String]) -> &'s Vec<&'a str> {
    let labeled = |folders: &[&str]| {
        let below = folders.iter().flat_map(|folder| inside(images, folder)).collect();
        let found = arrange_split(below, Split::Train, known).map(|tree| tree.classes).unwrap_or_default();
        !found.is_empty() && found.iter().all(|class| known.contains(class))
    };
    let is_test_flat = !known.is_empty() && !labeled(&splits.test);
    let prefer_validation = splits.test.is_empty() || is_test_flat && labeled(&splits.validation);
    if prefer_validation && !splits.validation.is_empty() { &splits.validation } else { &splits.test }
}

/// Sets of splits side by side, such as trainA, trainB, testA and testB: each is a class.
fn several_sets(
    images: &[Image<'_>],
    groups: &[Splits<'_>],
    split: Split,
    known: &[String],
    mut layout: Layout,
) -> Option<Tree> {
    let mut found = Vec::new();
    for (class, group) in class_names(groups).into_iter().zip(groups) {
        let images = inside_split(images, group, split, known, &mut Layout::default()).unwrap_or_default();
        found.push((class, images));
    }
    let used: BTreeSet<&str> =
        groups.iter().flat_map(|g| [&g.train, &g.validation, &g.test]).flatten().copied().collect();
    let is_used = |path: &str| path.split_once('/').is_some_and(|(folder, _)| used.contains(folder));
    let other: Vec<Image<'_>> = images.iter().filter(|(path, _)| !is_used(path)).copied().collect();
    leave_out_folders(&other, "", &mut layout);
    let train: Vec<&str> = groups.iter().flat_map(|group| group.train.iter().copied()).collect();
    layout.name = "split folders of several classes".to_owned();
    layout.reason = format!("{} hold training images of one class each", train.join(" and "));
    classed(found, layout)
}

/// A tree of classes that are known by their images; nothing if no class has any.
fn classed(found: Vec<(String, Vec<Image<'_>>)>, layout: Layout) -> Option<Tree> {
    let mut tree = Tree { layout, ..Tree::default() };
    for (label, (class, images)) in found.into_iter().enumerate() {
        tree.classes.push(class);
        for (path, index) in images {
            tree.images.push(index);
            tree.names.push(path.to_owned());
            tree.labels.push(label);
        }
    }
    (!tree.images.is_empty()).then_some(tree)
}

/// The splits inside each of several folders, if all of them have the same plain ones.
fn nested_splits<'a>(images: &[Image<'a>], folders: &BTreeSet<&'a str>) -> Option<Vec<(&'a str, Splits<'a>)>> {
    if folders.len() < 2 {
        return None;
    }
    let of = |folder: &&'a str| {
        let below = inside(images, folder);
        let inner: Option<BTreeSet<&'a str>> = below.iter().map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        match splits(&inner?).as_slice() {
            [only] if only.rest.is_empty() && only.train.len() + only.test.len() + only.validation.len() > 1 => {
                Some((*folder, only.clone()))
            }
            _ => None,
        }
    };
    folders.iter().map(of).collect()
}

/// Folders that each hold both splits: each is a class.
fn classes_of_splits(
    images: &[Image<'_>],
    nested: &[(&str, Splits<'_>)],
    split: Split,
    known: &[String],
    mut layout: Layout,
) -> Option<Tree> {
    let mut found = Vec::new();
    for (folder, splits) in nested {
        let below = inside(images, folder);
        found.push(((*folder).to_owned(), inside_split(&below, splits, split, known, &mut layout).unwrap_or_default()));
    }
    layout.name = "class folders that hold splits".to_owned();
    layout.reason = format!("each of {} folders holds its own train and test folders", nested.len());
    classed(found, layout)
}

fn is_scale(folder: &str) -> bool {
    matches!(folder.as_bytes(), [b'x' | b'X', b'2'..=b'9'])
}

fn list(folders: &BTreeSet<&str>) -> String {
    folders.iter().copied().collect::<Vec<_>>().join(", ")
}

fn inside<'a>(images: &[Image<'a>], folder: &str) -> Vec<Image<'a>> {
    let below = |path: &'a str| path.strip_prefix(folder)?.strip_prefix('/');
    images.iter().filter_map(|&(path, index)| Some((below(path)?, index))).collect()
}

fn unlabeled(images: Vec<Image<'_>>, mut layout: Layout, beside_folders: bool) -> Tree {
    if beside_folders && layout.notes.is_empty() {
        describe(&mut layout, "images without labels", "images lie next to folders, so that folders are no classes");
    } else {
        describe(&mut layout, "images without labels", "there are no class folders");
    }
    let names = images.iter().map(|(path, _)| (*path).to_owned()).collect();
    Tree { images: images.into_iter().map(|(_, index)| index).collect(), names, layout, ..Tree::default() }
}

/// An image's class and the rest of its path; the class is its folder, or below a folder of one letter all its folders.
fn class_and_name(path: &str, by_letter: bool) -> (&str, &str) {
    if by_letter { path[2..].rsplit_once('/') } else { path.split_once('/') }.unwrap_or_default()
}

/// Whether all folders are of one letter and hold folders that begin with it, as Places365 sorts its classes.
fn is_by_letter(images: &[Image<'_>]) -> bool {
    images.iter().all(|(path, _)| {
        let [letter @ b'a'..=b'z', b'/', first, ..] = path.as_bytes() else { return false };
        letter == first && path[2..].contains('/')
    })
}

fn labeled(images: Vec<Image<'_>>, known: &[String], mut layout: Layout) -> Tree {
    let (clutter, images): (Vec<_>, Vec<_>) =
        images.into_iter().partition(|(path, _)| path.split_once('/').is_some_and(|(folder, _)| folder == CLUTTER));
    leave_out_folders(&clutter, "clutter, which is no class of Caltech 101", &mut layout);
    let by_letter = is_by_letter(&images);
    let parts = |path| class_and_name(path, by_letter);
    let folders: BTreeSet<&str> = images.iter().map(|(path, _)| parts(path).0).collect();
    let is_known = folders.iter().all(|folder| known.iter().any(|class| class == folder));
    let classes: Vec<&str> =
        if is_known { known.iter().map(String::as_str).collect() } else { folders.iter().copied().collect() };
    let reason = format!("each of {} folders holds the images of one class", folders.len());
    describe(&mut layout, "class folders", &reason);
    Tree {
        images: images.iter().map(|(_, index)| *index).collect(),
        names: images.iter().map(|(path, _)| parts(path).1.to_owned()).collect(),
        labels: images.iter().map(|(path, _)| classes.binary_search(&parts(path).0).unwrap_or_default()).collect(),
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
        layout,
    }
}

/// Says what the folders are, after what was said of splits.
fn describe(layout: &mut Layout, name: &str, reason: &str) {
    let had_splits = layout.name == "split folders";
    layout.name = if had_splits { format!("{name} in split folders") } else { name.to_owned() };
    layout.reason = if had_splits { format!("{}; {reason}", layout.reason) } else { reason.to_owned() };
}
