//! A file that may hold weights, and what is read of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::WeightsError;
use crate::floats::Float;
use crate::named::NamedTensor;

/// A file that may hold weights.
pub(crate) struct Source<'a> {
    pub path: &'a Path,
    pub bytes: &'a [u8],
}

/// What a file of weights holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The tensors of floating-point numbers.
    pub tensors: Vec<NamedTensor>,
    /// How many of them were stored as each type.
    pub types: BTreeMap<&'static str, usize>,
    /// The names of other tensors, with their types.
    pub left_out: Vec<String>,
    /// What else a user should know, in sentences.
    pub notes: Vec<String>,
    /// A second file that belongs to it, and its bytes.
    pub companion: Option<(PathBuf, Vec<u8>)>,
}

impl Contents {
    /// Adds a tensor whose values were stored as `float`.
    pub fn add(&mut self, name: String, shape: Vec<usize>, float: Float, values: Vec<f32>) {
        *self.types.entry(float.word()).or_default() += 1;
        self.tensors.push(NamedTensor { name, shape, values });
    }

    /// Counts a tensor of another type, whose values are not read.
    pub fn leave_out(&mut self, name: &str, kind: &str) {
        self.left_out.push(format!("{name} ({})", kind.to_lowercase()));
    }

    /// With its tensors sorted by name.
    pub fn sorted(mut self) -> Self {
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        self.left_out.sort();
        self
    }
}

/// The error of a file that is damaged or of another kind.
pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> WeightsError {
    WeightsError::Format { path: path.to_owned(), reason: reason.into() }
}

/// The error of a file of a kind, or with a part, that is not read.
pub(super) fn foreign(path: &Path, kind: impl Into<String>) -> WeightsError {
    WeightsError::Foreign { path: path.to_owned(), kind: kind.into() }
}
