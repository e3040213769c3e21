//! The list of all sources of images: built-in sets, containers and formats, one line each.

use gannet_choice::alternatives;

use super::built_in::BuiltIn;
use super::container::Container;
use super::format::Format;
use super::shapes::Style;
use super::{arrow, cifar, digits, hdf5, idx, images, lmdb, numpy, parquet, tar, zip};

/// The sets that need no files.
pub(crate) static BUILT_IN: &[&dyn BuiltIn] =
    &[&digits::DigitSet, &Style::Filled, &Style::Striped, &Style::Hatched, &Style::Outlined];

/// The containers besides folders. The first one that recognizes a file opens it.
pub(crate) static CONTAINERS: &[&dyn Container] = &[
    &zip::ZipArchives,
    &tar::GZIP,
    &tar::BZIP2,
    &tar::XZ,
    &tar::ZSTD,
    &tar::TarArchives,
    &parquet::ParquetFiles,
    &arrow::ArrowFiles,
    &lmdb::LmdbDatabases,
    &hdf5::Hdf5Files,
];

/// The formats, in the order in which they are tried.
pub(crate) static FORMATS: &[&dyn Format] =
    &[&idx::IdxFiles, &cifar::CifarBatches, &numpy::NumpyArrays, &images::ImageFiles];

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// a set that Gannet draws itself
    BuiltIn,
    /// a file that holds other files
    Container,
    /// a layout of images in the files of a folder or a container
    Format,
}

/// A source of images that Gannet knows, for help texts and documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceInfo {
    /// what kind of source it is
    pub kind: SourceKind,
    /// what a user writes (`shapes`), a file's extension (`.zip`), or the name of a format (`MNIST idx files`)
    pub name: &'static str,
    /// what it is, in one line
    pub summary: &'static str,
}

/// All sources that Gannet knows: built-in sets, containers, formats.
pub fn known_sources() -> Vec<SourceInfo> {
    let info = |kind| move |(name, summary)| SourceInfo { kind, name, summary };
    let built_in = BUILT_IN.iter().map(|set| (set.name(), set.summary())).map(info(SourceKind::BuiltIn));
    let containers = CONTAINERS.iter().map(|c| (c.name(), c.summary())).map(info(SourceKind::Container));
    let formats = FORMATS.iter().map(|format| (format.name(), format.summary())).map(info(SourceKind::Format));
    built_in.chain(containers).chain(formats).collect()
}

/// Whether `name` is a built-in set, which needs no files.
pub fn is_built_in(name: &str) -> bool {
    built_in(name).is_some()
}

/// The built-in set of this name.
pub(crate) fn built_in(name: &str) -> Option<&'static dyn BuiltIn> {
    BUILT_IN.iter().copied().find(|set| set.name() == name)
}

/// Everything that can be given as a data set, for the message about a path that does not exist.
pub(crate) fn known_words() -> String {
    let mut places = vec!["a folder"];
    places.extend(CONTAINERS.iter().map(|container| container.name()));
    let formats: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    let sets: Vec<&str> = BUILT_IN.iter().map(|set| set.name()).collect();
    format!("{} of {}, or a built-in set: {}", alternatives(&places), alternatives(&formats), alternatives(&sets))
}
