//! Gannet trains, evaluates and applies generative adversarial networks.
//!
//! Train, then sample:
//!
//! ```
//! use gannet::prelude::*;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let folder = std::env::temp_dir().join("gannet-example");
//!     let device = gannet::device("cpu")?;
//!
//!     // The recipe of `gannet train`, made small. `gannet recipes --keys` lists all settings.
//!     let settings = ["train.steps=2", "train.batch=8", "model.width=4"].map(String::from);
//!     let recipe = Recipe::load("digits-dcgan", &settings)?;
//!
//!     let mut trainer = Trainer::create(recipe, &folder, true, &device)?;
//!     trainer.listen(|event: &Event| println!("{event:?}"));
//!     trainer.run(&AtomicBool::new(false))?;
//!
//!     let generator = TrainedGenerator::open(&folder, CheckpointChoice::Newest, &device)?;
//!     let images = generator.sample(16, 0); // [16, 1, 28, 28] in [-1, 1], from seed 0
//!     let png = square_grid(images).to_png()?;
//!     assert_eq!(&png[1..4], b"PNG");
//!     Ok(())
//! }
//! ```
//!
//! Each crate of the workspace is a module here. To use trained networks: [`apply`] and [`eval`]. To train: [`recipe`],
//! [`train`] and [`lab`]. What both stand on: [`ops`], [`weights`], [`data`], [`nn`], [`optim`], [`objectives`] and
//! [`metrics`].
//!
//! A program that only applies networks can depend on the crate `gannet-apply` alone, which does not contain the trainer.

pub use gannet_apply as apply;
pub use gannet_data as data;
pub use gannet_eval as eval;
pub use gannet_lab as lab;
pub use gannet_metrics as metrics;
pub use gannet_nn as nn;
pub use gannet_objectives as objectives;
pub use gannet_ops as ops;
pub use gannet_optim as optim;
pub use gannet_recipe as recipe;
pub use gannet_train as train;
pub use gannet_weights as weights;

pub use gannet_ops::device::device;
pub use gannet_train::{TrainError, Trainer};

/// What a program that trains and samples needs.
pub mod prelude {
    pub use std::sync::atomic::AtomicBool;

    pub use gannet_apply::image_grid::square_grid;
    pub use gannet_apply::{CheckpointChoice, TrainedGenerator};
    pub use gannet_nn::{Discriminator, Generator, Mode};
    pub use gannet_recipe::Recipe;
    pub use gannet_train::Trainer;
    pub use gannet_train::events::{Event, Sink};
}
