//! Autoencoders, alone and combined with GANs. `step.rs` is the training step.

mod networks;
mod step;
mod task;

pub use networks::{AutoencodeTask, Networks};
