//! Image sources, transforms and batches.
//!
//! [`open`] turns what a user names (a folder, an archive, MNIST or CIFAR files, a built-in set) into a [`Source`];
//! [`ImageSpec`] turns an image of any size and mode into the planes a network takes; [`Loader`] deals shuffled
//! batches ahead of training, in an order that depends on the seed and the batch number alone. [`check`] reads a
//! whole set and reports what is in it.
//!
//! The only crate that reads images. Everything here treats files as hostile: sizes are checked from headers or by
//! counting, before memory is taken.

mod beside;
mod canvas;
mod check;
mod decode;
pub mod degrade;
mod error;
mod hole;
mod loader;
mod masks;
mod patches;
mod pictures;
mod scaled;
mod source;
mod sources;
mod subset;
mod transforms;

pub use beside::Beside;
pub use canvas::Canvas;
pub use check::{Class, Item, Kind, Problem, Range, Report, check, list};
pub use decode::{MAX_DECODED, MAX_PIXELS, decode};
pub use error::DataError;
pub use hole::Hole;
pub use loader::{Batch, Loader};
pub use masks::MaskKind;
pub use patches::Patches;
pub use pictures::{Picture, pictures};
pub use scaled::Scaled;
pub use source::{Inspected, Source, Split, is_built_in, open, read_image};
pub use sources::store::{MAX_ENTRY, MAX_UNPACKED};
pub use subset::Subset;
pub use transforms::{Fit, ImageSpec, Pixels};
