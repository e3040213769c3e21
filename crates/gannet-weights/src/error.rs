//! What can go wrong with files of weights.

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
    #[error("{} is damaged or of another kind: {reason}; if it was downloaded, download it again", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is of a kind that Gannet does not read.
    #[error("{} is {kind}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        kind: String,
    },
    /// The file is sound, and its network is not the one that is wanted.
    #[error("{} can be read: {reason}", path.display())]
    Unsuited {
        /// The file.
        path: PathBuf,
        /// What it holds.
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
