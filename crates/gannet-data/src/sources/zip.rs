//! A .zip, read in place: its directory stays in memory, its contents on disk.

use std::fs;
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::positioned::Section;
use super::store::{Entry, MAX_RATIO, RATIO_FREE, Store, Take, ignored};
use crate::DataError;

/// The files of a zip archive.
pub(crate) struct Zip {
    path: PathBuf,
    /// cloned by each reader; clones share the directory
    archive: ZipArchive<Section>,
    entries: Vec<Entry>,
    /// each entry's number in the archive
    numbers: Vec<usize>,
}

impl Zip {
    /// Reads the directory of the archive.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let section = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let damaged = |error| DataError::damaged(path.display().to_string(), format!("{error}"));
        let mut archive = ZipArchive::new(section).map_err(damaged)?;
        let (mut entries, mut numbers) = (Vec::new(), Vec::new());
        for number in 0..archive.len() {
            let file = archive.by_index_raw(number).map_err(damaged)?;
            let name = file.name().unwrap_or_else(|_| String::from_utf8_lossy(file.name_raw()));
            // Some Windows tools write backslashes.
            let name = name.replace('\\', "/");
            if file.is_file() && !ignored(&name) {
                entries.push(Entry { path: name, size: file.size() });
                numbers.push(number);
            }
        }
        Ok(Self { path: path.to_owned(), archive, entries, numbers })
    }
}

impl Store for Zip {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
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
