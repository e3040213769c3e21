//! How folders become splits and classes, by equal rules on disk and inside archives.
//!
//! - `train` next to `test` (or `val`, `valid`, …) are the two splits.
//! - Two or more folders of images, with no image next to them, are the classes; their names are the folders' names.
//! - A single folder around everything has no meaning: its contents count.
//! - If images lie next to folders or there are no folders, the set has no labels and holds all images below.

use std::collections::BTreeSet;

use super::store::Store;
use crate::Split;

const TRAIN: [&str; 3] = ["train", "training", "trainset"];
const TEST: [&str; 7] = ["test", "testing", "testset", "val", "valid", "validation", "dev"];
const IMAGE: [&str; 15] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "tif", "tiff",
    // These cannot be decoded, but reporting them as broken is better than ignoring them.
    "gif", "avif", "heic", "heif", "jxl",
];

/// The images of one split in sorted order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// indices of the store's entries, sorted by path
    pub images: Vec<usize>,
    /// sorted names; empty without labels
    pub classes: Vec<String>,
    /// the class of each image; empty without labels
    pub labels: Vec<usize>,
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

/// Finds the images of a split, and their labels, among all images; `None` if the folders lack this split.
pub(crate) fn arrange(mut images: Vec<(&str, usize)>, split: Split) -> Option<Tree> {
    let mut split_found = false;
    loop {
        let folders: BTreeSet<&str> = images.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        let loose = images.iter().any(|(path, _)| !path.contains('/'));
        if let Some((train, test)) = splits(&folders).filter(|_| !split_found) {
            let wanted = if split == Split::Train { train } else { test? };
            images = inside(images, wanted);
            split_found = true;
        } else if loose {
            break;
        } else if folders.len() == 1 {
            let only = folders.first().copied().unwrap_or_default();
            images = inside(images, only);
        } else {
            return (split_found || split == Split::Train).then(|| labeled(&images, &folders));
        }
    }
    let images: Vec<usize> = images.into_iter().map(|(_, index)| index).collect();
    (split_found || split == Split::Train).then(|| Tree { images, ..Tree::default() })
}

/// The folder of the training split, and the one of the test split if there is one.
fn splits<'a>(folders: &BTreeSet<&'a str>) -> Option<(&'a str, Option<&'a str>)> {
    let find = |names: &[&str]| {
        names.iter().find_map(|name| folders.iter().copied().find(|folder| folder.eq_ignore_ascii_case(name)))
    };
    let (train, test) = (find(&TRAIN)?, find(&TEST));
    // Among other folders and without a test folder, `train` is a class: the vehicle.
    (test.is_some() || folders.len() == 1).then_some((train, test))
}

fn inside<'a>(images: Vec<(&'a str, usize)>, folder: &str) -> Vec<(&'a str, usize)> {
    let below = |path: &'a str| path.strip_prefix(folder)?.strip_prefix('/');
    images.into_iter().filter_map(|(path, index)| Some((below(path)?, index))).collect()
}

fn labeled(images: &[(&str, usize)], folders: &BTreeSet<&str>) -> Tree {
    let classes: Vec<&str> = folders.iter().copied().collect();
    let label = |path: &str| {
        let folder = path.split_once('/').map_or("", |(folder, _)| folder);
        classes.binary_search(&folder).unwrap_or_default()
    };
    Tree {
        images: images.iter().map(|(_, index)| *index).collect(),
        labels: images.iter().map(|(path, _)| label(path)).collect(),
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(paths: &[&'static str], split: Split) -> Option<(usize, Vec<String>, Vec<usize>)> {
        let mut images: Vec<_> = paths.iter().copied().enumerate().map(|(i, path)| (path, i)).collect();
        images.sort_unstable();
        arrange(images, split).map(|tree| (tree.images.len(), tree.classes, tree.labels))
    }

    #[test]
    fn folders_of_images_are_classes_unless_images_lie_next_to_them() {
        let classes = vec!["cat".to_owned(), "dog".to_owned()];
        assert_eq!(arranged(&["dog/1", "cat/a/1", "cat/2"], Split::Train), Some((3, classes, vec![0, 0, 1])));
        assert_eq!(arranged(&["dog/1", "cat/1", "x"], Split::Train), Some((3, vec![], vec![])));
    }

    #[test]
    fn a_single_folder_around_everything_has_no_meaning() {
        let classes = vec!["cat".to_owned(), "dog".to_owned()];
        assert_eq!(arranged(&["pets/dog/1", "pets/cat/1"], Split::Train), Some((2, classes, vec![0, 1])));
        assert_eq!(arranged(&["pets/1", "pets/2"], Split::Train), Some((2, vec![], vec![])));
        assert_eq!(arranged(&["a/b/c/1"], Split::Train), Some((1, vec![], vec![])));
    }

    #[test]
    fn train_next_to_test_or_val_are_splits() {
        let paths = ["top/train/a/1", "top/train/b/1", "top/train/b/2", "top/Val/a/1", "top/Val/b/1", "top/extra/1"];
        assert_eq!(arranged(&paths, Split::Train).map(|t| (t.0, t.2)), Some((3, vec![0, 1, 1])));
        assert_eq!(arranged(&paths, Split::Test).map(|t| (t.0, t.2)), Some((2, vec![0, 1])));
        assert_eq!(arranged(&["train/1"], Split::Train).map(|t| t.0), Some(1));
        assert_eq!(arranged(&["train/1"], Split::Test), None);
        assert_eq!(arranged(&["1", "2"], Split::Test), None);
    }

    #[test]
    fn train_among_other_classes_is_a_class() {
        let classes = arranged(&["bus/1", "train/1", "car/1"], Split::Train).map(|t| t.1);
        assert_eq!(classes, Some(vec!["bus".to_owned(), "car".to_owned(), "train".to_owned()]));
    }
}
