//! Gannet trains, judges and applies generative adversarial networks.
//!
//! Train, then sample:
//!
//! ```
//! use gannet::prelude::*;
//!
//! fn main() -> Result<(), gannet::TrainError> {
//!     let folder = std::env::temp_dir().join("gannet-example");
//!     let device = gannet::device("cpu")?;
//!
//!     // The recipe of `gannet train`, made small: see `gannet recipes --keys` for all that can be set.
//!     let settings = ["train.steps=2", "train.batch=8", "model.width=4"].map(String::from);
//!     let recipe = Recipe::load("digits-dcgan", &settings)?;
//!
//!     let mut trainer = Trainer::create(recipe, &folder, true, &device)?;
//!     trainer.listen(|event: &Event| println!("{event:?}"));
//!     trainer.run(&AtomicBool::new(false))?;
//!
//!     let generator = TrainedGenerator::open(&folder, Which::Newest, &device)?;
//!     let images = generator.sample(16, 0); // [16, 1, 28, 28] in [-1, 1], from seed 0
//!     let png = grid(images).to_png().expect("memory can be written to");
//!     assert_eq!(&png[1..4], b"PNG");
//!     Ok(())
//! }
//! ```
//!
//! Each room of the house is a module here: [`ops`], [`nn`], [`weights`], [`data`], [`objectives`], [`metrics`] and
//! [`train`].

pub use gannet_data as data;
pub use gannet_metrics as metrics;
pub use gannet_nn as nn;
pub use gannet_objectives as objectives;
pub use gannet_ops as ops;
pub use gannet_train as train;
pub use gannet_weights as weights;

pub use gannet_ops::device::device;
pub use gannet_train::{TrainError, Trainer};

/// What a program that trains and samples needs.
pub mod prelude {
    pub use std::sync::atomic::AtomicBool;

    pub use gannet_nn::{Discriminator, Generator, Mode};
    pub use gannet_train::Trainer;
    pub use gannet_train::events::{Event, Sink};
    pub use gannet_train::recipe::Recipe;
    pub use gannet_train::tasks::grid;
    pub use gannet_train::trained::{TrainedGenerator, Which};
}
