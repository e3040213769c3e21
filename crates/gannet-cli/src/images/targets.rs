//! The paths of results: each of its own, and none over a file that is read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gannet_data::{FileIdentity, file_name, image_files};

use super::result_names::Named;
use crate::failure::Failure;

/// The paths that are taken.
pub struct Targets {
    read: HashMap<FileIdentity, PathBuf>,
    taken: HashMap<PathBuf, PathBuf>,
}

impl Targets {
    /// For a command that reads these files, and the pictures below these folders. What does not exist is left out.
    pub fn new<'a>(read: impl IntoIterator<Item = &'a Path>) -> Self {
        let files = read.into_iter().flat_map(files_at);
        let identity = |path: PathBuf| Some((FileIdentity::of(&path).ok()?, path));
        Self { read: files.filter_map(identity).collect(), taken: HashMap::new() }
    }

    /// Takes the path `to` for the result of `from`.
    ///
    /// # Errors
    /// Another result has this path, or it leads to a file that is read.
    pub fn take(&mut self, from: &Path, to: &Path) -> Result<PathBuf, Failure> {
        if let Some(other) = self.taken.insert(to.to_owned(), from.to_owned()) {
            let (a, b) = (other.display(), from.display());
            return Err(format!("{a} and {b} would both become {}: give each a folder of its own", to.display()).into());
        }
        self.refuse_read(to)?;
        Ok(to.to_owned())
    }

    /// Refuses a path that leads to a file that is read, in whatever spelling.
    ///
    /// # Errors
    /// It does.
    pub fn refuse_read(&self, to: &Path) -> Result<(), Failure> {
        let Some(read) = FileIdentity::of(to).ok().and_then(|identity| self.read.get(&identity)) else { return Ok(()) };
        let same = if read == to { String::new() } else { format!(" (it is the file {})", read.display()) };
        let to = to.display();
        Err(format!("{to} would be overwritten, and this command reads it{same}: choose another path with -o").into())
    }
}

/// The file itself, or the pictures below a folder.
fn files_at(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    image_files(path).unwrap_or_default().into_iter().map(|file| file.path).collect()
}

/// An image's name inside a set as a path relative to a folder. Parts that lead elsewhere, as those of an archive's entry
/// may, are made harmless.
pub fn relative(name: &str) -> PathBuf {
    name.split('/').filter(|part| !matches!(*part, "" | ".")).map(file_name).collect()
}

/// Takes a path below `folder` for each result of these pictures.
///
/// # Errors
/// Those of [`Targets::take`].
pub fn take_all(targets: &mut Targets, pictures: &[Named], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let names = super::result_names::distinct(pictures);
    let take = |(picture, name): (&Named, PathBuf)| targets.take(&picture.path, &folder.join(name));
    pictures.iter().zip(names).map(take).collect()
}
