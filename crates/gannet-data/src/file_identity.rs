//! Which file or folder a path leads to, whatever its spelling.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// What two paths have in common that lead to one file or folder, through links, hard links and any spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileIdentity(Identity);

/// The device and the number on it.
#[cfg(unix)]
type Identity = (u64, u64);
/// The path without links; hard links have an identity of their own.
#[cfg(not(unix))]
type Identity = std::path::PathBuf;

impl FileIdentity {
    /// The identity of what `path` leads to.
    ///
    /// # Errors
    /// It does not exist, or its folder cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        Self::of_found(path, &fs::metadata(path)?)
    }

    /// [`FileIdentity::of`] a path whose metadata (of the target, where it is a link) were read already.
    ///
    /// # Errors
    /// None on Unix; elsewhere those of resolving the path.
    #[cfg(unix)]
    pub(crate) fn of_found(_: &Path, found: &Metadata) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        Ok(Self((found.dev(), found.ino())))
    }

    /// [`FileIdentity::of`] a path whose metadata (of the target, where it is a link) were read already.
    ///
    /// # Errors
    /// None on Unix; elsewhere those of resolving the path.
    #[cfg(not(unix))]
    pub(crate) fn of_found(path: &Path, _: &Metadata) -> io::Result<Self> {
        Ok(Self(path.canonicalize()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_a_file_has_its_identity_and_another_file_has_not() {
        let folder = tempfile::tempdir().unwrap();
        let [file, hard, other, below] = ["file", "hard", "other", "below"].map(|name| folder.path().join(name));
        fs::write(&file, "x").unwrap();
        fs::write(&other, "x").unwrap();
        fs::create_dir(&below).unwrap();
        let identity = |path: &Path| FileIdentity::of(path).unwrap();
        assert_eq!(identity(&file), identity(&below.join("../file")));
        assert_ne!(identity(&file), identity(&other));
        assert!(FileIdentity::of(&folder.path().join("absent")).is_err());
        if cfg!(unix) {
            fs::hard_link(&file, &hard).unwrap();
            assert_eq!(identity(&file), identity(&hard));
        }
    }
}
