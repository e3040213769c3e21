//! Labels that a set gives in files, as it was found by one of the readers.

use super::labels::{Label, StoredLabels};
use super::tree::Tree;

/// Labels of the images of a split, by files of the set.
pub(crate) struct FileLabels {
    /// the class of each image; `None` where the files do not say
    pub labels: Vec<Option<Label>>,
    /// the names of the classes by number; empty where their numbers are the names
    pub names: Vec<String>,
    /// entries of the store that were read for the labels
    pub read: Vec<usize>,
    /// the layout's name
    pub name: &'static str,
    /// what the layout was recognized by
    pub reason: String,
    /// faults that do not stop the use of the set
    pub notes: Vec<String>,
    /// names of classes that the other splits have, where labels are names
    pub others: Vec<String>,
}

/// So many classes without images are named in a note.
const NAMED: usize = 5;

impl FileLabels {
    /// The labels of a table for these entries of it.
    pub fn of_table(table: &StoredLabels, images: &[usize]) -> Self {
        let labels = images.iter().map(|&index| table.labels.get(index).cloned().flatten()).collect();
        let (names, reason) = (table.names.clone(), table.reason.clone());
        Self { labels, names, read: Vec::new(), name: table.layout, reason, notes: Vec::new(), others: Vec::new() }
    }

    /// Gives the images of `tree` these labels in place of those of its folders.
    pub fn apply(self, tree: &mut Tree) {
        let Self { labels, names, name, reason, notes, others, .. } = self;
        tree.layout.name = name.to_owned();
        tree.layout.reason = reason;
        tree.layout.notes.extend(notes);
        tree.layout.labels_in_files = true;
        tree.labels.clear();
        tree.classes = named(classes(&labels, others), names);
        if tree.classes.is_empty() {
            return;
        }
        let number = |label: &Label| match label {
            Label::Number(number) => *number,
            // Labels are numbers where the set names its classes, so that these are sorted.
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

/// Classes by their names, where a set names them. Classes beyond the names keep their numbers.
fn named(mut classes: Vec<String>, names: Vec<String>) -> Vec<String> {
    if classes.is_empty() {
        return classes;
    }
    for (number, name) in names.into_iter().enumerate() {
        match classes.get_mut(number) {
            Some(class) => *class = name,
            None => classes.push(name),
        }
    }
    classes
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
