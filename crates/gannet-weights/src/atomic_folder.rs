//! Folders that appear and disappear whole.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::atomic::sync_folder;
use crate::unfinished::{is_unfinished, unfinished};

/// A folder that is being filled under a random name. Dropped before it is finished, it is removed.
#[derive(Debug)]
pub struct UnfinishedFolder(TempDir);

impl UnfinishedFolder {
    /// An empty folder below `parent`, which is created where it is missing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create_in(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        Ok(Self(unfinished().tempdir_in(parent)?))
    }

    /// The path as long as it is not finished.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives the folder its name `to` next to where it is, in place of a folder that has this name.
    ///
    /// # Errors
    /// Those of the file system; then the folder is removed, and an earlier one of this name may be, too.
    pub fn finish(self, to: &Path) -> io::Result<()> {
        remove_folder(to)?;
        fs::rename(self.path(), to)?;
        let _ = self.0.keep();
        to.parent().map_or(Ok(()), sync_folder)
    }
}

/// Removes a folder in such a way that no reader sees a part of it. A missing folder is fine.
///
/// # Errors
/// Those of the file system.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    let aside = match folder.parent() {
        Some(parent) if folder.symlink_metadata().is_ok() => unfinished().tempdir_in(parent)?,
        _ => return Ok(()),
    };
    match fs::rename(folder, aside.path().join("removed")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed.and_then(|()| aside.close()),
    }
}

/// Removes the folders that killed processes left unfinished in `parent`. Only for one who alone may write there.
///
/// # Errors
/// Those of the file system.
pub fn remove_unfinished_folders(parent: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(parent) else { return Ok(()) };
    for entry in entries.flatten().filter(|entry| is_unfinished(&entry.file_name())) {
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_in_place_of_the_one_before() {
        let root = tempfile::tempdir().unwrap();
        let (parent, to) = (root.path().join("all"), root.path().join("all/one"));
        for content in ["first", "second"] {
            let folder = UnfinishedFolder::create_in(&parent).unwrap();
            fs::write(folder.path().join("file"), content).unwrap();
            folder.finish(&to).unwrap();
            assert_eq!(fs::read_to_string(to.join("file")).unwrap(), content);
        }
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 1);
        drop(UnfinishedFolder::create_in(&parent).unwrap());
        remove_folder(&to).unwrap();
        remove_folder(&to).unwrap();
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
    }

    #[test]
    fn only_unfinished_folders_are_removed() {
        let root = tempfile::tempdir().unwrap();
        for name in [".gannet-0123456789ab.part", "new.part", "step-00000002.part"] {
            fs::create_dir(root.path().join(name)).unwrap();
            fs::write(root.path().join(name).join("file"), "x").unwrap();
        }
        fs::write(root.path().join("notes.part"), "mine").unwrap();
        remove_unfinished_folders(root.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["new.part", "notes.part", "step-00000002.part"]);
        remove_unfinished_folders(&root.path().join("absent")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_has_the_permissions_of_an_ordinary_one() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let [ours, ordinary] = ["ours", "ordinary"].map(|name| root.path().join(name));
        UnfinishedFolder::create_in(root.path()).unwrap().finish(&ours).unwrap();
        fs::create_dir(&ordinary).unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(ours), mode(ordinary));
    }
}
