//! A folder on disk, with all that is below it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::store::{Entry, Store, Take, ignored};
use crate::DataError;

/// The files below a folder; links are followed, circles are not.
pub(crate) struct Folder {
    root: PathBuf,
    entries: Vec<Entry>,
    /// where each entry lies; a name need not be Unicode, so it cannot be rebuilt from the entry
    files: Vec<PathBuf>,
}

impl Folder {
    /// Lists what is below `root`.
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

    /// Where an entry lies.
    pub fn file(&self, index: usize) -> &Path {
        &self.files[index]
    }

    fn list(&mut self, path: &Path, prefix: &str, pending: &mut Vec<(PathBuf, String)>) -> Result<(), DataError> {
        let unreadable = |error| DataError::unreadable(path, &error);
        for item in fs::read_dir(path).map_err(unreadable)? {
            let item = item.map_err(unreadable)?;
            let name = format!("{prefix}{}", item.file_name().to_string_lossy());
            // A dangling link is nobody's image.
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
