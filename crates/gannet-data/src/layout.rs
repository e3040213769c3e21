//! What the files of a data set were taken for.

use serde::Serialize;

gannet_choice::choice! {
    /// What the folders and files of a set are to be taken for.
    #[default = Auto]
    LayoutChoice {
        /// What names and files say.
        Auto = "auto",
        /// All images are one set, without classes and splits.
        Flat = "flat",
        /// Each folder at the top is a class, whatever its name; there are no splits.
        Classes = "classes",
        /// Folders named train, val or test are the splits; the folders in them are no classes.
        Splits = "splits",
        /// Files beside the images have the labels: dataset.json, metadata.csv or .jsonl, .cls or .json.
        Labels = "labels",
    }
}

/// What the files of a data set were taken for, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// the layout's name, such as `class folders`
    pub name: String,
    /// what it was recognized by, in one line
    pub reason: String,
    /// files that are not images of the set
    pub left_out: Vec<LeftOut>,
    /// faults of the set that do not stop its use, one line each
    pub notes: Vec<String>,
    /// whether files of the set say which labels there are, if any, so that its folders are no classes
    pub labels_in_files: bool,
}

/// Files of a data set that are not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// what they are: `.txt`, or `folder masks`
    pub what: String,
    /// why images are not used; empty for files that are no images
    pub reason: String,
    /// how many files
    pub count: usize,
}

impl Layout {
    /// A layout of this name that was recognized by `reason`.
    pub(crate) fn new(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name: name.into(), reason: reason.into(), ..Self::default() }
    }

    /// Adds files that are not used.
    pub(crate) fn leave_out(&mut self, what: impl Into<String>, reason: &str, count: usize) {
        if count > 0 {
            self.left_out.push(LeftOut { what: what.into(), reason: reason.to_owned(), count });
        }
    }

    /// What a user should know before training: the notes, and images that are not used; one line each.
    pub fn warnings(&self) -> Vec<String> {
        let images = self.left_out.iter().filter(|left_out| !left_out.reason.is_empty());
        let line = |l: &LeftOut| format!("{}: {} left out: {}", l.what, l.count, l.reason);
        self.notes.iter().cloned().chain(images.map(line)).collect()
    }
}
