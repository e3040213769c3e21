//! A folder on disk with all files below it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::store::{Entry, Store, Take, ignored};
use crate::DataError;

/// The files below a folder. Links are followed, but no folder is read twice.
pub(crate) struct Folder {
    root: PathBuf,
    entries: Vec<Entry>,
    /// the path of each entry, which cannot be rebuilt from the entry's name, because paths need not be Unicode
    files: Vec<PathBuf>,
}

impl Folder {
    /// Lists the files below `root`.
    pub fn open(root: &Path) -> Result<Self, DataError> {
        let mut folder = Self { root: root.to_owned(), entries: Vec::new(), files: Vec::new() };
        let mut seen = HashSet::new();
        let mut pending = vec![(root.to_owned(), String::new())];
        while let Some((path, prefix)) = pending.pop() {
            let real = path.canonicalize().map_err(|error| DataError::unreadable(&path, &error))?;
            if seen.insert(real) {
                folder.list(&path, &prefix, &mut pending)?;
            }
        }
        Ok(folder)
    }

    /// The path of an entry on disk.
    pub fn file(&self, index: usize) -> &Path {
        &self.files[index]
    }

    fn list(&mut self, path: &Path, prefix: &str, pending: &mut Vec<(PathBuf, String)>) -> Result<(), DataError> {
        let unreadable = |error| DataError::unreadable(path, &error);
        for item in fs::read_dir(path).map_err(unreadable)? {
            let item = item.map_err(unreadable)?;
            let name = format!("{prefix}{}", item.file_name().to_string_lossy());
            // A dangling link is no image.
            let Ok(found) = fs::metadata(item.path()) else { continue };
            if ignored(&name) {
                continue;
            } else if found.is_dir() {
                pending.push((item.path(), format!("{name}/")));
            } else if found.is_file() {
                self.entries.push(Entry { path: name, size: found.len() });
                self.files.push(item.path());
            }
        }
        Ok(())
    }
}

impl Store for Folder {
    fn path(&self) -> &Path {
        &self.root
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError> {
        let path = &self.files[index];
        let broken = |error| DataError::broken(&self.entries[index].path, format!("cannot be read: {error}"));
        take(&mut fs::File::open(path).map_err(broken)?).map_err(broken)
    }
}
