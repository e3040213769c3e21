//! The training loop of a run.

mod estimate;
mod rollback;
mod setup;
mod trainer;
mod training_loop;

pub use trainer::Trainer;
