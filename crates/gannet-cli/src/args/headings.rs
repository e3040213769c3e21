//! Headings of options that several commands have.

/// Where a command computes.
pub const COMPUTATION: &str = "Computation";
/// Options of every command.
pub const OTHER: &str = "Other options";
/// Where results go.
pub const OUTPUT: &str = "Output";
/// Which weights a network has.
pub const WEIGHTS: &str = "Weights";
