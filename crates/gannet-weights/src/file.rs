//! Files of weights, whichever kind they are.

use std::path::Path;

use crate::error::WeightsError;
use crate::foreign::{foreign_archive, foreign_kind};
use crate::hash::sha256;
use crate::named::NamedTensor;
use crate::pytorch::read_pytorch;
use crate::safetensors::{is_safetensors, parse_safetensors};

/// The tensors of a safetensors or PyTorch file, whose kind is recognized by its content, and the file's SHA-256.
///
/// # Errors
/// The file cannot be read, or is neither; what it is instead is named, with the remedy.
pub fn read_weights(path: &Path) -> Result<(Vec<NamedTensor>, String), WeightsError> {
    let bytes = std::fs::read(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    let tensors = match (is_safetensors(&bytes), foreign_kind(&bytes)) {
        (true, _) => parse_safetensors(&bytes, path)?.0,
        (false, Some(kind)) => return Err(WeightsError::Foreign { path: path.to_owned(), kind }),
        // PyTorch's files are zip archives, or before 2020 began with a pickle.
        (false, None) => read_pytorch(path).map_err(|error| match foreign_archive(&bytes) {
            Some(kind) => WeightsError::Foreign { path: path.to_owned(), kind },
            None => error,
        })?,
    };
    Ok((tensors, sha256(&bytes)))
}
