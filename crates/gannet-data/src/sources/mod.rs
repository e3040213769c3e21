//! Where images come from.
//!
//! A data set is a built-in set, or is read from disk in two layers. A [`container::Container`] (a zip, a tar) or a
//! folder is a [`store::Store`] of named files; a [`format::Format`] (MNIST idx, CIFAR batches, image files) finds the
//! images in it. So every format works in every container.
//!
//! A new built-in set, container or format is one file here and one line in [`registry`].

pub(crate) mod archives;
pub(crate) mod array_images;
pub(crate) mod arrow;
pub(crate) mod built_in;
pub(crate) mod cifar;
pub(crate) mod companions;
pub(crate) mod container;
pub(crate) mod dataset_json;
pub(crate) mod digits;
pub(crate) mod file_labels;
pub(crate) mod folder;
pub(crate) mod format;
pub(crate) mod given_layout;
pub(crate) mod glyphs;
pub(crate) mod hdf5;
pub(crate) mod hugging_face;
pub(crate) mod identify;
pub(crate) mod idx;
pub(crate) mod images;
pub(crate) mod joined;
pub(crate) mod labels;
pub(crate) mod links;
pub(crate) mod lmdb;
pub(crate) mod metadata_table;
pub(crate) mod numpy;
pub(crate) mod open;
pub(crate) mod parquet;
pub(crate) mod positioned;
pub(crate) mod registry;
pub(crate) mod shapes;
pub(crate) mod split_lists;
pub(crate) mod split_words;
pub(crate) mod store;
pub(crate) mod table;
#[cfg(test)]
mod table_tests;
pub(crate) mod tar;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
#[cfg(test)]
mod tree_tests;
pub(crate) mod zip;
pub(crate) mod zstd;
