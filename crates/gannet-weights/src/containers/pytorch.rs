//! PyTorch's `.pth`, `.pt` and `.ckpt` files, read without executing their pickle.

use std::io::Write;
use std::path::Path;

use pytorch_reader::{DType, PickleError, PytorchError, PytorchReader};
use tempfile::NamedTempFile;

use super::archive::Archive;
use super::contents::{Contents, Source, damaged, foreign};
use super::foreign::kind_without_tensors;
use crate::error::WeightsError;
use crate::floats::Float;

/// Most bytes of tensors for a byte of the file. Tensors may share their values, and an archive may be compressed, but a small
/// file that claims huge tensors is no network.
const MOST_BYTES: u64 = 16;

/// The tensors of a file.
pub(super) fn read(source: &Source) -> Result<Contents, WeightsError> {
    let Source { path, bytes } = *source;
    // The crate zip takes the directory of some sound archives to begin 76 bytes later (findings/zip-entry-of-76-bytes.sh).
    let contents = match Archive::open(bytes) {
        Some(archive) if archive.first_entry_is_overlooked() => read_rewritten(&archive.rewritten(None), path),
        _ => parse(path, bytes.len(), path),
    };
    match contents {
        Ok(contents) if !contents.tensors.is_empty() => Ok(contents),
        other => kind_without_tensors(path, bytes).map_or(other, |kind| Err(foreign(path, kind))),
    }
}

/// The tensors of an archive in memory, by the reader of PyTorch's files; `path` is for messages.
pub(super) fn read_rewritten(bytes: &[u8], path: &Path) -> Result<Contents, WeightsError> {
    let write = || {
        let mut file = NamedTempFile::new()?;
        file.write_all(bytes)?;
        Ok(file)
    };
    // It is removed when it is dropped.
    let file = write().map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
    parse(file.path(), bytes.len(), path)
}

/// The tensors of the file at `place`, which has so many bytes; `path` is for messages.
fn parse(place: &Path, length: usize, path: &Path) -> Result<Contents, WeightsError> {
    let found = PytorchReader::new(place).map_err(|error| match error {
        PytorchError::Pickle(PickleError::UnsupportedType(kind)) => foreign(
            path,
            format!(
                "a PyTorch file with tensors in {kind}, which Gannet does not read: save the weights alone, in Python by \
                 torch.save(model.state_dict(), 'weights.pth'), or as safetensors where they are numbers of 8 bits"
            ),
        ),
        error => damaged(path, error.to_string()),
    });
    let found = found?.into_tensors();
    let claimed = found.values().fold(0_u64, |sum, tensor| sum.saturating_add(tensor.byte_len() as u64));
    if claimed > (length as u64).saturating_mul(MOST_BYTES) {
        return Err(damaged(path, format!("its tensors would have {claimed} bytes, and the file has {length}")));
    }
    let mut contents = Contents::default();
    for (name, tensor) in found {
        let Some(float) = float(tensor.dtype()) else {
            contents.leave_out(&name, &format!("{:?}", tensor.dtype()));
            continue;
        };
        let values = tensor.read().map_err(|error| damaged(path, format!("{name}: {error}")))?;
        contents.add(name, tensor.shape().to_vec(), float, float.read(&values));
    }
    Ok(contents)
}

fn float(kind: DType) -> Option<Float> {
    Some(match kind {
        DType::F64 => Float::F64,
        DType::F32 => Float::F32,
        DType::F16 => Float::F16,
        DType::BF16 => Float::Bf16,
        _ => return None,
    })
}
