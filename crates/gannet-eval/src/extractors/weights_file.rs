//! Files of weights, given by path or published.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use gannet_nn::extractors::frozen::Weights;
use gannet_weights::{Known, NamedTensor, TensorFile, read_weights};

use crate::EvalError;

/// A function that downloads published weights which are not in the cache, and returns the file.
pub type Fetch<'a> = dyn Fn(&Known) -> Result<PathBuf, EvalError> + 'a;

/// The tensors of a file of weights, and its hash.
pub struct WeightsFile {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256.
    pub hash: String,
    tensors: Vec<NamedTensor>,
}

impl WeightsFile {
    /// Reads a safetensors or PyTorch file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(path: &Path) -> Result<Self, EvalError> {
        let (tensors, hash) = read_weights(path)?;
        Ok(Self { path: path.to_owned(), hash, tensors: TensorFile::unwrapped(tensors) })
    }

    /// Reads `file`, or where none is given the published weights called `name`.
    ///
    /// # Errors
    /// The file cannot be read or fetched.
    pub fn open_or_fetch(file: Option<&str>, name: &str, fetch: &Fetch) -> Result<Self, EvalError> {
        Self::open(&file.map_or_else(|| published(name, fetch), |file| Ok(PathBuf::from(file)))?)
    }

    /// The tensors, from which a network takes its own.
    pub fn weights(self, device: &Device) -> Weights {
        Weights::new(self.tensors.into_iter().map(|tensor| (tensor.name, tensor.shape, tensor.values)), device)
    }
}

/// The file of the published weights called `name`: from the cache, or fetched.
///
/// # Errors
/// They are not published under that name, are damaged, or cannot be fetched.
pub fn published(name: &str, fetch: &Fetch) -> Result<PathBuf, EvalError> {
    let known = Known::named(name);
    let known = known.ok_or_else(|| EvalError::Setting(format!("no published weights '{name}': give their file")))?;
    match known.kept()? {
        Some(path) => Ok(path),
        None => fetch(known),
    }
}
