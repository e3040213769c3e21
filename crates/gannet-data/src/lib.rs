//! Image sources, transforms and batches.
//!
//! [`open`] turns what a user names (a folder, an archive, MNIST or CIFAR files, a built-in set) into a [`Source`];
//! [`ImageSpec`] turns an image of any size and mode into the planes a network takes; [`Loader`] deals shuffled
//! batches ahead of training, in an order that depends on the seed and the batch number alone. [`check`] reads a
//! whole set and reports what is in it.
//!
//! The only crate that reads images. Everything here treats files as hostile: sizes are checked from headers or by
//! counting, before memory is taken.

mod decode;
pub mod degrade;
mod error;
mod image_buffer;
mod image_files;
mod loader;
mod mask;
mod mask_shapes;
mod paired_source;
mod patch_source;
mod report;
mod resized_source;
mod source;
mod sources;
mod split;
mod subset;
mod transforms;

pub use decode::{MAX_DECODED, MAX_PIXELS, decode};
pub use degrade::DegradationKind;
pub use error::DataError;
pub use image_buffer::ImageBuffer;
pub use image_files::{ImageFile, image_files};
pub use loader::{Batch, Loader};
pub use mask::Mask;
pub use mask_shapes::MaskKind;
pub use paired_source::PairedSource;
pub use patch_source::PatchSource;
pub use report::{Class, FileProblem, ImageKind, Item, Range, Report, check, list};
pub use resized_source::ResizedSource;
pub use source::{Inspected, Source, is_built_in, open, read_image};
pub use sources::store::{MAX_ENTRY, MAX_UNPACKED};
pub use split::Split;
pub use subset::Subset;
pub use transforms::{Fit, ImageSpec, Pixels};
