//! HDF5 files of arrays, as BigGAN's and many of science have them: `imgs` of shape n×c×h×w, and `labels`.
//!
//! Each array is listed as a NumPy array of its name, so that both are read by the same rules.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gannet_formats::npy_header::{Element, NpyHeader};
use hdf5_reader::error::{Error, Result};
use hdf5_reader::group::Group;
use hdf5_reader::storage::{Storage, StorageBuffer};
use hdf5_reader::{Dataset, Datatype, Hdf5File, SliceInfo, SliceInfoElem};

use super::container::Container;
use super::positioned::Section;
use super::store::{Entry, MAX_ENTRY, MAX_RATIO, RATIO_FREE, Store, Take};
use crate::DataError;

const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
/// So many bytes of an array are read at a time, or one image.
const PART: usize = 4 << 20;
/// The most arrays of a file.
const MAX_ARRAYS: usize = 10_000;

/// The container of HDF5 files.
pub(crate) struct Hdf5Files;

impl Container for Hdf5Files {
    fn extensions(&self) -> &'static [&'static str] {
        &[".h5", ".hdf5"]
    }

    fn summary(&self) -> &'static str {
        "an HDF5 file of arrays, as BigGAN has them"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn open(&self, path: &Path) -> std::result::Result<Arc<dyn Store>, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let file = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let damaged = |error: Error| DataError::damaged(path.display().to_string(), error.to_string());
        let hdf5 = Hdf5File::from_storage(Arc::new(Stored(file.clone()))).map_err(damaged)?;
        let limit = file.length().saturating_mul(MAX_RATIO).max(RATIO_FREE);
        let mut found =
            Arrays { path: path.to_owned(), entries: Vec::new(), arrays: Vec::new(), notes: Vec::new(), limit };
        let root = hdf5.root_group().map_err(damaged)?;
        found.list(&root, "", 0).map_err(damaged)?;
        Ok(Arc::new(found))
    }
}

/// A file as the reader wants it.
struct Stored(Section);

impl Storage for Stored {
    fn len(&self) -> u64 {
        self.0.length()
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let is_inside = offset.checked_add(len as u64).is_some_and(|end| end <= self.len());
        if !is_inside {
            return Err(Error::OffsetOutOfBounds(offset));
        }
        let mut bytes = vec![0; len];
        let mut section = self.0.clone();
        section.seek(SeekFrom::Start(offset)).and_then(|_| section.read_exact(&mut bytes))?;
        Ok(StorageBuffer::from_vec(bytes))
    }
}

/// The arrays of a file.
struct Arrays {
    path: PathBuf,
    entries: Vec<Entry>,
    arrays: Vec<(Dataset, NpyHeader)>,
    notes: Vec<String>,
    /// the most bytes that an array of the file may claim
    limit: u64,
}

impl Arrays {
    fn list(&mut self, group: &Group, prefix: &str, depth: usize) -> Result<()> {
        let (groups, datasets) = group.members()?;
        for dataset in datasets {
            let name = format!("{prefix}{}", dataset.name().trim_start_matches('/'));
            let sides: Option<Vec<usize>> = dataset.shape().iter().map(|side| usize::try_from(*side).ok()).collect();
            let header = element(dataset.dtype()).zip(sides).map(|(element, shape)| NpyHeader {
                element,
                shape,
                fortran_order: false,
            });
            let sized = header.and_then(|header| Some((header.length()?, header)));
            let fits = |length: u64, header: &NpyHeader| {
                let rows = header.shape.first().map_or(1, |count| (*count as u64).max(1));
                length <= self.limit && length / rows <= MAX_ENTRY && self.entries.len() < MAX_ARRAYS
            };
            match sized {
                Some((length, header)) if fits(length, &header) => {
                    let size = length.saturating_add(header.bytes().len() as u64);
                    self.entries.push(Entry { path: format!("{name}.npy"), size });
                    self.arrays.push((dataset, header));
                }
                Some(_) => self.notes.push(format!("{name} is larger than the file can hold, and is left out")),
                None => self.notes.push(format!("{name} is no array of numbers, and is left out")),
            }
        }
        for group in groups.iter().filter(|_| depth < 16) {
            let name = group.name().rsplit('/').next().unwrap_or_default();
            self.list(group, &format!("{prefix}{name}/"), depth + 1)?;
        }
        Ok(())
    }
}

/// The numbers of a data set, as they are given out: the least significant byte first.
fn element(kind: &Datatype) -> Option<Element> {
    let (kind, size) = match kind {
        Datatype::FixedPoint { size, signed, .. } => (if *signed { 'i' } else { 'u' }, *size),
        Datatype::FloatingPoint { size, .. } => ('f', *size),
        _ => return None,
    };
    matches!(size, 1 | 2 | 4 | 8).then_some(Element { kind, size: size as usize, big_endian: false })
}

impl Store for Arrays {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> std::result::Result<(), DataError> {
        let (dataset, header) = &self.arrays[index];
        let mut reader = ArrayReader { dataset, header, row: 0, part: header.bytes(), at: 0 };
        let name = &self.entries[index].path;
        take(&mut reader).map_err(|error| DataError::broken(name, format!("cannot be read: {error}")))
    }
}

/// An array as the bytes of a NumPy file, read a few rows at a time.
struct ArrayReader<'a> {
    dataset: &'a Dataset,
    header: &'a NpyHeader,
    row: usize,
    part: Vec<u8>,
    at: usize,
}

impl ArrayReader<'_> {
    /// The next rows as bytes; none at the end. Only images are read a few rows at a time.
    fn rows(&mut self) -> Result<Vec<u8>> {
        let Some((&count, inner)) = self.header.shape.split_first() else { return Ok(Vec::new()) };
        let Element { kind, size, .. } = self.header.element;
        if self.row >= count {
            return Ok(Vec::new());
        }
        if (kind, size) != ('u', 1) {
            self.row = count;
            return self.dataset.read_native_bytes().map(|bytes| least_significant_first(bytes, size));
        }
        let row: usize = inner.iter().product();
        let end = self.row.saturating_add((PART / row.max(1)).max(1)).min(count);
        let mut selection = SliceInfo::all(self.header.shape.len());
        selection.selections[0] = SliceInfoElem::Slice { start: self.row as u64, end: end as u64, step: 1 };
        self.row = end;
        Ok(self.dataset.read_slice::<u8>(&selection)?.iter().copied().collect())
    }
}

/// Numbers of `size` bytes in the order of this machine, with the least significant byte first.
fn least_significant_first(mut bytes: Vec<u8>, size: usize) -> Vec<u8> {
    if cfg!(target_endian = "big") {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    bytes
}

impl Read for ArrayReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.part.len() {
            self.part = self.rows().map_err(io::Error::other)?;
            self.at = 0;
        }
        let count = (self.part.len() - self.at).min(buffer.len());
        buffer[..count].copy_from_slice(&self.part[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
