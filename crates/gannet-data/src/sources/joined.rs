//! Several archives that are one set, such as the shards of WebDataset.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archives::stem;
use super::labels::StoredLabels;
use super::store::{Entry, Store, Take};
use crate::DataError;

/// The files of archives that are one set. Where there are several, an archive's name without its extension is the first
/// part of their paths.
pub(crate) struct Joined {
    path: PathBuf,
    stores: Vec<Arc<dyn Store>>,
    entries: Vec<Entry>,
    /// the archive and the index in it of each entry, and the length of its archive's name
    places: Vec<(usize, usize, usize)>,
    parts: Option<String>,
    notes: Vec<String>,
    labels: Option<StoredLabels>,
}

impl Joined {
    /// Joins archives, given by name and content; messages name `path`.
    pub fn new(path: &Path, archives: Vec<(String, Arc<dyn Store>)>, mut notes: Vec<String>) -> Self {
        let (mut entries, mut places) = (Vec::new(), Vec::new());
        for (number, (name, store)) in archives.iter().enumerate() {
            let name = stem(name);
            let prefix = if archives.len() > 1 { format!("{name}/") } else { String::new() };
            for (index, entry) in store.entries().iter().enumerate() {
                entries.push(Entry { path: format!("{prefix}{}", entry.path), size: entry.size });
                places.push((number, index, prefix.len()));
            }
            notes.extend(store.notes().iter().map(|note| format!("{name}: {note}")));
        }
        let parts = match archives.as_slice() {
            [(first, _), .., (last, _)] => Some(format!("{} archives are one set, {first} to {last}", archives.len())),
            _ => None,
        };
        let tables: Vec<StoredLabels> = archives.iter().filter_map(|(_, store)| store.labels()).collect();
        let labels = (tables.len() == archives.len()).then(|| StoredLabels::joined(tables)).flatten();
        if labels.is_none() && archives.iter().any(|(_, store)| store.labels().is_some()) {
            notes.push("the parts name their classes differently: labels are not used".to_owned());
        }
        let stores = archives.into_iter().map(|(_, store)| store).collect();
        Self { path: path.to_owned(), stores, entries, places, parts, notes, labels }
    }
}

impl Store for Joined {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn inner_path(&self, index: usize) -> &str {
        &self.entries[index].path[self.places[index].2..]
    }

    fn parts(&self) -> Option<String> {
        self.parts.clone()
    }

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn labels(&self) -> Option<StoredLabels> {
        self.labels.clone()
    }

    fn read_with(&self, index: usize, take: &mut Take<'_>) -> Result<(), DataError> {
        let (store, inside, _) = self.places[index];
        self.stores[store].read_with(inside, take)
    }
}
