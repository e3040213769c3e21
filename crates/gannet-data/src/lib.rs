//! Image sources, conversions and batches.
//!
//! [`open`] opens the data set that a user names (a folder, an archive, MNIST or CIFAR files, a built-in set) as a
//! [`Source`]; [`ImageSpec`] converts an image of any size and mode to the planes that a network takes; [`Loader`]
//! gives shuffled batches, read ahead of training, in an order that depends on the seed and the batch number alone.
//! [`check`] reads a whole set and reports its contents. [`known_sources`] lists the built-in sets, containers and
//! formats.
//!
//! For image-to-image tasks there are [`PairedSource`], [`SideBySide`], [`Mask`] and [`degrade`].
//!
//! This is the only crate that reads images. It treats files as hostile: sizes are checked from headers or by counting,
//! before memory is allocated.

mod alpha;
mod color_space;
mod decode;
mod decoding;
pub mod degrade;
mod depth;
mod error;
mod file_identity;
mod file_name;
mod fingerprint;
mod image_buffer;
mod image_files;
mod image_spec;
mod inspected;
mod layout;
mod loader;
mod mask;
mod mask_shapes;
mod notes;
mod paired_source;
mod patch_source;
mod pillow;
mod pixels;
mod report;
mod resized_source;
mod side_by_side;
mod source;
mod sources;
mod split;
mod stored_image;
mod subset;
mod tiff_header;

pub use decode::{MAX_DECODED, MAX_PIXELS, decode};
pub use decoding::Decoding;
pub use degrade::DegradationKind;
pub use error::DataError;
pub use file_identity::FileIdentity;
pub use file_name::{escaped, file_name, is_misleading, shown_in_line};
pub use image_buffer::ImageBuffer;
pub use image_files::{ImageFile, image_files, neighbors};
pub use image_spec::{Fit, ImageSpec};
pub use inspected::Inspected;
pub use layout::{Layout, LayoutChoice, LeftOut};
pub use loader::{Batch, Loader};
pub use mask::Mask;
pub use mask_shapes::MaskKind;
pub use notes::{Note, NoteCount, NoteKind, Notes};
pub use paired_source::PairedSource;
pub use patch_source::PatchSource;
pub use pixels::Pixels;
pub use report::{Class, FileProblem, ImageKind, Item, Range, Report, check, list};
pub use resized_source::ResizedSource;
pub use side_by_side::SideBySide;
pub use source::{Source, inspect_image, read_image};
pub use sources::open::{open, open_as};
pub use sources::registry::{SourceInfo, SourceKind, is_built_in, known_sources};
pub use sources::store::{MAX_ENTRY, MAX_UNPACKED};
pub use split::Split;
pub use stored_image::StoredImage;
pub use subset::Subset;
