//! Named files, wherever they are stored: in a folder, or in an archive.

use std::io::{self, Read};
use std::path::Path;

use super::labels::StoredLabels;
use crate::DataError;

/// The most bytes of one file, in a folder or unpacked from an archive.
pub const MAX_ENTRY: u64 = 512 << 20;

/// The most bytes to which a compressed tar may unpack.
pub const MAX_UNPACKED: u64 = 256 << 30;

/// The most unpacked bytes per packed byte. Images are compressed already, so that no real image set comes near it.
pub(crate) const MAX_RATIO: u64 = 200;

/// The ratio is not checked for files of at most this many bytes.
pub(crate) const RATIO_FREE: u64 = 64 << 20;

/// One file of a store.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// its path inside the store, separated by `/`
    pub path: String,
    /// its length in bytes, unpacked
    pub size: u64,
}

/// Named files, readable in any order from any thread.
pub(crate) trait Store: Send + Sync {
    /// The folder or archive, as the user named it.
    fn path(&self) -> &Path;

    /// The files in any order, without hidden ones.
    fn entries(&self) -> &[Entry];

    /// The path by which a file's split, class and labels are found; its path, without the archive's name where several
    /// archives are one set.
    fn inner_path(&self, index: usize) -> &str {
        &self.entries()[index].path
    }

    /// The archives that are one set, in words; nothing for a single archive or a folder.
    fn parts(&self) -> Option<String> {
        None
    }

    /// What could not be listed, one line each.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// The labels that a table has for its images; nothing for archives and folders.
    fn labels(&self) -> Option<StoredLabels> {
        None
    }

    /// Opens one file and lets `take` read from its start.
    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError>;

    /// Reads a whole file of at most `limit` bytes.
    fn bytes(&self, index: usize, limit: u64) -> Result<Vec<u8>, DataError> {
        let entry = &self.entries()[index];
        if entry.size > limit {
            return Err(too_long(&entry.path, entry.size, limit));
        }
        let mut bytes = Vec::new();
        // The recorded size may be wrong; reading one byte more than it shows that.
        self.read_with(index, &mut |reader| reader.take(entry.size + 1).read_to_end(&mut bytes).map(|_| ()))?;
        match bytes.len() as u64 {
            length if length == entry.size => Ok(bytes),
            length => {
                let word = if length > entry.size { "longer" } else { "shorter" };
                let reason = format!("is {word} than the {} bytes that are recorded for it", entry.size);
                Err(DataError::broken(&entry.path, reason))
            }
        }
    }

    /// The first 32 bytes of a file, fewer if it is shorter or cannot be read.
    fn head(&self, index: usize) -> Vec<u8> {
        let mut head = Vec::new();
        // An unreadable file is not recognized as anything; whoever reads all of it gets the error then.
        let _ = self.read_with(index, &mut |reader| reader.take(32).read_to_end(&mut head).map(|_| ()));
        head
    }
}

/// A function that reads from a file of a store.
pub(crate) type Take<'a> = dyn FnMut(&mut dyn Read) -> io::Result<()> + 'a;

/// What stops a copy in the folder of temporary files; `done` is what could not be done, such as `unpacked`.
pub(crate) fn no_space(done: &str, error: &io::Error) -> String {
    let folder = std::env::temp_dir();
    format!("cannot be {done} to {}: {error}; set TMPDIR to a folder with enough space", folder.display())
}

fn too_long(name: &str, size: u64, limit: u64) -> DataError {
    DataError::too_large(name, format!("{} MiB long, the limit is {} MiB", size >> 20, limit >> 20))
}

/// The path of an archive's entry as folders have it: separated by `/`, without parts that say nothing.
pub(crate) fn entry_path(name: &str) -> String {
    // Some tools on Windows write backslashes; `zip -r x.zip ./images` and `tar -C` write `./` at the start.
    let name = name.replace('\\', "/");
    name.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

/// Whether a file is left out of a store: it is hidden, or an operating system created it.
pub(crate) fn ignored(path: &str) -> bool {
    path.split('/')
        .any(|part| part.starts_with('.') || matches!(part, "__MACOSX" | "Thumbs.db" | "desktop.ini" | "@eaDir"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_the_paths_that_folders_have() {
        for (name, path) in [("./a/b.png", "a/b.png"), ("a\\b.png", "a/b.png"), ("/a//./b.png", "a/b.png")] {
            assert_eq!(entry_path(name), path);
        }
        // Hidden files stay hidden, and a path that leads out of the archive stays visible as one.
        assert!(ignored(&entry_path("./.hidden/a.png")) && entry_path("../a.png") == "../a.png");
    }
}
