//! Layouts of folders that a user asks for, instead of what the names of the folders say.

use std::collections::{BTreeSet, HashMap};

use super::tree::{self, Image, Tree};
use crate::{DataError, Layout, LayoutChoice, Split};

impl LayoutChoice {
    /// The error of a set, called `what`, whose format leaves no choice of a layout.
    pub(crate) fn without_choice(self, path: &str, what: &str) -> DataError {
        DataError::Setting(format!("{path}: a layout such as {self} is chosen for image files; this is {what}"))
    }
}

/// The images of a split in a layout of folders; `None` if it lacks the split.
pub(crate) fn arrange(images: Vec<Image<'_>>, split: Split, layout: LayoutChoice) -> Option<Tree> {
    match layout {
        LayoutChoice::Splits => without_classes(images, split),
        LayoutChoice::Classes => {
            (split == Split::Train).then(|| classes(images)).filter(|tree| !tree.images.is_empty())
        }
        LayoutChoice::Auto | LayoutChoice::Flat | LayoutChoice::Labels => {
            (split == Split::Train).then(|| unlabeled(images, "all images are one set"))
        }
    }
}

fn unlabeled(images: Vec<Image<'_>>, reason: &str) -> Tree {
    let names = images.iter().map(|(path, _)| (*path).to_owned()).collect();
    let layout = Layout::new("images without labels", format!("{reason}, as asked for"));
    Tree { images: images.into_iter().map(|(_, index)| index).collect(), names, layout, ..Tree::default() }
}

/// Each folder at the top is a class; folders around all of them have no meaning.
fn classes(mut images: Vec<Image<'_>>) -> Tree {
    let folders = |images: &[Image<'_>]| -> BTreeSet<String> {
        images.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0.to_owned())).collect()
    };
    let is_loose = |images: &[Image<'_>]| images.iter().any(|(path, _)| !path.contains('/'));
    while folders(&images).len() == 1 && !is_loose(&images) {
        images = images.into_iter().filter_map(|(path, index)| Some((path.split_once('/')?.1, index))).collect();
    }
    let classes: Vec<String> = folders(&images).into_iter().collect();
    let (inside, loose): (Vec<_>, Vec<_>) = images.into_iter().partition(|(path, _)| path.contains('/'));
    let reason = format!("each of {} folders at the top is a class, as asked for", classes.len());
    let mut tree = Tree { layout: Layout::new("class folders", reason), ..Tree::default() };
    tree.layout.leave_out("images next to the folders", "they have no class", loose.len());
    for (path, index) in inside {
        let (folder, name) = path.split_once('/').unwrap_or_default();
        tree.images.push(index);
        tree.names.push(name.to_owned());
        tree.labels.extend(classes.binary_search_by(|class| class.as_str().cmp(folder)).ok());
    }
    tree.classes = classes;
    tree
}

/// The splits by the words of their folders, whose own folders are no classes.
fn without_classes(images: Vec<Image<'_>>, split: Split) -> Option<Tree> {
    let paths: HashMap<usize, &str> = images.iter().map(|(path, index)| (*index, *path)).collect();
    let mut tree = tree::arrange(images, split).filter(tree::has_split_folders)?;
    tree.names = tree.images.iter().map(|index| paths.get(index).copied().unwrap_or_default().to_owned()).collect();
    (tree.classes, tree.labels) = (Vec::new(), Vec::new());
    tree.layout.name = "images without labels in split folders".to_owned();
    let splits = tree.layout.reason.split(';').next().unwrap_or_default();
    tree.layout.reason = format!("{splits}; their folders are no classes, as asked for");
    Some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(
        paths: &[&'static str],
        split: Split,
        layout: LayoutChoice,
    ) -> Option<(Vec<String>, Vec<String>, Vec<usize>)> {
        let images = paths.iter().enumerate().map(|(index, path)| (*path, index)).collect();
        arrange(images, split, layout).map(|tree| (tree.names, tree.classes, tree.labels))
    }

    #[test]
    fn folders_are_what_is_asked_for() {
        let paths = ["set/test/cat/1.png", "set/train/cat/2.png", "set/train/dog/3.png"];
        let (names, classes, labels) = arranged(&paths, Split::Train, LayoutChoice::Flat).unwrap();
        assert_eq!((names.len(), classes.len(), labels.len()), (3, 0, 0));
        let (names, classes, labels) = arranged(&paths, Split::Train, LayoutChoice::Classes).unwrap();
        assert_eq!((classes, labels), (vec!["test".to_owned(), "train".to_owned()], vec![0, 1, 1]));
        assert_eq!(names[0], "cat/1.png");
        let (names, classes, _) = arranged(&paths, Split::Train, LayoutChoice::Splits).unwrap();
        assert_eq!((names.len(), classes.len()), (2, 0));
        assert_eq!(arranged(&paths, Split::Test, LayoutChoice::Splits).unwrap().0.len(), 1);
    }

    #[test]
    fn splits_have_to_be_there() {
        assert!(arranged(&["cat/1.png", "dog/2.png"], Split::Train, LayoutChoice::Splits).is_none());
        assert!(arranged(&["1.png", "2.png"], Split::Train, LayoutChoice::Classes).is_none(), "there are no folders");
        for layout in [LayoutChoice::Flat, LayoutChoice::Classes] {
            assert!(arranged(&["train/1.png", "test/2.png"], Split::Test, layout).is_none());
        }
    }
}
