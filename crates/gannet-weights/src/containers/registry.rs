//! The list of the kinds of files that hold weights.

use super::contents::{Contents, Source};
use super::foreign::foreign_kind;
use super::{ncnn, onnx, pytorch, safetensors, torchscript};
use crate::error::WeightsError;

/// A kind of file that holds weights.
struct Container {
    /// What it is called, with its article.
    name: &'static str,
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
    if is_last && let Some(kind) = foreign_kind(source.bytes) {
        return Err(WeightsError::Foreign { path: source.path.to_owned(), kind });
    }
    Ok((found.name, (found.read)(source)?.sorted()))
}
