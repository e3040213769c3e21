//! Weights in and out: networks as named tensors, safetensors files, PyTorch's files without
//! executing a pickle, and writes that are never seen half done.

mod atomic;
mod known;
mod named;
mod pytorch;
mod safetensors;
mod tensor_file;

pub use atomic::write_atomic;
pub use known::{KNOWN, Known, cache_folder};
pub use named::{NamedTensor, collect, load};
pub use pytorch::read_pytorch;
pub use safetensors::{parse_safetensors, read_safetensors, safetensors_bytes};
pub use tensor_file::{Mismatch, Renamed, TensorFile};

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The tensors of a safetensors or PyTorch file, told apart by content, and the file's SHA-256.
///
/// # Errors
/// It cannot be read, or is neither.
pub fn read_weights(path: &Path) -> Result<(Vec<NamedTensor>, String), WeightsError> {
    let bytes = std::fs::read(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    let hash = sha256(&bytes);
    // PyTorch's files are zip archives, or before 2020 began with a pickle; safetensors begin with a length and a brace.
    let is_safetensors = bytes.get(8) == Some(&b'{');
    let tensors = if is_safetensors { parse_safetensors(&bytes, path)?.0 } else { read_pytorch(path)? };
    Ok((tensors, hash))
}

/// Weights that cannot be read or do not fit.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's content is not what its kind promises.
    #[error("{} is damaged or of another kind: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no place for files that were fetched.
    #[error("there is no cache folder: set GANNET_CACHE or HOME, or give the weights' file by its path")]
    NoCache,
    /// The weights are another network's.
    #[error("the weights do not fit this network: {0}")]
    Fit(String),
}
