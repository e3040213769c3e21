//! Files that belong together by their key, as in WebDataset: `0001.png`, `0001.cls`, `0001.mask.png`.
//!
//! The key is a path up to the first dot of the file's name; what follows says what the file is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::file_labels::FileLabels;
use super::labels::{Label, MAX_CLASS};
use super::store::Store;
use crate::{DataError, Layout};

/// The most bytes of a file with a label.
const MAX_LABEL: u64 = 1 << 20;
/// What images are called that belong to another image.
const ANNOTATIONS: [&str; 10] =
    ["mask", "masks", "seg", "segm", "segmentation", "label", "labels", "annotation", "depth", "alpha"];
/// The names of a label in `.json` files and tables.
pub(crate) const LABELS: [&str; 4] = ["cls", "label", "class", "class_id"];

/// A path's key, and what follows it.
fn key(path: &str) -> (&str, &str) {
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[start..].find('.') {
        Some(dot) => (&path[..start + dot], &path[start + dot + 1..]),
        None => (path, ""),
    }
}

/// Takes the masks and other annotations of images out of a list of images.
pub(crate) fn leave_out_annotations<'a>(images: Vec<(&'a str, usize)>, layout: &mut Layout) -> Vec<(&'a str, usize)> {
    let word = |path: &'a str| {
        let (words, _) = key(path).1.rsplit_once('.')?;
        ANNOTATIONS.contains(&words.to_ascii_lowercase().as_str()).then_some(words)
    };
    let keys: HashSet<&str> =
        images.iter().filter(|(path, _)| word(path).is_none()).map(|(path, _)| key(path).0).collect();
    let is_annotation = |path: &'a str| word(path).is_some() && keys.contains(key(path).0);
    let (annotations, images): (Vec<_>, Vec<_>) = images.into_iter().partition(|(path, _)| is_annotation(path));
    if let Some((first, _)) = annotations.first() {
        let what = format!(".{} files", key(first).1);
        layout.leave_out(what, "annotations of the images with the same key", annotations.len());
    }
    images
}

/// The labels that `.cls` or `.json` files beside these images give; nothing if there are none.
pub(crate) fn read(store: &dyn Store, images: &[usize]) -> Result<Option<FileLabels>, DataError> {
    for (extension, label) in [("cls", text_label as fn(&[u8]) -> Option<Label>), ("json", json_label)] {
        let files: HashMap<&str, usize> = (store.entries().iter().enumerate())
            .map(|(index, entry)| (key(&entry.path), index))
            .filter(|((_, found), _)| found.eq_ignore_ascii_case(extension))
            .map(|((key, _), index)| (key, index))
            .collect();
        let file = |image: &usize| files.get(key(&store.entries()[*image].path).0).copied();
        let pairs: Vec<Option<usize>> = images.iter().map(file).collect();
        // Metadata without a label are not read for every image.
        let Some(first) = pairs.iter().flatten().next() else { continue };
        if label(&store.bytes(*first, MAX_LABEL)?).is_none() {
            continue;
        }
        let read = |file: usize| Ok(label(&store.bytes(file, MAX_LABEL)?));
        let labels: Result<Vec<Option<Label>>, DataError> =
            pairs.iter().map(|file| file.map_or(Ok(None), read)).collect();
        return Ok(Some(found(one_kind(labels?), pairs, extension)));
    }
    Ok(None)
}

fn found(labels: Vec<Option<Label>>, pairs: Vec<Option<usize>>, extension: &str) -> FileLabels {
    let (all, count) = (labels.len(), labels.iter().flatten().count());
    let read = pairs.into_iter().flatten().collect();
    let name = "files that belong together by their key";
    if 2 * count < all {
        let note = format!("only {count} of {all} images have a label in a .{extension} file: labels are not used");
        let reason = format!("too few .{extension} files have labels");
        return FileLabels {
            labels: vec![None; all],
            names: Vec::new(),
            read,
            name,
            reason,
            notes: vec![note],
            others: Vec::new(),
        };
    }
    let reason = format!(".{extension} files have the labels, as in WebDataset; folders are no classes");
    FileLabels { labels, names: Vec::new(), read, name, reason, notes: Vec::new(), others: Vec::new() }
}

/// Numbers become names where other labels are names.
pub(crate) fn one_kind(mut labels: Vec<Option<Label>>) -> Vec<Option<Label>> {
    if labels.iter().flatten().any(|label| matches!(label, Label::Name(_))) {
        for label in labels.iter_mut().flatten() {
            if let Label::Number(number) = label {
                *label = Label::Name(number.to_string());
            }
        }
    }
    labels
}

/// A label as text: the number of a class, or its name in one line.
pub(crate) fn text_label(bytes: &[u8]) -> Option<Label> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() || text.len() > 200 || text.contains('\n') {
        return None;
    }
    match text.parse() {
        Ok(number) if number <= MAX_CLASS => Some(Label::Number(number)),
        _ => Some(Label::Name(text.to_owned())),
    }
}

/// The label in a JSON object, or a JSON number or text.
fn json_label(bytes: &[u8]) -> Option<Label> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let value = match &json {
        Value::Object(fields) => LABELS.iter().find_map(|name| fields.get(*name))?,
        value => value,
    };
    match value {
        Value::Number(_) | Value::String(_) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text_label(text.as_bytes())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_at_the_first_dot_of_the_name() {
        assert_eq!(key("set.v1/0001.seg.png"), ("set.v1/0001", "seg.png"));
        assert_eq!((key("a/b"), key("c.PNG")), (("a/b", ""), ("c", "PNG")));
    }

    #[test]
    fn annotations_need_an_image_of_their_key() {
        let mut layout = Layout::default();
        let images = vec![("1.png", 0), ("1.mask.png", 1), ("2.v2.png", 2), ("3.mask.png", 3)];
        assert_eq!(leave_out_annotations(images, &mut layout), [("1.png", 0), ("2.v2.png", 2), ("3.mask.png", 3)]);
        assert_eq!(layout.warnings(), [".mask.png files: 1 left out: annotations of the images with the same key"]);
    }

    #[test]
    fn labels_are_numbers_or_names() {
        assert_eq!(text_label(b" 7\n"), Some(Label::Number(7)));
        assert_eq!(text_label(b"cat"), Some(Label::Name("cat".into())));
        assert_eq!((text_label(b""), text_label(b"\xFF")), (None, None));
        assert_eq!(json_label(br#"{"caption": "a cat", "label": 3}"#), Some(Label::Number(3)));
        assert_eq!(json_label(br#"{"cls": "cat"}"#), Some(Label::Name("cat".into())));
        assert_eq!((json_label(br#"{"caption": "a cat"}"#), json_label(br#"{"label": [1]}"#)), (None, None));
        let mixed = one_kind(vec![Some(Label::Number(1)), Some(Label::Name("a".into())), None]);
        assert_eq!(mixed, [Some(Label::Name("1".into())), Some(Label::Name("a".into())), None]);
    }
}
