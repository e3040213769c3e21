//! The code that cannot be written in safe Rust: vector instructions, and memory of our own under Burn's tensors. No other
//! module of Gannet has unsafe code.

pub mod memory;
pub mod pairs;
pub mod tile;
