//! Labels of images, before they are numbered.

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

/// Labels that a table has for its images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredLabels {
    /// what kind of table it is
    pub layout: &'static str,
    /// where images and labels were found, in one line
    pub reason: String,
    /// the label of each entry; all `None` for a table without labels
    pub labels: Vec<Option<Label>>,
    /// the names of the classes by number; empty where their numbers are the names
    pub names: Vec<String>,
}

impl StoredLabels {
    /// The labels of parts of one table, one after the other; nothing if the parts name their classes differently.
    pub fn joined(parts: Vec<Self>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let mut all = parts.next()?;
        for part in parts {
            if part.names != all.names {
                return None;
            }
            all.labels.extend(part.labels);
        }
        Some(all)
    }
}
