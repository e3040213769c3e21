//! Files of weights, whichever kind they are.

use std::path::Path;

use crate::error::WeightsError;
use crate::hash::sha256;
use crate::named::NamedTensor;
use crate::pytorch::read_pytorch;
use crate::safetensors::parse_safetensors;

/// The tensors of a safetensors or PyTorch file, whose kind is recognized by its content, and the file's SHA-256.
///
/// # Errors
/// The file cannot be read, or is neither.
pub fn read_weights(path: &Path) -> Result<(Vec<NamedTensor>, String), WeightsError> {
    let bytes = std::fs::read(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    let hash = sha256(&bytes);
    // PyTorch's files are zip archives, or before 2020 began with a pickle; safetensors begin with a length and a brace.
    let is_safetensors = bytes.get(8) == Some(&b'{');
    let tensors = if is_safetensors { parse_safetensors(&bytes, path)?.0 } else { read_pytorch(path)? };
    Ok((tensors, hash))
}
