//! What cannot be said in safe Rust: vector instructions, and memory of our own under the framework's tensors. No other
//! module of Gannet has unsafe code.

pub mod memory;
pub mod tile;
