//! Named files, whatever holds them, and which kind of data set they are.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{cifar, folder::Folder, idx, images::Images, tar::Tar, zip::Zip};
use crate::{DataError, Source, Split};
use gannet_choice::Choice;

/// The most bytes one file may hold, in a folder or unpacked from an archive.
pub const MAX_ENTRY: u64 = 512 << 20;

/// The most bytes a compressed tar may unpack to.
pub const MAX_UNPACKED: u64 = 256 << 30;

/// Unpacked bytes per packed byte that no honest image set reaches; images are compressed already.
pub(crate) const MAX_RATIO: u64 = 200;

/// Below this many bytes a ratio alone is no reason to refuse.
pub(crate) const RATIO_FREE: u64 = 64 << 20;

/// One file of a store.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// its path inside the store, parts separated by `/`
    pub path: String,
    /// its length in bytes, unpacked
    pub size: u64,
}

/// Files that can be read in any order, from any thread.
pub(crate) trait Store: Send + Sync {
    /// What the user calls it.
    fn path(&self) -> &Path;

    /// Its files, in no order, hidden ones left out.
    fn entries(&self) -> &[Entry];

    /// Lets `take` read one file from its start, as far as it likes.
    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError>;

    /// The whole of one file; at most `limit` bytes.
    fn bytes(&self, index: usize, limit: u64) -> Result<Vec<u8>, DataError> {
        let entry = &self.entries()[index];
        if entry.size > limit {
            return Err(too_long(&entry.path, entry.size, limit));
        }
        let mut bytes = Vec::new();
        // A size in a directory is a claim; one byte more than it is enough to catch a lie.
        self.read_with(index, &mut |reader| reader.take(entry.size + 1).read_to_end(&mut bytes).map(|_| ()))?;
        match bytes.len() as u64 {
            length if length == entry.size => Ok(bytes),
            length => {
                let word = if length > entry.size { "longer" } else { "shorter" };
                Err(DataError::broken(&entry.path, format!("is {word} than the {} bytes recorded for it", entry.size)))
            }
        }
    }

    /// The first bytes of one file, fewer where it is shorter or cannot be read.
    fn start(&self, index: usize) -> Vec<u8> {
        let mut start = Vec::new();
        // What cannot be read is no image; whoever needs the file itself learns the reason there.
        let _ = self.read_with(index, &mut |reader| reader.take(16).read_to_end(&mut start).map(|_| ()));
        start
    }
}

/// Something that reads from a file of a store.
pub(crate) type Take<'a> = dyn FnMut(&mut dyn Read) -> io::Result<()> + 'a;

fn too_long(name: &str, size: u64, limit: u64) -> DataError {
    DataError::too_large(name, format!("{} MiB long, the limit is {} MiB", size >> 20, limit >> 20))
}

/// Whether a path inside a store is nobody's image: hidden, or left by an operating system.
pub(crate) fn ignored(path: &str) -> bool {
    path.split('/')
        .any(|part| part.starts_with('.') || matches!(part, "__MACOSX" | "Thumbs.db" | "desktop.ini" | "@eaDir"))
}

/// The data set at a path.
pub(crate) fn open(path: &Path, split: Split) -> Result<Arc<dyn Source>, DataError> {
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => DataError::Missing { path: path.display().to_string() },
        _ => DataError::unreadable(path, &error),
    })?;
    if !found.is_dir() {
        return source(open_archive(path)?, split);
    }
    let folder = Folder::open(path)?;
    match only_archive(&folder, split) {
        Some(archive) => source(open_archive(&archive)?, split),
        None => source(Box::new(folder), split),
    }
}

/// The images of a store, by whichever format it holds.
fn source(store: Box<dyn Store>, split: Split) -> Result<Arc<dyn Source>, DataError> {
    // In a folder of everything, what lies nearest to the top is meant.
    let packed = shallowest(store.as_ref(), |path| idx::is_idx_name(path) || cifar::is_batch_name(path));
    let loose = shallowest(store.as_ref(), super::tree::has_image_name);
    if packed.is_some_and(|depth| loose.is_none_or(|loose| depth <= loose)) {
        if let Some(source) = idx::find(store.as_ref(), split)? {
            return Ok(Arc::new(source));
        }
        if let Some(source) = cifar::find(store.as_ref(), split)? {
            return Ok(Arc::new(source));
        }
    }
    Ok(Arc::new(Images::new(store, split)?))
}

/// How many folders lie around the first file that is wanted.
fn shallowest(store: &dyn Store, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let wanted = store.entries().iter().filter(|entry| wanted(&entry.path));
    wanted.map(|entry| entry.path.matches('/').count()).min()
}

/// Two data sets where one was meant.
pub(crate) fn ambiguous(store: &dyn Store, first: &str, second: &str) -> DataError {
    not_data(store.path().display().to_string(), &format!("holds both {first} and {second}, which are two data sets"))
}

/// A zip or tar, told by its first bytes.
fn open_archive(path: &Path) -> Result<Box<dyn Store>, DataError> {
    let mut start = Vec::new();
    let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
    (&file).take(512).read_to_end(&mut start).map_err(|error| DataError::unreadable(path, &error))?;
    let shown = path.display().to_string();
    match start.as_slice() {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(Box::new(Zip::open(path)?)),
        [0x1F, 0x8B, ..] if idx::is_idx_name(&shown) => {
            Err(not_data(shown, "one file of an MNIST set; give its folder"))
        }
        [0x1F, 0x8B, ..] => Ok(Box::new(Tar::open_gzip(path)?)),
        start if start.get(257..262) == Some(b"ustar") => Ok(Box::new(Tar::open(path)?)),
        [0, 0, 8, 1 | 3, ..] => Err(not_data(shown, "one file of an MNIST set; give its folder")),
        [] => Err(not_data(shown, "an empty file")),
        start if crate::decode::is_image(start) => Err(not_data(shown, "a single image; give the folder it is in")),
        _ if has_archive_name(&shown) => Err(DataError::damaged(shown, "not an archive, though its name says so")),
        _ => Err(not_data(shown, "not an archive")),
    }
}

fn not_data(path: String, what: &str) -> DataError {
    DataError::NotData { path, what: what.to_owned() }
}

fn has_archive_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".zip", ".tar", ".tar.gz", ".tgz"].iter().any(|end| name.ends_with(end))
}

/// The archive that a folder stands for: it lies directly in it, and there is nothing else to train on.
fn only_archive(folder: &Folder, split: Split) -> Option<PathBuf> {
    if folder.entries().iter().enumerate().any(|(i, e)| has_data(folder, i, e)) {
        return None;
    }
    let names = folder.entries().iter().map(|entry| entry.path.as_str());
    let archives: Vec<&str> = names.filter(|name| !name.contains('/') && has_archive_name(name)).collect();
    let chosen = match archives.as_slice() {
        [only] => only,
        // train.zip beside test.zip
        several => several.iter().find(|name| name.to_ascii_lowercase().starts_with(split.word()))?,
    };
    Some(folder.path().join(chosen))
}

fn has_data(folder: &Folder, index: usize, entry: &Entry) -> bool {
    !has_archive_name(&entry.path)
        && (super::tree::has_image_name(&entry.path)
            || idx::is_idx_name(&entry.path)
            || cifar::is_batch_name(&entry.path)
            || crate::decode::is_image(&folder.start(index)))
}
