//! Honest numbers for generators; one file a metric.

mod classes;
mod frechet;
mod moments;

pub use classes::ClassReport;
pub use frechet::{FrechetError, frechet_distance};
pub use moments::Moments;
