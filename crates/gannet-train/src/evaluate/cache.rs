//! Features of a reference that were computed before.
//!
//! They are kept under a hash of all that they depend on: each image's pixels, the network's weights, how images are resized,
//! and how many there are. So what is kept is never stale; a file that is damaged is told of and made again.

use std::path::PathBuf;

use gannet_weights::{NamedTensor, cache_folder, parse_safetensors, safetensors_bytes, sha256, write_atomic};

use super::EvaluateError;
use super::judge::Judge;
use super::pass::{KEPT, Kept, walk};
use super::pictures::Pictures;

/// The format of the files; a change makes all before useless.
const FORMAT: &str = "1";

/// Where the features of one set are kept.
pub struct Place {
    key: String,
    path: PathBuf,
}

impl Place {
    /// That of the first `count` images of a set seen by `judge`; none where there is no cache folder, where the network is
    /// so fast that reading the images takes as long, or where there are too many.
    ///
    /// # Errors
    /// No image can be read.
    pub fn of(pictures: &Pictures, count: usize, judge: &Judge) -> Result<Option<Self>, EvaluateError> {
        let Some(folder) = cache_folder().filter(|_| judge.is_slow && count <= KEPT) else { return Ok(None) };
        let mut hashes = String::new();
        walk(pictures, count, |images, _| {
            for image in images {
                hashes += &format!("{}×{}×{} {}\n", image.height, image.width, image.channels, sha256(&image.data));
            }
            Ok(())
        })?;
        let version = env!("CARGO_PKG_VERSION");
        let protocol = format!("{FORMAT} {version} {} {} {count}\n{hashes}", judge.hash, judge.resize());
        let key = sha256(protocol.as_bytes());
        let path = folder.join("features").join(format!("{}.safetensors", &key[..32]));
        Ok(Some(Self { key, path }))
    }

    /// Features and logits, if they are kept; a line where they are damaged.
    pub fn read(&self) -> (Option<Kept>, Option<String>) {
        let Ok(bytes) = std::fs::read(&self.path) else { return (None, None) };
        match self.parse(&bytes) {
            Some(kept) => (Some(kept), None),
            None => (None, Some(format!("{} is damaged; its features are computed again", self.path.display()))),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Option<Kept> {
        let (mut tensors, note) = parse_safetensors(bytes, &self.path).ok()?;
        let logits = tensors.pop().filter(|tensor| tensor.name == "logits")?;
        let features = tensors.pop().filter(|tensor| tensor.name == "features")?;
        (note? == self.note(&features.values, &logits.values)).then_some((features.values, logits.values))
    }

    /// Keeps them.
    ///
    /// # Errors
    /// A line that says why not; the numbers are none the worse.
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
        written.map_err(|error| format!("cannot keep features in {}: {error}", self.path.display()))
    }

    /// The key, and a hash of the values.
    fn note(&self, features: &[f32], logits: &[f32]) -> String {
        let bytes: Vec<u8> = features.iter().chain(logits).flat_map(|value| value.to_le_bytes()).collect();
        format!("{} {}", self.key, sha256(&bytes))
    }
}
