//! Networks of ncnn: a graph in text, NAME.param, and the values of its layers in their order, NAME.bin.
//!
//! The layers of a graph have no names that say what they are. The graph is compared with those of the networks that Gannet knows
//! (`layouts.rs`), and the values get the names that these networks' own projects give them.

mod files;
mod graph;
mod layouts;
mod network;
mod param;
mod refusal;
mod values;

pub(super) use files::{is, read};
pub use network::RESIZED_TO;
