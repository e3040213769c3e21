//! Features of a reference that were computed before.
//!
//! A file's key is a hash of everything that its features depend on: the pixels of each image, the extractor's weights,
//! the resize, and the number of images. So a file is never stale. A damaged file is reported and computed again.

use std::path::PathBuf;

use gannet_weights::{NamedTensor, cache_folder, parse_safetensors, safetensors_bytes, sha256, write_atomic};

use crate::EvalError;
use crate::extractors::FeatureExtractor;
use crate::images::EvaluationImages;
use crate::reading::{KEPT, read_chunks};
use crate::statistics::StoredFeatures;

/// The format of the files; a change invalidates all files.
const FORMAT: &str = "1";

/// The file for the features of one set.
pub struct CacheFile {
    key: String,
    path: PathBuf,
}

impl CacheFile {
    /// The file for the first `count` images of a set and `extractor`. `None` where there is no cache folder, where
    /// there are too many images, or where the extractor is about as fast as reading the images.
    ///
    /// # Errors
    /// No image can be read.
    pub fn find(set: &EvaluationImages, count: usize, extractor: &FeatureExtractor) -> Result<Option<Self>, EvalError> {
        let images = set.available().map_or(count, |available| available.min(count));
        let Some(folder) = cache_folder().filter(|_| extractor.is_slow && images <= KEPT) else { return Ok(None) };
        let mut hashes = String::new();
        read_chunks(set, count, |images, _| {
            for image in images {
                hashes += &format!("{}×{}×{} {}\n", image.height, image.width, image.channels, sha256(&image.data));
            }
            Ok(())
        })?;
        let (version, weights, resize) = (env!("CARGO_PKG_VERSION"), &extractor.hash, extractor.resize());
        let key = sha256(format!("{FORMAT} {version} {weights} {resize} {count}\n{hashes}").as_bytes());
        let path = folder.join("features").join(format!("{}.safetensors", &key[..32]));
        Ok(Some(Self { key, path }))
    }

    /// The stored features and logits, if there are some; a warning where the file is damaged.
    pub fn read(&self) -> (Option<StoredFeatures>, Option<String>) {
        let Ok(bytes) = std::fs::read(&self.path) else { return (None, None) };
        match self.parse(&bytes) {
            Some(stored) => (Some(stored), None),
            None => (None, Some(format!("{} is damaged; its features are computed again", self.path.display()))),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Option<StoredFeatures> {
        let (mut tensors, note) = parse_safetensors(bytes, &self.path).ok()?;
        let logits = tensors.pop().filter(|tensor| tensor.name == "logits")?.values;
        let features = tensors.pop().filter(|tensor| tensor.name == "features")?.values;
        (note? == self.note(&features, &logits)).then_some(StoredFeatures { features, logits })
    }

    /// Stores features `[n, dims]` and logits `[n, classes]`.
    ///
    /// # Errors
    /// A warning that says why they cannot be stored; the evaluation is not affected.
    pub fn write(&self, dims: usize, features: &[f32], logits: &[f32]) -> Result<(), String> {
        let tensor = |name: &str, columns: usize, values: &[f32]| NamedTensor {
            name: name.to_owned(),
            shape: vec![values.len() / columns.max(1), columns],
            values: values.to_vec(),
        };
        let count = features.len() / dims;
        let tensors = [tensor("features", dims, features), tensor("logits", logits.len() / count.max(1), logits)];
        let folder = self.path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written =
            folder.and_then(|()| write_atomic(&self.path, &safetensors_bytes(&tensors, &self.note(features, logits))));
        written.map_err(|error| format!("cannot store features in {}: {error}", self.path.display()))
    }

    /// The key and a hash of the values: what a whole file's metadata must be.
    fn note(&self, features: &[f32], logits: &[f32]) -> String {
        let bytes: Vec<u8> = features.iter().chain(logits).flat_map(|value| value.to_le_bytes()).collect();
        format!("{} {}", self.key, sha256(&bytes))
    }
}
