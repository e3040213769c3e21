//! From the word of a user to a data set.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use gannet_choice::{did_you_mean, nearest};

use super::archives::{self, Chosen};
use super::container::HEAD;
use super::folder::Folder;
use super::format::Format;
use super::identify::file_kind;
use super::joined::Joined;
use super::registry::{BUILT_IN, CONTAINERS, FORMATS, built_in, known_words};
use super::store::{Entry, Store};
use crate::source::guarded;
use crate::{DataError, LayoutChoice, Source, Split};

/// So many files of a set without images are looked at for the message.
const MAX_HEADS: usize = 1000;

/// Opens a data set by the name of a built-in set or by a path; [`known_sources`](crate::known_sources) lists what
/// there is.
///
/// A path may be a folder of images, a folder of class folders, either with `train` and `test`/`val` folders around it,
/// MNIST idx files or CIFAR binary batches; or an archive of any of these.
///
/// `seed` and `size` (the side in pixels) serve the built-in sets; images on disk keep their own size.
///
/// # Errors
/// There is no such path or set, it cannot be read, it holds no images, or it lacks the split ([`DataError::NoSplit`]).
pub fn open(spec: &str, split: Split, seed: u64, size: usize) -> Result<Arc<dyn Source>, DataError> {
    open_as(spec, LayoutChoice::Auto, split, seed, size)
}

/// Opens a data set as [`open`] does, with its folders and files taken for `layout`.
///
/// # Errors
/// As [`open`]; or the set is no set of image files, and its format leaves no choice; or nothing of this layout is there.
pub fn open_as(
    spec: &str,
    layout: LayoutChoice,
    split: Split,
    seed: u64,
    size: usize,
) -> Result<Arc<dyn Source>, DataError> {
    match built_in(spec) {
        Some(_) if layout != LayoutChoice::Auto => Err(layout.without_choice(spec, "a built-in set")),
        Some(set) => set.open(split, seed, size),
        None => open_path(Path::new(spec), split, layout),
    }
}

fn open_path(path: &Path, split: Split, layout: LayoutChoice) -> Result<Arc<dyn Source>, DataError> {
    let found = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => missing(path),
        _ => DataError::unreadable(path, &error),
    })?;
    if !found.is_dir() && formats(false).any(|format| format.is_set(path)) {
        return open_store(Arc::new(Folder::of_file(path, found.len())), split, layout);
    }
    if !found.is_dir() {
        return open_store(open_container(path)?, split, layout);
    }
    let folder = Folder::open(path)?;
    let Some(chosen) = archives_instead(&folder, split)? else { return open_store(Arc::new(folder), split, layout) };
    let mut opened = Vec::new();
    for name in &chosen.paths {
        opened.push((name.clone(), open_container(&path.join(name))?));
    }
    let place = match chosen.paths.as_slice() {
        [only] => path.join(only),
        _ => path.to_owned(),
    };
    let store: Arc<dyn Store> = Arc::new(Joined::new(&place, opened, chosen.notes));
    match open_store(Arc::clone(&store), split, layout) {
        // Inside of test.zip no folder says again that these are the test images.
        Err(DataError::NoSplit { .. }) if chosen.by_name => open_store(store, Split::Train, layout),
        found => found,
    }
}

fn missing(path: &Path) -> DataError {
    let path = path.display().to_string();
    let hint = did_you_mean(&nearest(&path, BUILT_IN.iter().map(|set| set.name())));
    DataError::Missing { path, known: known_words(), hint }
}

/// The images of a store, by the format it holds.
fn open_store(store: Arc<dyn Store>, split: Split, layout: LayoutChoice) -> Result<Arc<dyn Source>, DataError> {
    // In a folder that holds several sets, the one with the fewest folders around it is meant.
    let depth = |single| {
        let is_member = |path: &str| formats(single).any(|format| format.has_name(path));
        let members = store.entries().iter().filter(|entry| is_member(&entry.path));
        members.map(|entry| entry.path.matches('/').count()).min()
    };
    let many = depth(false).is_some_and(|many| depth(true).is_none_or(|single| many <= single));
    for format in formats(false).filter(|_| many).chain(formats(true)) {
        match format.open(&store, split, layout)? {
            Some(_) if layout != LayoutChoice::Auto && !format.one_image_per_file() => {
                return Err(layout.without_choice(&store.path().display().to_string(), format.name()));
            }
            Some(source) => return Ok(source),
            None => {}
        }
    }
    Err(DataError::Empty { path: store.path().display().to_string(), hint: hint(store.as_ref()) })
}

/// The formats with one image per file, or those with many.
fn formats(one_image_per_file: bool) -> impl Iterator<Item = &'static dyn Format> {
    FORMATS.iter().copied().filter(move |format| format.one_image_per_file() == one_image_per_file)
}

/// What a store without images holds instead.
fn hint(store: &dyn Store) -> String {
    let entries = store.entries();
    let variant = |entry: &Entry| FORMATS.iter().find_map(|format| format.unsupported_variant(&entry.path));
    let known = |index: usize| {
        let path = &entries[index].path;
        file_kind(path, &store.head(index)).map(|kind| format!(" but {path}, {kind}"))
    };
    match (entries, entries.iter().find_map(variant)) {
        ([], _) => " and no other file".to_owned(),
        (_, Some(variant)) => format!(" but {variant}"),
        _ if let Some(known) = (0..entries.len().min(MAX_HEADS)).find_map(known) => known,
        ([only], _) => format!(" (its only file is {})", only.path),
        ([first, ..], _) => format!(" ({} other files, such as {})", entries.len(), first.path),
    }
}

/// The files of an archive, recognized by its first bytes.
fn open_container(path: &Path) -> Result<Arc<dyn Store>, DataError> {
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(|error| DataError::unreadable(path, &error))?;
    (&file).take(HEAD).read_to_end(&mut head).map_err(|error| DataError::unreadable(path, &error))?;
    let name = path.display().to_string();
    let single_file = |mut formats: Box<dyn Iterator<Item = &dyn Format>>| {
        formats.find_map(|format| format.single_file(&name, &head)).map(|what| DataError::not_data(&name, what))
    };
    // A gzip file may be one of a format's own, so formats come first. But the beginning of a tar is the name of a
    // file, which may look like the beginning of an image.
    if let Some(error) = single_file(Box::new(formats(false))) {
        return Err(error);
    }
    if let Some(container) = CONTAINERS.iter().find(|container| container.recognizes(&head)) {
        // Readers of tables index what damaged files claim.
        return guarded(|| name.clone(), || container.open(path));
    }
    Err(match single_file(Box::new(formats(true))) {
        Some(error) => error,
        None if let Some(kind) = file_kind(&name, &head) => DataError::not_data(name, kind),
        None if head.is_empty() => DataError::not_data(name, "an empty file"),
        None if has_archive_name(&name) => DataError::damaged(name, "not what its name says"),
        None => DataError::not_data(name, "not an archive"),
    })
}

fn has_archive_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // What LMDB has beside each of its databases.
    if name.rsplit('/').next() == Some("lock.mdb") {
        return false;
    }
    CONTAINERS.iter().flat_map(|container| container.extensions()).any(|extension| name.ends_with(extension))
}

/// The archives that a folder stands for; nothing if the folder holds images itself.
fn archives_instead(folder: &Folder, split: Split) -> Result<Option<Chosen>, DataError> {
    if folder.entries().iter().enumerate().any(|(index, entry)| has_data(folder, index, entry)) {
        return Ok(None);
    }
    let names = folder.entries().iter().map(|entry| entry.path.clone());
    archives::choose(folder.path(), names.filter(|name| has_archive_name(name)).collect(), split)
}

fn has_data(folder: &Folder, index: usize, entry: &Entry) -> bool {
    let has_content = |head: &[u8]| FORMATS.iter().any(|format| format.has_content(head));
    !has_archive_name(&entry.path)
        && (FORMATS.iter().any(|format| format.has_name(&entry.path)) || has_content(&folder.head(index)))
}
