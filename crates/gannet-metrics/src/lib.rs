//! Honest numbers for generators; one file a metric.

mod classes;
mod frechet;
pub mod lenet;
pub mod modes;
mod moments;

pub use classes::ClassReport;
pub use frechet::{FrechetError, frechet_distance};
pub use moments::Moments;
