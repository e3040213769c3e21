//! Errors of data sets. Each names the file or setting, what is wrong with it and what to do.

use std::path::Path;

/// An error that names a file or setting, what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The path does not exist, and no built-in set has that name.
    #[error("{path}: no such file or folder, and no built-in set has this name; give {known}{hint}")]
    Missing {
        /// the path as given
        path: String,
        /// everything that can be given instead
        known: String,
        /// names that may have been meant, starting with punctuation, or nothing
        hint: String,
    },

    /// The operating system refuses to read a file or folder.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// the file or folder
        path: String,
        /// the system's message
        reason: String,
    },

    /// A folder or archive without any image.
    #[error(
        "{path}: holds no images{hint}; Gannet reads PNG, JPEG, WebP, BMP and TIFF images, in folders and archives"
    )]
    Empty {
        /// the folder or archive
        path: String,
        /// what was found instead, starting with a space or bracket, or nothing
        hint: String,
    },

    /// A file that is no data set.
    #[error("{path}: {what}; give a folder of images, or an archive of one")]
    NotData {
        /// the file
        path: String,
        /// what it is instead
        what: String,
    },

    /// An archive or data file that is cut short or inconsistent.
    #[error("{path}: damaged: {reason}; download or create the file again")]
    Damaged {
        /// the file
        path: String,
        /// what is inconsistent
        reason: String,
    },

    /// The data set lacks a split.
    #[error("{path}: has no {split} images{hint}")]
    NoSplit {
        /// the folder or archive
        path: String,
        /// `training` or `test`
        split: &'static str,
        /// what to do, starting with punctuation
        hint: &'static str,
    },

    /// An image that cannot be decoded.
    #[error("{name}: {reason}; remove or replace the file")]
    Broken {
        /// the image's name in its source
        name: String,
        /// what is wrong with it
        reason: String,
    },

    /// A file that would take too much memory or disk space.
    #[error("{name}: refused: {reason}")]
    TooLarge {
        /// the image or archive
        name: String,
        /// the size found and the limit
        reason: String,
    },

    /// So many broken images in a row that training cannot go on.
    #[error(
        "{count} images in a row could not be read, the first of them {first}; run `gannet data check` on the set \
         to see every broken file"
    )]
    AllBroken {
        /// how many were tried
        count: usize,
        /// the message of the first failure
        first: String,
    },

    /// A setting out of range, or one that the data do not allow; the message says what to set.
    #[error("{0}")]
    Setting(String),
}

impl DataError {
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable { path: path.display().to_string(), reason: error.to_string() }
    }

    pub(crate) fn damaged(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), reason: reason.into() }
    }

    pub(crate) fn broken(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Broken { name: name.into(), reason: reason.into() }
    }

    pub(crate) fn too_large(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::TooLarge { name: name.into(), reason: reason.into() }
    }

    pub(crate) fn not_data(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self::NotData { path: path.into(), what: what.into() }
    }

    /// The error of a folder or archive that holds two data sets, of which one must be chosen.
    pub(crate) fn two_sets(path: &Path, first: &str, second: &str) -> Self {
        let path = path.display();
        Self::Setting(format!(
            "{path}: holds both {first} and {second}, which belong to two data sets; move one of them to a folder of its own"
        ))
    }

    /// The message without the name, for reports that show the name separately.
    pub fn reason(&self) -> String {
        match self {
            Self::Broken { reason, .. } | Self::TooLarge { reason, .. } | Self::Unreadable { reason, .. } => {
                reason.clone()
            }
            Self::Damaged { reason, .. } => format!("damaged: {reason}"),
            other => other.to_string(),
        }
    }
}
