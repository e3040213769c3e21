//! Reading and writing of weights: networks as named tensors, safetensors, ncnn and ONNX files, PyTorch's files without executing a
//! pickle, files of other projects by their tensors' names, and atomic writes.

mod atomic;
mod atomic_folder;
mod containers;
mod error;
mod floats;
mod hash;
mod known;
mod named;
mod read;
mod state_dict;
mod tensor_file;
mod unfinished;
mod weights_file;

pub use atomic::{AtomicFile, write_atomic};
pub use atomic_folder::{UnfinishedFolder, remove_folder, remove_unfinished_folders};
pub use containers::{RESIZED_TO, parse_safetensors, read_safetensors, safetensors_bytes};
pub use error::WeightsError;
pub use hash::sha256;
pub use known::{KNOWN, Known, cache_folder};
pub use named::{NamedTensor, collect, load};
pub use read::{read_file, read_text};
pub use tensor_file::{Mismatch, Renamed, TensorFile};
pub use unfinished::is_unfinished;
pub use weights_file::{FilePart, WeightsFile, read_weights};
