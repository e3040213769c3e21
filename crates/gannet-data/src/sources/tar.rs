//! Tar archives: plain ones are read in place, gzipped ones are unpacked once to an unnamed file on disk.

use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use super::container::Container;
use super::positioned::Section;
use super::store::{Entry, MAX_RATIO, MAX_UNPACKED, RATIO_FREE, Store, Take, ignored};
use crate::DataError;

/// The container of plain tar archives.
pub(crate) struct TarArchives;

impl Container for TarArchives {
    fn extensions(&self) -> &'static [&'static str] {
        &[".tar"]
    }

    fn summary(&self) -> &'static str {
        "a tar archive, read in place"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.get(257..262) == Some(b"ustar")
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        Ok(Arc::new(Tar::open(path)?))
    }

    #[cfg(test)]
    fn pack(&self, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut tar = ::tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = ::tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
        }
        tar.into_inner().unwrap()
    }
}

/// The container of gzipped tar archives.
pub(crate) struct GzipTarArchives;

impl Container for GzipTarArchives {
    fn extensions(&self) -> &'static [&'static str] {
        &[".tar.gz", ".tgz"]
    }

    fn summary(&self) -> &'static str {
        "a gzipped tar archive, unpacked once to a temporary file"
    }

    fn recognizes(&self, head: &[u8]) -> bool {
        head.starts_with(&[0x1F, 0x8B])
    }

    fn open(&self, path: &Path) -> Result<Arc<dyn Store>, DataError> {
        Ok(Arc::new(Tar::open_gzip(path)?))
    }

    #[cfg(test)]
    fn pack(&self, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&TarArchives.pack(files)).unwrap();
        encoder.finish().unwrap()
    }
}

/// The files of a tar archive.
struct Tar {
    path: PathBuf,
    file: Section,
    entries: Vec<Entry>,
    /// the position of each entry's first byte
    starts: Vec<u64>,
}

impl Tar {
    /// Lists a plain archive.
    fn open(path: &Path) -> Result<Self, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        Self::list(path, file)
    }

    /// Unpacks a gzipped archive and lists it. The unpacked file is deleted when the process ends.
    fn open_gzip(path: &Path) -> Result<Self, DataError> {
        let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
        let packed = file.metadata().map_err(|error| DataError::unreadable(path, &error))?.len();
        let mut copy = tempfile::tempfile().map_err(|error| DataError::unreadable(&std::env::temp_dir(), &error))?;
        unpack(path, MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file)), packed, &copy)?;
        copy.seek(SeekFrom::Start(0)).map_err(|error| DataError::unreadable(path, &error))?;
        Self::list(path, copy)
    }

    fn list(path: &Path, file: fs::File) -> Result<Self, DataError> {
        let file = Section::whole(file).map_err(|error| DataError::unreadable(path, &error))?;
        let mut tar = Self { path: path.to_owned(), file: file.clone(), entries: Vec::new(), starts: Vec::new() };
        let length = file.length();
        let damaged = |reason| DataError::damaged(path.display().to_string(), reason);
        let mut archive = ::tar::Archive::new(file);
        for entry in archive.entries_with_seek().map_err(|error| damaged(error.to_string()))? {
            let entry = entry.map_err(|error| damaged(format!("after {} files: {error}", tar.entries.len())))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
            let (start, size) = (entry.raw_file_position(), entry.size());
            if start.saturating_add(size) > length {
                return Err(damaged(format!("cut short inside {name}")));
            }
            if entry.header().entry_type().is_file() && !ignored(&name) {
                tar.entries.push(Entry { path: name, size });
                tar.starts.push(start);
            }
        }
        Ok(tar)
    }
}

/// Copies everything from `reader` to `copy`, and stops when it is more than the limit.
fn unpack(path: &Path, mut reader: impl Read, packed: u64, copy: &fs::File) -> Result<(), DataError> {
    let name = path.display().to_string();
    let limit = MAX_UNPACKED.min(packed.saturating_mul(MAX_RATIO).max(RATIO_FREE));
    let mut writer = BufWriter::with_capacity(1 << 18, copy);
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(DataError::damaged(name, format!("cannot be unpacked: {error}"))),
        };
        total += count as u64;
        if total > limit {
            let reason = format!(
                "unpacks from {packed} to more than {limit} bytes; if you trust it, unpack it and give its folder"
            );
            return Err(DataError::too_large(name, reason));
        }
        writer.write_all(&buffer[..count]).map_err(|error| no_space(path, &error))?;
    }
    writer.flush().map_err(|error| no_space(path, &error))
}

fn no_space(path: &Path, error: &io::Error) -> DataError {
    let folder = std::env::temp_dir();
    let reason =
        format!("cannot be unpacked to {}: {error}; set TMPDIR to a folder with enough space", folder.display());
    DataError::Unreadable { path: path.display().to_string(), reason }
}

impl Store for Tar {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError> {
        let entry = &self.entries[index];
        let mut section = self.file.sibling(self.starts[index], entry.size);
        take(&mut section).map_err(|error| DataError::broken(&entry.path, format!("cannot be read: {error}")))
    }
}
