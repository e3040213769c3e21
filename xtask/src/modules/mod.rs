//! No import runs in a circle between the files of a crate.
//!
//! A file is a node if it defines something: a `mod.rs` or `lib.rs` that only declares modules and re-exports is none. An
//! arrow runs from a file to each file that defines what the first one imports or names by a path; re-exports are followed.
//! Tests do not count.

mod check;
mod cycles;
mod paths;
mod resolve;
#[cfg(test)]
mod tests;
mod tree;

pub use check::check;
