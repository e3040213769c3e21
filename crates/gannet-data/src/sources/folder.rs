//! A folder on disk with all files below it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::store::{Entry, Store, Take, ignored};
use crate::DataError;
use crate::file_identity::FileIdentity;

/// The files below a folder. Links are followed, but no folder is read twice.
pub(crate) struct Folder {
    root: PathBuf,
    entries: Vec<Entry>,
    /// the path of each entry, which cannot be rebuilt from the entry's name, because paths need not be Unicode
    files: Vec<PathBuf>,
}

/// A folder that is to be listed.
struct Subfolder {
    path: PathBuf,
    /// what the names of its files begin with
    prefix: String,
    identity: FileIdentity,
}

impl Folder {
    /// Lists the files below `root`.
    pub fn open(root: &Path) -> Result<Self, DataError> {
        let mut folder = Self { root: root.to_owned(), entries: Vec::new(), files: Vec::new() };
        let mut seen = HashSet::new();
        let identity = FileIdentity::of(root).map_err(|error| DataError::unreadable(root, &error))?;
        let mut pending = vec![Subfolder { path: root.to_owned(), prefix: String::new(), identity }];
        while let Some(Subfolder { path, prefix, identity }) = pending.pop() {
            if seen.insert(identity) {
                folder.list(&path, &prefix, &mut pending)?;
            }
        }
        Ok(folder)
    }

    /// A single file, as if it were alone in its folder.
    pub fn of_file(path: &Path, size: u64) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        Self { root, entries: vec![Entry { path: name, size }], files: vec![path.to_owned()] }
    }

    /// The path of an entry on disk.
    pub fn file(&self, index: usize) -> &Path {
        &self.files[index]
    }

    fn list(&mut self, path: &Path, prefix: &str, pending: &mut Vec<Subfolder>) -> Result<(), DataError> {
        let unreadable = |error| DataError::unreadable(path, &error);
        for item in fs::read_dir(path).map_err(unreadable)? {
            let item = item.map_err(unreadable)?;
            let file_name = item.file_name();
            // The folders above were not ignored.
            if ignored(&file_name.to_string_lossy()) {
                continue;
            }
            let name = format!("{prefix}{}", file_name.to_string_lossy());
            // A dangling link is no image.
            let Ok(found) = target(&item) else { continue };
            if found.is_dir() {
                let identity = FileIdentity::of_found(&item.path(), &found).map_err(unreadable)?;
                pending.push(Subfolder { path: item.path(), prefix: format!("{name}/"), identity });
            } else if found.is_file() {
                self.entries.push(Entry { path: name, size: found.len() });
                self.files.push(item.path());
            }
        }
        Ok(())
    }
}

/// The metadata of an item, or of the target of a link. Only a link costs a walk along the whole path.
fn target(item: &fs::DirEntry) -> io::Result<fs::Metadata> {
    if item.file_type()?.is_symlink() { fs::metadata(item.path()) } else { item.metadata() }
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn names(root: &Path) -> Vec<String> {
        let mut names: Vec<_> = Folder::open(root).unwrap().entries().iter().map(|entry| entry.path.clone()).collect();
        names.sort();
        names
    }

    /// Resolving each folder's path from the root takes time by the cube of the depth: 13 s for 800 levels.
    #[test]
    fn deep_folders_are_listed_soon() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d/".repeat(900));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("a.png"), "x").unwrap();
        let began = Instant::now();
        assert_eq!(names(root.path()), [format!("{}a.png", "d/".repeat(900))]);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_no_folder_is_read_twice() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        let [set, elsewhere] = ["set", "elsewhere"].map(|name| root.path().join(name));
        for folder in [&set, &elsewhere] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("a.png"), "x").unwrap();
        }
        symlink(&elsewhere, set.join("linked")).unwrap();
        symlink(&elsewhere, set.join("linked again")).unwrap();
        symlink(&set, set.join("loop")).unwrap();
        symlink(elsewhere.join("a.png"), set.join("b.png")).unwrap();
        symlink(root.path().join("absent"), set.join("dangling.png")).unwrap();
        let names = names(&set);
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names.contains(&"a.png".to_owned()) && names.contains(&"b.png".to_owned()), "{names:?}");
        assert!(names.iter().any(|name| name.starts_with("linked")), "{names:?}");
    }
}
