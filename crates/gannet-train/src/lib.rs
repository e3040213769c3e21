//! Training: the loop, tasks, optimisers, recipes, checkpoints and events.

pub mod adain;
pub mod adam;
pub mod autoencoder;
mod cells;
pub mod checkpoint;
pub mod doctor;
pub mod ema;
mod error;
pub mod evaluate;
pub mod events;
mod feed;
pub mod grid;
mod inpainter;
mod judge;
pub mod lab;
pub mod latents;
pub mod memory;
pub mod params;
pub mod preview;
pub mod recipe;
pub mod run;
pub mod sinks;
pub mod style;
pub mod tasks;
pub mod trained;
mod trainer;
pub mod translator;
mod upscaler;

pub use error::TrainError;
pub use trainer::Trainer;
