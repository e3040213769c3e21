//! PyTorch's `.pth`, `.pt` and `.ckpt` files, read without executing their pickle.

use std::path::Path;

use pytorch_reader::{DType, PytorchReader};

use crate::error::WeightsError;
use crate::named::NamedTensor;

/// The floating-point tensors of a state dictionary as f32, sorted by name; whole numbers, such as counters, are left out.
///
/// # Errors
/// The file cannot be read, is not a checkpoint, or holds tensors of other types.
pub fn read_pytorch(path: &Path) -> Result<Vec<NamedTensor>, WeightsError> {
    let wrong = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
    let read = |source: std::io::Error| WeightsError::Read { path: path.to_owned(), source };
    std::fs::File::open(path).map_err(read)?;
    let reader = PytorchReader::new(path).map_err(|error| wrong(error.to_string()))?;
    let mut tensors = Vec::new();
    for (name, tensor) in reader.into_tensors() {
        let bytes = tensor.read().map_err(|error| wrong(format!("{name}: {error}")))?;
        let values = match tensor.dtype() {
            DType::F32 => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            DType::F64 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
            DType::F16 => bytes.as_chunks().0.iter().map(|bytes| half::f16::from_le_bytes(*bytes).to_f32()).collect(),
            DType::BF16 => bytes.as_chunks().0.iter().map(|bytes| half::bf16::from_le_bytes(*bytes).to_f32()).collect(),
            // Counters of steps, such as a batch norm's.
            DType::I64 | DType::I32 => continue,
            other => return Err(wrong(format!("{name} holds {other:?}, not f32"))),
        };
        tensors.push(NamedTensor { shape: tensor.shape().to_vec(), name, values });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}
