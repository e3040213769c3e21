//! PyTorch's `.pth`, `.pt` and `.ckpt` files, read without executing their pickle.

use std::path::Path;

use pytorch_reader::{DType, PytorchReader, Tensor};

use crate::error::WeightsError;
use crate::named::NamedTensor;
use crate::state_dict::beside;

/// Most bytes of tensors for a byte of the file. Tensors may share their values, and an archive may be compressed, but a small
/// file that claims huge tensors is no network.
const MOST_BYTES: u64 = 16;

/// The floating-point tensors of a state dictionary as f32, sorted by name; whole numbers, such as counters, are left out, and so
/// is what a checkpoint holds beside its networks, where it is of another type.
///
/// # Errors
/// The file cannot be read, is not a checkpoint, or holds tensors of other types or more tensors than fit into it.
pub fn read_pytorch(path: &Path) -> Result<Vec<NamedTensor>, WeightsError> {
    let wrong = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
    let read = |source: std::io::Error| WeightsError::Read { path: path.to_owned(), source };
    let length = std::fs::File::open(path).and_then(|file| file.metadata()).map_err(read)?.len();
    let found = PytorchReader::new(path).map_err(|error| wrong(error.to_string()))?.into_tensors();
    let claimed = found.values().fold(0_u64, |sum, tensor| sum.saturating_add(tensor.byte_len() as u64));
    if claimed > length.saturating_mul(MOST_BYTES) {
        return Err(wrong(format!("its tensors would have {claimed} bytes, and the file has {length}")));
    }
    let is_beside = beside(found.keys().map(String::as_str));
    let mut tensors = Vec::new();
    for (name, tensor) in &found {
        // Counters of steps, such as a batch norm's.
        if matches!(tensor.dtype(), DType::I64 | DType::I32) {
            continue;
        }
        match values(tensor).map_err(|error| wrong(format!("{name}: {error}")))? {
            Some(values) => tensors.push(NamedTensor { shape: tensor.shape().to_vec(), name: name.clone(), values }),
            None if is_beside(name) => {}
            None => return Err(wrong(format!("{name} holds {:?}, not f32", tensor.dtype()))),
        }
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

/// The values of a floating-point tensor; `None` for another type.
fn values(tensor: &Tensor) -> std::io::Result<Option<Vec<f32>>> {
    if !matches!(tensor.dtype(), DType::F32 | DType::F64 | DType::F16 | DType::BF16) {
        return Ok(None);
    }
    let bytes = tensor.read()?;
    Ok(Some(match tensor.dtype() {
        DType::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        DType::F16 => bytes.as_chunks().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
        DType::BF16 => bytes.as_chunks().0.iter().map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32()).collect(),
        _ => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    }))
}
