//! The `dataset.json` of StyleGAN's data sets: labels by path, beside images in numbered folders.
//!
//! T. Karras et al., StyleGAN2-ADA (2020): `{"labels": [["00000/img00000000.png", 3], …]}`, or null without labels.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::file_labels::FileLabels;
use super::labels::{Label, MAX_CLASS};
use super::store::{Store, entry_path};
use super::tree::has_image_name;
use crate::DataError;

const NAME: &str = "dataset.json";
/// The most bytes of the file: labels of two million images.
const MAX_JSON: u64 = 128 << 20;

/// The labels of these entries; nothing if no `dataset.json` of this kind lies above them.
pub(crate) fn read(store: &dyn Store, images: &[usize]) -> Result<Option<FileLabels>, DataError> {
    let Some(&first) = images.first() else { return Ok(None) };
    let mut places: Vec<(&str, usize)> = Vec::new();
    for (index, entry) in store.entries().iter().enumerate() {
        let Some(folder) = entry.path.strip_suffix(NAME) else { continue };
        if (folder.is_empty() || folder.ends_with('/')) && store.entries()[first].path.starts_with(folder) {
            places.push((folder, index));
        }
    }
    places.sort_unstable_by_key(|(folder, _)| std::cmp::Reverse(folder.len()));
    for (folder, index) in places {
        let bytes = store.bytes(index, MAX_JSON)?;
        let path = store.path().join(&store.entries()[index].path).display().to_string();
        let json: Value = serde_json::from_slice(&bytes)
            .map_err(|error| DataError::damaged(&path, format!("it is no JSON: {error}")))?;
        match json.get("labels") {
            Some(Value::Null) => return Ok(Some(unlabeled(images.len(), index, Vec::new()))),
            Some(Value::Array(labels)) => return labeled(store, images, (folder, index), labels, &path).map(Some),
            _ => {}
        }
    }
    Ok(None)
}

fn unlabeled(count: usize, index: usize, notes: Vec<String>) -> FileLabels {
    FileLabels {
        labels: vec![None; count],
        names: Vec::new(),
        read: vec![index],
        name: "StyleGAN's data set without labels",
        reason: format!("{NAME} has no labels; its numbered folders are no classes"),
        notes,
        others: Vec::new(),
    }
}

fn labeled(
    store: &dyn Store,
    images: &[usize],
    (folder, index): (&str, usize),
    pairs: &[Value],
    path: &str,
) -> Result<FileLabels, DataError> {
    let mut labels: HashMap<String, Label> = HashMap::new();
    for pair in pairs {
        let Some([Value::String(name), label]) = pair.as_array().map(Vec::as_slice) else {
            let reason = format!("a label is not a pair of a name and a number: {pair}");
            return Err(DataError::damaged(path, reason));
        };
        match label.as_u64().and_then(|label| usize::try_from(label).ok()).filter(|label| *label <= MAX_CLASS) {
            Some(label) => drop(labels.insert(format!("{folder}{}", entry_path(name)), Label::Number(label))),
            None if label.is_array() || label.is_f64() => {
                let note = format!("{NAME} has labels that are not whole numbers, such as {label}: they are not used");
                return Ok(unlabeled(images.len(), index, vec![note]));
            }
            None => return Err(DataError::damaged(path, format!("the label of {name} is no class: {label}"))),
        }
    }
    let entries = store.entries();
    let present: HashSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let mut missing: Vec<&str> = labels.keys().map(String::as_str).filter(|path| !present.contains(path)).collect();
    missing.sort_unstable();
    let found: Vec<Option<Label>> = images.iter().map(|&at| labels.get(&entries[at].path).cloned()).collect();
    if !labels.is_empty() && found.iter().all(Option::is_none) {
        let first = missing.iter().find(|name| has_image_name(name)).unwrap_or(&"another split");
        return Err(DataError::damaged(
            path,
            format!("it labels none of the {} images; it names {first}", images.len()),
        ));
    }
    let note = missing
        .first()
        .map(|first| format!("{NAME} names {} images that are not there, the first of them {first}", missing.len()));
    let reason = format!("{NAME} has the labels; its numbered folders are no classes");
    let notes = note.into_iter().collect();
    let read = vec![index];
    Ok(FileLabels {
        labels: found,
        names: Vec::new(),
        read,
        name: "StyleGAN's data set",
        reason,
        notes,
        others: Vec::new(),
    })
}
