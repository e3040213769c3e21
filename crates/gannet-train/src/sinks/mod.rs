//! Sinks that write to the run's folder: metrics, TensorBoard events, samples and their film, plots, the report.

pub mod film;
pub mod jsonl;
pub mod plot;
pub mod report;
mod run_sinks;
mod spread;
pub mod tensorboard;

pub use run_sinks::Sinks;
