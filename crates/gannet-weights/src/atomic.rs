//! Atomic writes: after a crash a file is either the old one or the new one.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use crate::unfinished::{is_unfinished, unfinished};

/// How often a file is created at most, where another process takes each for a leftover.
const ATTEMPTS: usize = 4;

/// Writes `bytes` to the file at `path` as an [`AtomicFile`].
///
/// # Errors
/// The file system refuses: a full disk, a read-only folder, a missing parent.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file that is written under a random name in the folder of its path, and appears at its path when it is committed: after a
/// crash at any instant the path holds the whole old content or the whole new one. Two writers of one path do not meet, and a link
/// in its place is replaced, not followed. A file that is not committed is removed, and the old one stays.
///
/// The first file in a folder also removes the unfinished files that killed processes left there.
pub struct AtomicFile {
    file: NamedTempFile<File>,
    path: PathBuf,
}

impl AtomicFile {
    /// An empty file that will be at `path`.
    ///
    /// # Errors
    /// The file system refuses: a read-only folder, a missing parent.
    pub fn create(path: &Path) -> io::Result<Self> {
        if path.file_name().is_none() {
            return Err(io::ErrorKind::InvalidFilename.into());
        }
        let folder = folder_of(path);
        if is_first_write(folder) {
            remove_unfinished_files(folder);
        }
        let create = |path: &Path| File::options().write(true).create_new(true).open(path);
        for _ in 0..ATTEMPTS {
            let file = unfinished().make_in(folder, create)?;
            // The lock shows others that the writer lives; where a file system has no locks, nobody removes its leftovers.
            // Where another process holds the lock, it is about to remove the file.
            let is_taken = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
            if !is_taken && file.path().exists() {
                return Ok(Self { file, path: path.to_owned() });
            }
        }
        Err(io::Error::other("another process removes its unfinished file"))
    }

    /// Syncs the file, and renames it to its path.
    ///
    /// # Errors
    /// The file system refuses: a full disk, something else at the path.
    pub fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_file_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_file_mut().flush()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the rename itself durable; only Unix lets a folder be synced, and only one that may be read.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        opened => opened?.sync_all(),
    }
}

/// Whether this process has not written into the folder before.
fn is_first_write(folder: &Path) -> bool {
    static WRITTEN: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    written.get_or_insert_default().insert(folder.to_owned())
}

/// Removes unfinished files that no living process has locked. What cannot be removed stays.
fn remove_unfinished_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && is_unfinished(&entry.file_name()) {
            let path = entry.path();
            let _ = File::open(&path)
                .and_then(|file| file.try_lock().map_err(io::Error::from))
                .and_then(|()| fs::remove_file(&path));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        write_atomic(&path, b"a longer first version").unwrap();
        write_atomic(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_committed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_atomic(&folder.path().join("absent").join("file"), b"x").is_err());
    }

    #[test]
    fn a_failed_write_leaves_no_file_and_names_no_random_one() {
        let folder = tempfile::tempdir().unwrap();
        let occupied = folder.path().join("occupied");
        fs::create_dir(&occupied).unwrap();
        let error = write_atomic(&occupied, b"x").unwrap_err().to_string();
        assert!(!error.contains(".part"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn neighbors_of_any_name_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (path, neighbor) = (folder.path().join("a.png"), folder.path().join("a.png.part"));
        fs::write(&neighbor, "mine").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&neighbor).unwrap(), b"mine");
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        for name in ["a.png", "a.png.part"] {
            fs::write(&target, "mine").unwrap();
            std::os::unix::fs::symlink(&target, folder.path().join(name)).unwrap();
            write_atomic(&folder.path().join("a.png"), b"new").unwrap();
            assert_eq!(fs::read(&target).unwrap(), b"mine", "a link called {name} was followed");
        }
    }

    #[test]
    fn a_name_may_be_as_long_as_the_system_allows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n".repeat(255));
        write_atomic(&path, b"x").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_the_permissions_of_an_ordinary_one() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let [ours, ordinary] = ["ours", "ordinary"].map(|name| folder.path().join(name));
        write_atomic(&ours, b"x").unwrap();
        fs::write(&ordinary, "x").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(ours), mode(ordinary));
    }

    /// Each writer's file has one byte again and again, and a length of its own.
    #[test]
    fn several_writers_of_one_path_leave_a_whole_file_at_any_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shared");
        let content = |writer: u8| vec![writer; 100_000 + 1000 * usize::from(writer)];
        write_atomic(&path, &content(0)).unwrap();
        std::thread::scope(|scope| {
            for writer in 1..4 {
                let path = &path;
                scope.spawn(move || (0..40).for_each(|_| write_atomic(path, &content(writer)).unwrap()));
            }
            for _ in 0..400 {
                let found = fs::read(&path).unwrap();
                assert!(found == content(found[0]), "{} bytes of writer {}", found.len(), found[0]);
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let [left, living, other] = [".gannet-0123456789aB.part", ".gannet-living00live.part", ".gannet-mine.part"]
            .map(|name| folder.path().join(name));
        for path in [&left, &living, &other] {
            fs::write(path, "half").unwrap();
        }
        let held = File::open(&living).unwrap();
        held.lock().unwrap();
        write_atomic(&folder.path().join("a"), b"x").unwrap();
        assert_eq!([left, living, other].map(|path| path.exists()), [false, true, true]);
    }
}
