//! Commands that turn pictures into pictures: a single file or whole folders.

mod half;
mod job;
mod picture;
mod result_names;
mod targets;

pub use half::{Half, crop_half, half_of_buffer};
pub use job::Job;
pub use picture::{Picture, from_buffer, from_pixels, in_bands, save};
pub use result_names::Named;
pub use targets::{Targets, relative, take_all};
