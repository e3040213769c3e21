//! Sections of one open file, read by several threads at independent positions.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::labels::StoredLabels;
use super::store::{Entry, Store, Take};
use crate::DataError;

/// A section of a file, as a reader. Clones share the open file, not the position.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    file: Arc<File>,
    start: u64,
    length: u64,
    position: u64,
}

impl Section {
    /// `length` bytes from `start`.
    pub fn new(file: Arc<File>, start: u64, length: u64) -> Self {
        Self { file, start, length, position: 0 }
    }

    /// A whole file.
    pub fn whole(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::new(Arc::new(file), 0, length))
    }

    /// The section's length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Another section of the file, independent of this one.
    pub fn sibling(&self, start: u64, length: u64) -> Self {
        Self::new(Arc::clone(&self.file), start, length)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let got = read_at(&self.file, &mut buffer[..wanted], self.start + self.position)?;
        self.position += got as u64;
        Ok(got)
    }
}

impl Seek for Section {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        Ok(self.position)
    }
}

/// Files that lie inside one file, each in a section of it.
pub(crate) struct Sections {
    /// the file, as the user named it
    pub path: PathBuf,
    /// the whole file, or its unpacked copy
    pub file: Section,
    /// the files
    pub entries: Vec<Entry>,
    /// the position of each entry's first byte
    pub starts: Vec<u64>,
    /// what could not be listed, one line each
    pub notes: Vec<String>,
    /// the labels that the file has for its entries
    pub labels: Option<StoredLabels>,
}

impl Sections {
    /// A list of no files.
    pub fn new(path: &Path, file: Section) -> Self {
        let (entries, starts, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { path: path.to_owned(), file, entries, starts, notes, labels: None }
    }

    /// Adds a file of `size` bytes from `start`.
    pub fn push(&mut self, path: String, start: u64, size: u64) {
        self.entries.push(Entry { path, size });
        self.starts.push(start);
    }
}

impl Store for Sections {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn labels(&self) -> Option<StoredLabels> {
        self.labels.clone()
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError> {
        let entry = &self.entries[index];
        let mut section = self.file.sibling(self.starts[index], entry.size);
        take(&mut section).map_err(|error| DataError::broken(&entry.path, format!("cannot be read: {error}")))
    }
}
