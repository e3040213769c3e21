//! Zip archives, read in place: the directory stays in memory, the contents on disk.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use super::container::Container;
use super::links::{Link, resolve};
use super::positioned::Section;
use super::store::{Entry, MAX_RATIO, RATIO_FREE, Store, Take, entry_path, ignored};
use crate::DataError;

/// The most bytes of a symbolic link's target.
const MAX_LINK: u64 = 4096;

/// The container of zip archives.
pub(crate) struct ZipArchives;

impl Container for ZipArchives {
    fn extensions(&self) -> &'static [&'static str] {
        &[".zip", ".npz"]
    }

    fn summary(&self) -> &'static str {
        "a zip archive, or the NumPy arrays of an .npz, read in place"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        matches!(head, [b'P', b'K', 3 | 5, 4 | 6, ..])
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        Ok(Arc::new(Zip::open(path)?))
    }

    #[cfg(test)]
    fn pack(&self, files: &[(&str, Vec<u8>)]) -> Option<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, bytes).unwrap();
        }
        Some(zip.finish().unwrap().into_inner())
    }
}

/// The files of a zip archive.
struct Zip {
    path: PathBuf,
    /// cloned for each read; clones share the directory
    archive: ZipArchive<Section>,
    entries: Vec<Entry>,
    /// the index of each entry in the archive
    numbers: Vec<usize>,
    notes: Vec<String>,
}

impl Zip {
    /// Reads the directory of an archive.
    fn open(path: &Path) -> Result<Self, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let section = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let damaged = |error| DataError::damaged(path.display().to_string(), format!("{error}"));
        let mut archive = ZipArchive::new(section).map_err(damaged)?;
        let (mut entries, mut numbers, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..archive.len() {
            let file = archive.by_index_raw(number).map_err(damaged)?;
            let name = file.name().unwrap_or_else(|_| String::from_utf8_lossy(file.name_raw()));
            let path = entry_path(&name);
            if ignored(&path) {
                continue;
            }
            let (is_link, entry) = (file.is_symlink(), Entry { path, size: file.size() });
            if is_link && entry.size <= MAX_LINK {
                drop(file);
                let mut target = String::new();
                // A link that cannot be read leads nowhere, and is reported as such.
                let _ = archive.by_index(number).map(|mut file| file.read_to_string(&mut target));
                links.push(Link::symbolic(entry.path, &target));
            } else if file.is_file() {
                entries.push(entry);
                numbers.push(number);
            }
        }
        let paths: Vec<&str> = entries.iter().map(|entry: &Entry| entry.path.as_str()).collect();
        let (found, note) = resolve(links, &paths);
        for (path, index) in found {
            entries.push(Entry { path, size: entries[index].size });
            numbers.push(numbers[index]);
        }
        Ok(Self { path: path.to_owned(), archive, entries, numbers, notes: note.into_iter().collect() })
    }
}

impl Store for Zip {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError> {
        let entry = &self.entries[index];
        let mut archive = self.archive.clone();
        let broken = |reason| DataError::broken(&entry.path, format!("cannot be unpacked: {reason}"));
        let mut file = archive.by_index(self.numbers[index]).map_err(|error| broken(error.to_string()))?;
        let packed = file.compressed_size();
        if entry.size > RATIO_FREE && entry.size / MAX_RATIO > packed {
            let reason = format!("unpacks from {packed} to {} bytes, as a zip bomb does; remove it", entry.size);
            return Err(DataError::too_large(&entry.path, reason));
        }
        take(&mut file).map_err(|error| broken(error.to_string()))
    }
}
