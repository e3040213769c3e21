//! Autoencoders, alone and combined with GANs. [`step`] is the training step.

mod networks;
mod step;
mod task;

pub use networks::{AutoencodeTask, Networks};
