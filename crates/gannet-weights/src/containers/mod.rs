//! The kinds of files that hold weights, one file each, and the list of them.

mod archive;
mod foreign;
mod ncnn;
mod onnx;
mod pytorch;
mod safetensors;
mod torchscript;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::WeightsError;
use crate::floats::Float;
use crate::named::NamedTensor;

pub use ncnn::RESIZED_TO;
pub use pytorch::read_pytorch;
pub use safetensors::{parse_safetensors, read_safetensors, safetensors_bytes};

use foreign::foreign_kind;

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
    fn sorted(mut self) -> Self {
        self.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        self.left_out.sort();
        self
    }
}

/// A kind of file that holds weights.
pub(crate) struct Container {
    /// What it is called, with its article.
    pub name: &'static str,
    /// Whether a file is of this kind, by its content.
    is: fn(&Source) -> bool,
    /// What the file holds.
    read: fn(&Source) -> Result<Contents, WeightsError>,
}

/// All kinds, in the order in which they are tried. PyTorch's files have many beginnings, so they come last.
const CONTAINERS: &[Container] = &[
    Container { name: "a safetensors file", is: safetensors::is, read: safetensors::read },
    Container { name: "an ncnn network", is: ncnn::is, read: ncnn::read },
    Container { name: "an ONNX network", is: onnx::is, read: onnx::read },
    Container { name: "a TorchScript archive", is: torchscript::is, read: torchscript::read },
    Container { name: "a PyTorch file", is: |_| true, read: pytorch::read },
];

/// What a file of weights holds, and its kind.
///
/// # Errors
/// The file is of no kind that is read; what it is instead is named, with the remedy.
pub(crate) fn read(source: &Source) -> Result<(&'static str, Contents), WeightsError> {
    let found = CONTAINERS.iter().find(|container| (container.is)(source)).expect("the last kind takes every file");
    let is_last = found.name == CONTAINERS[CONTAINERS.len() - 1].name;
    if is_last && let Some(kind) = foreign_kind(source.path, source.bytes) {
        return Err(WeightsError::Foreign { path: source.path.to_owned(), kind });
    }
    Ok((found.name, (found.read)(source)?.sorted()))
}

/// The error of a file that is damaged or of another kind.
fn damaged(path: &Path, reason: impl Into<String>) -> WeightsError {
    WeightsError::Format { path: path.to_owned(), reason: reason.into() }
}

/// The error of a file of a kind, or with a part, that is not read.
fn foreign(path: &Path, kind: impl Into<String>) -> WeightsError {
    WeightsError::Foreign { path: path.to_owned(), kind: kind.into() }
}
