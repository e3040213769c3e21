//! What can go wrong with data, in words for its owner: the thing, what is wrong with it, what to do.

use std::path::Path;

/// An error that names a file or setting, what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nothing is at the path.
    #[error(
        "{path}: no such file or folder; give a folder of images, a .zip or .tar.gz of them, a folder of MNIST or CIFAR \
         files, or a built-in set: `digits` or `shapes`"
    )]
    Missing {
        /// the path as given
        path: String,
    },

    /// The operating system refused to read.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// the file or folder
        path: String,
        /// the system's words
        reason: String,
    },

    /// Something is there, but not one image.
    #[error(
        "{path}: holds no images{hint}; Gannet reads PNG, JPEG, WebP, BMP and TIFF, in folders, .zip, .tar or .tar.gz"
    )]
    Empty {
        /// the folder or archive
        path: String,
        /// what was found instead, starting with a space or bracket, or nothing
        hint: String,
    },

    /// A file that is no data set of a known kind.
    #[error("{path}: {what}; give a folder of images, or a .zip, .tar or .tar.gz that holds one")]
    NotData {
        /// the file
        path: String,
        /// what it is instead
        what: String,
    },

    /// An archive or data file that is cut short or inconsistent.
    #[error("{path}: damaged: {reason}; fetch or make the file again")]
    Damaged {
        /// the file
        path: String,
        /// what is inconsistent
        reason: String,
    },

    /// The set has no images for the wanted split.
    #[error("{path}: has no {split} images{hint}")]
    NoSplit {
        /// the folder or archive
        path: String,
        /// `training` or `test`
        split: &'static str,
        /// what to do, starting with punctuation
        hint: &'static str,
    },

    /// One image that cannot be decoded.
    #[error("{name}: {reason}; remove or replace the file")]
    Broken {
        /// the image's name in its source
        name: String,
        /// what is wrong with it
        reason: String,
    },

    /// Refused because it would take too much memory or disk.
    #[error("{name}: refused: {reason}")]
    TooLarge {
        /// the image or archive
        name: String,
        /// the size found and the limit
        reason: String,
    },

    /// So many images in a row are broken that training cannot go on.
    #[error(
        "{count} images in a row could not be read, the first of them {first}; run `gannet data check` on the set to see \
         every broken file"
    )]
    AllBroken {
        /// how many were tried
        count: usize,
        /// the first failure, in full
        first: String,
    },

    /// A setting that no data can satisfy.
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

    /// What is wrong, without the name, for reports that show the name beside it.
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
