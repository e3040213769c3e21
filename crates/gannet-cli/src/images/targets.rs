//! The paths of results: each of its own, and none over a picture that is read.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use gannet_data::ImageFile;

use crate::failure::Failure;

/// The paths that are taken.
pub struct Targets {
    read: HashSet<PathBuf>,
    taken: HashMap<PathBuf, PathBuf>,
}

impl Targets {
    /// For results of these files.
    pub fn new(read: &[ImageFile]) -> Self {
        let read = read.iter().filter_map(|file| file.path.canonicalize().ok()).collect();
        Self { read, taken: HashMap::new() }
    }

    /// Takes the path `to` for the result of `from`.
    ///
    /// # Errors
    /// Another result has this path, or a file that is read.
    pub fn take(&mut self, from: &Path, to: &Path) -> Result<PathBuf, Failure> {
        if let Some(other) = self.taken.insert(to.to_owned(), from.to_owned()) {
            let (a, b) = (other.display(), from.display());
            return Err(format!("{a} and {b} would both become {}: process them separately", to.display()).into());
        }
        if to.canonicalize().is_ok_and(|to| self.read.contains(&to)) {
            return Err(format!("{} would be overwritten: choose another path with -o", to.display()).into());
        }
        Ok(to.to_owned())
    }
}

/// An image's name inside a set as a path relative to a folder.
///
/// # Errors
/// The path leads out of the folder, as that of an archive's entry may.
pub fn relative(name: &str) -> Result<&Path, Failure> {
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if inside { Ok(path) } else { Err(format!("{name} leads out of its folder: unpack the archive first").into()) }
}
