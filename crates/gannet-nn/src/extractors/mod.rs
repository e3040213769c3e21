//! Frozen networks that extract features of images. Each file is one paper; [`frozen`] has their layers.

pub mod classifier;
pub mod dinov2;
mod extractor;
pub mod frozen;
pub mod inception;
pub mod lpips;
pub mod resnet;
pub mod style;
pub mod vgg;

pub use extractor::{ExtractedFeatures, Extractor};
