//! The training loop of a run.

mod estimate;
mod published;
mod rollback;
mod setup;
mod state;
mod training_loop;

pub use state::Trainer;
