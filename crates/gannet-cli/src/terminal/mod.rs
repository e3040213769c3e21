//! A run as the user at the terminal sees it.

mod half_blocks;
mod sink;

pub use sink::Terminal;
