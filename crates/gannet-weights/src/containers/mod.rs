//! The kinds of files that hold weights, one file each, and the list of them (`registry.rs`).

mod archive;
mod contents;
mod foreign;
mod ncnn;
mod onnx;
mod pytorch;
mod registry;
mod safetensors;
mod torchscript;

pub(crate) use contents::{Contents, Source};
pub use ncnn::RESIZED_TO;
pub(crate) use registry::read;
pub use safetensors::{parse_safetensors, read_safetensors, safetensors_bytes};
