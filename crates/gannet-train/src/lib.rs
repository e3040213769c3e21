//! Training: the loop ([`Trainer`]), the [`tasks`] and their [`objective`], the [`doctor`], evaluation, checkpoints and
//! [`events`].
//!
//! To follow a training step, start at `trainer/training_loop.rs`, then `tasks/adversarial/step.rs`.

pub mod budget;
mod build_task;
mod checkpoint_score;
mod checkpoint_writer;
mod data_feed;
pub mod doctor;
mod error;
pub mod evaluation;
pub mod events;
pub mod memory;
mod network_memory;
pub mod objective;
pub mod preview;
mod run_files;
mod run_writer;
pub mod sinks;
pub mod step_report;
pub mod tasks;
mod thumbnails;
mod timed_steps;
mod trainer;

pub use error::TrainError;
pub use run_writer::refuse_occupied;
pub use trainer::Trainer;
