//! Weights in and out: networks as named tensors, safetensors files, PyTorch's files without
//! executing a pickle, and writes that are never seen half done.

mod atomic;
mod named;
mod pytorch;
mod safetensors;

pub use atomic::write_atomic;
pub use named::{NamedTensor, collect, load};
pub use pytorch::read_pytorch;
pub use safetensors::{parse_safetensors, read_safetensors, safetensors_bytes};

use std::path::PathBuf;

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
    /// The weights are another network's.
    #[error("the weights do not fit this network: {0}")]
    Fit(String),
}
