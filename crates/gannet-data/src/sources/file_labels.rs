//! Labels that a set gives in files, as it was found by one of the readers.

use super::tree::Tree;

/// Labels of the images of a split, by files of the set.
pub(crate) struct FileLabels {
    /// the class of each image; `None` where the files do not say
    pub labels: Vec<Option<Label>>,
    /// entries of the store that were read for the labels
    pub read: Vec<usize>,
    /// the layout's name
    pub name: &'static str,
    /// what the layout was recognized by
    pub reason: String,
    /// faults that do not stop the use of the set
    pub notes: Vec<String>,
    /// names of classes that the other splits have, where labels are names
    pub classes: Vec<String>,
}

/// A class, as files name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// its number; at most [`MAX_CLASS`]
    Number(usize),
    /// its name
    Name(String),
}

impl Label {
    /// The name, if it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Number(_) => None,
        }
    }
}

/// The largest number of a class.
pub(crate) const MAX_CLASS: usize = 1 << 20;
/// So many classes without images are named in a note.
const NAMED: usize = 5;

impl FileLabels {
    /// Gives the images of `tree` these labels in place of those of its folders.
    pub fn apply(self, tree: &mut Tree) {
        let Self { labels, name, reason, notes, classes: others, .. } = self;
        tree.layout.name = name.to_owned();
        tree.layout.reason = reason;
        tree.layout.notes.extend(notes);
        tree.layout.labels_in_files = true;
        tree.labels.clear();
        tree.classes = classes(&labels, others);
        if tree.classes.is_empty() {
            return;
        }
        let number = |label: &Label| match label {
            Label::Number(number) => *number,
            Label::Name(name) => tree.classes.binary_search(name).unwrap_or_default(),
        };
        let numbers: Vec<Option<usize>> = labels.iter().map(|label| label.as_ref().map(number)).collect();
        tree.labels = numbers.iter().flatten().copied().collect();
        tree.layout.leave_out("images without a label", "the others have one", labels.len() - tree.labels.len());
        keep_labeled(&mut tree.images, &numbers);
        keep_labeled(&mut tree.names, &numbers);
        tree.layout.notes.extend(empty_classes(&tree.classes, &tree.labels));
    }
}

fn keep_labeled<T>(items: &mut Vec<T>, labels: &[Option<usize>]) {
    let mut labels = labels.iter();
    items.retain(|_| labels.next().is_some_and(Option::is_some));
}

/// The names of the classes: numbers up to the largest, or the sorted names with those of other splits.
fn classes(labels: &[Option<Label>], mut names: Vec<String>) -> Vec<String> {
    let mut count = 0;
    for label in labels.iter().flatten() {
        match label {
            Label::Number(number) => count = count.max(number + 1),
            Label::Name(name) => names.push(name.clone()),
        }
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { (0..count).map(|class| class.to_string()).collect() } else { names }
}

/// A line on the classes that no image has.
pub(crate) fn empty_classes(classes: &[String], labels: &[usize]) -> Option<String> {
    let mut has_image = vec![false; classes.len()];
    labels.iter().for_each(|&label| has_image[label] = true);
    let empty: Vec<&str> =
        classes.iter().zip(has_image).filter(|(_, has)| !has).map(|(name, _)| name.as_str()).collect();
    let more = if empty.len() > NAMED { ", …" } else { "" };
    let named = empty.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    (!empty.is_empty()).then(|| format!("{} of {} classes have no images: {named}{more}", empty.len(), classes.len()))
}
