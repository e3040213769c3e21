//! Trained and foreign networks in use: [`generator`], [`translator`] with upscaling and inpainting, [`style_transfer`] and
//! [`adain`], [`autoencoder`], [`classifier`]; and the folders of runs, to read ([`run`], [`checkpoint`]).
//!
//! Everything here takes paths or values and returns images or tensors. Nothing prints, and nothing trains a network: the
//! trainer is `gannet-train`, which stands on this crate.

pub mod adain;
pub mod autoencoder;
mod built_in_upscaler;
pub mod checkpoint;
mod checkpoint_choice;
mod checkpoint_state;
pub mod classifier;
mod error;
pub mod generator;
pub mod image_grid;
mod inpaint;
pub mod latents;
mod network_file;
mod picture_values;
pub mod resize_picture;
pub mod run;
pub mod style_transfer;
pub mod translator;
mod upscale;
mod weights_report;

pub use checkpoint_choice::CheckpointChoice;
pub use error::ApplyError;
pub use gannet_ops::device::device;
pub use generator::TrainedGenerator;
pub use network_file::{file_and_key, read_network};
pub use upscale::Tiling;
pub use weights_report::{ReportLine, weights_report};
