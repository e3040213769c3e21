//! Reading and writing of weights: networks as named tensors, safetensors files, PyTorch's files without
//! executing a pickle, files of other projects by their tensors' names, and atomic writes.

mod atomic;
mod atomic_folder;
mod error;
mod file;
mod foreign;
mod hash;
mod known;
mod named;
mod pytorch;
mod read;
mod safetensors;
mod state_dict;
mod tensor_file;
mod unfinished;

pub use atomic::{AtomicFile, write_atomic};
pub use atomic_folder::{UnfinishedFolder, remove_folder, remove_unfinished_folders};
pub use error::WeightsError;
pub use file::read_weights;
pub use hash::sha256;
pub use known::{KNOWN, Known, cache_folder};
pub use named::{NamedTensor, collect, load};
pub use pytorch::read_pytorch;
pub use read::{read_file, read_text};
pub use safetensors::{parse_safetensors, read_safetensors, safetensors_bytes};
pub use tensor_file::{Mismatch, Renamed, TensorFile};
pub use unfinished::is_unfinished;
