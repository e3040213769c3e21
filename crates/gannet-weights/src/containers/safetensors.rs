//! The safetensors format: a JSON header and raw little-endian values.

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use super::contents::{Contents, Source, damaged};
use crate::error::WeightsError;
use crate::floats::Float;
use crate::named::NamedTensor;
use crate::read::read_file;

/// The file's bytes, a function of the tensors alone. `note` is stored under the key `gannet` of the
/// header's metadata: a single entry, because a map of several would be written in random order.
pub fn safetensors_bytes(tensors: &[NamedTensor], note: &str) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|tensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).expect("values fill the shape");
        (tensor.name.clone(), view)
    });
    let metadata = HashMap::from([("gannet".to_owned(), note.to_owned())]);
    serialize(views.collect::<Vec<_>>(), Some(metadata)).expect("names are unique")
}

/// The floating-point tensors of a file as f32, sorted by name, and its note; tensors of other types are left out. The note is that of
/// [`safetensors_bytes`].
///
/// # Errors
/// The file cannot be read, is truncated or not a safetensors file.
pub fn read_safetensors(path: &Path) -> Result<(Vec<NamedTensor>, Option<String>), WeightsError> {
    let bytes = read_file(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    parse_safetensors(&bytes, path)
}

/// Whether bytes begin like a safetensors file: a length, which the format bounds, and a brace.
pub(super) fn is(source: &Source) -> bool {
    const LONGEST_HEADER: u64 = 100_000_000;
    let length = source.bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    length.is_some_and(|length| length <= LONGEST_HEADER) && source.bytes.get(8) == Some(&b'{')
}

/// The tensors of a file.
pub(super) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let (mut contents, note) = parse(source.bytes, source.path)?;
    if note.is_some() {
        contents
            .notes
            .push("Gannet wrote this file: where it is a part of a run, give the run's folder instead.".to_owned());
    }
    Ok(contents)
}

/// [`read_safetensors`] from bytes; `path` is for messages.
///
/// # Errors
/// The bytes are truncated or not a safetensors file.
pub fn parse_safetensors(bytes: &[u8], path: &Path) -> Result<(Vec<NamedTensor>, Option<String>), WeightsError> {
    let (contents, note) = parse(bytes, path)?;
    Ok((contents.sorted().tensors, note))
}

fn parse(bytes: &[u8], path: &Path) -> Result<(Contents, Option<String>), WeightsError> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(path, error.to_string()))?;
    let note = header.metadata().as_ref().and_then(|metadata| metadata.get("gannet").cloned());
    let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(path, error.to_string()))?;
    let mut contents = Contents::default();
    for (name, view) in file.tensors() {
        match float(view.dtype()) {
            Some(float) => contents.add(name, view.shape().to_vec(), float, float.read(view.data())),
            None => contents.leave_out(&name, &format!("{:?}", view.dtype())),
        }
    }
    Ok((contents, note))
}

fn float(kind: Dtype) -> Option<Float> {
    Some(match kind {
        Dtype::F64 => Float::F64,
        Dtype::F32 => Float::F32,
        Dtype::F16 => Float::F16,
        Dtype::BF16 => Float::Bf16,
        Dtype::F8_E4M3 => Float::F8E4m3,
        Dtype::F8_E5M2 => Float::F8E5m2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors() -> Vec<NamedTensor> {
        let tensor = |name: &str, shape: &[usize], values: &[f32]| NamedTensor {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        vec![tensor("a.weight", &[2, 2], &[1.0, -2.0, 3.5, 0.0]), tensor("b", &[1], &[f32::MIN_POSITIVE])]
    }

    #[test]
    fn written_tensors_are_read_back_and_the_bytes_are_deterministic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let bytes = safetensors_bytes(&tensors(), "a note");
        assert_eq!(bytes, safetensors_bytes(&tensors(), "a note"));
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read_safetensors(&path).unwrap(), (tensors(), Some("a note".to_owned())));
    }

    #[test]
    fn a_truncated_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let bytes = safetensors_bytes(&tensors(), "");
        std::fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
        let message = read_safetensors(&path).unwrap_err().to_string();
        assert!(message.contains("net.safetensors is damaged"), "{message}");
    }
}
