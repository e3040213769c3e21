//! Labels in `metadata.csv` or `metadata.jsonl` beside the images, as Hugging Face's datasets have them: a row for each image,
//! with its path in `file_name` and its class in `label`.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::companions::{LABELS, one_kind, text_label};
use super::file_labels::FileLabels;
use super::labels::Label;
use super::store::{Store, entry_path};
use crate::DataError;

/// The most bytes of a table.
const MAX_TABLE: u64 = 256 << 20;
/// The column of the images' paths.
const FILE_NAME: &str = "file_name";
const NAMES: [&str; 2] = ["metadata.csv", "metadata.jsonl"];

/// The labels of these entries; nothing if no table beside or above them has labels.
///
/// # Errors
/// A table cannot be read, or a row is not of the table's form.
pub(crate) fn read(store: &dyn Store, images: &[usize]) -> Result<Option<FileLabels>, DataError> {
    let mut rows: Vec<(String, Option<Label>)> = Vec::new();
    let mut read = Vec::new();
    for index in 0..store.entries().len() {
        let path = store.inner_path(index);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !NAMES.contains(&name) {
            continue;
        }
        let place = store.path().join(&store.entries()[index].path).display().to_string();
        let bytes = store.bytes(index, MAX_TABLE)?;
        if !is_table(&bytes) {
            continue;
        }
        let text =
            String::from_utf8(bytes).map_err(|_| DataError::damaged(&place, "it is no UTF-8 text".to_owned()))?;
        let found = if name == NAMES[0] { csv_rows(&text) } else { json_rows(&text) };
        let found = found.map_err(|reason| DataError::damaged(&place, reason))?;
        read.push(index);
        rows.extend(found.into_iter().map(|(name, label)| (entry_path(&join(folder, &name)), label)));
    }
    if rows.iter().all(|(_, label)| label.is_none()) {
        return Ok(None);
    }
    let (paths, labels): (Vec<String>, Vec<Option<Label>>) = rows.into_iter().unzip();
    // Of all splits, so that a class has the same number in each.
    let labels = one_kind(labels);
    let classes = labels.iter().flatten().filter_map(Label::name).map(str::to_owned).collect();
    let by_path: HashMap<&str, &Option<Label>> = paths.iter().map(String::as_str).zip(&labels).collect();
    let of = |&index: &usize| by_path.get(store.inner_path(index)).and_then(|label| (*label).clone());
    let labels: Vec<Option<Label>> = images.iter().map(of).collect();
    if labels.iter().all(Option::is_none) {
        return Ok(None);
    }
    let reason =
        format!("{} has the labels, as in Hugging Face's datasets; folders are no classes", names(store, &read));
    let name = "images with a table of metadata";
    let notes = missing(store, &paths).into_iter().collect();
    Ok(Some(FileLabels { labels, read, name, reason, notes, classes }))
}

/// A line on the rows whose images are not there.
fn missing(store: &dyn Store, paths: &[String]) -> Option<String> {
    let present: HashSet<&str> = (0..store.entries().len()).map(|index| store.inner_path(index)).collect();
    let mut missing = paths.iter().filter(|path| !present.contains(path.as_str()));
    let first = missing.next()?;
    Some(format!("the metadata name {} images that are not there, the first of them {first}", missing.count() + 1))
}

/// Whether the first line has the column of names. Other tables of this name are common, and not read.
fn is_table(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.windows(FILE_NAME.len()).any(|word| word == FILE_NAME.as_bytes())
}

fn names(store: &dyn Store, read: &[usize]) -> String {
    read.iter().map(|&index| store.inner_path(index)).collect::<Vec<_>>().join(" and ")
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A row's image and label.
type Row = (String, Option<Label>);

fn json_rows(text: &str) -> Result<Vec<Row>, String> {
    let row = |(at, line): (usize, &str)| {
        let fields: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
        let name = fields.get(FILE_NAME).and_then(Value::as_str);
        let name = name.ok_or_else(|| format!("line {} has no file_name", at + 1))?;
        let label = LABELS.iter().find_map(|label| fields.get(*label)).and_then(json_label);
        Ok((name.to_owned(), label))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

fn json_label(value: &Value) -> Option<Label> {
    match value {
        Value::String(text) => text_label(text.as_bytes()),
        Value::Number(number) => text_label(number.to_string().as_bytes()),
        _ => None,
    }
}

fn csv_rows(text: &str) -> Result<Vec<Row>, String> {
    let mut records = records(text)?.into_iter();
    let header = records.next().unwrap_or_default();
    let column = |name: &str| header.iter().position(|field| field.trim_start_matches('\u{feff}') == name);
    let name = column(FILE_NAME).ok_or("it has no column file_name")?;
    let label = LABELS.iter().find_map(|label| column(label));
    let row = |(at, record): (usize, Vec<String>)| {
        let path = record.get(name).ok_or_else(|| format!("row {} has no file_name", at + 2))?;
        let label = label.and_then(|label| record.get(label)).and_then(|text| text_label(text.as_bytes()));
        Ok((path.clone(), label))
    };
    records.enumerate().map(row).collect()
}

/// The fields of each record of a table of comma-separated values (RFC 4180): a field in quotes may hold commas, line ends
/// and doubled quotes.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => end_record(&mut records, &mut record, &mut field),
            _ => field.push(letter),
        }
    }
    end_record(&mut records, &mut record, &mut field);
    if quoted { Err("a quote is not closed".to_owned()) } else { Ok(records) }
}

/// Ends a record; an empty line is none.
fn end_record(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, field: &mut String) {
    if !record.is_empty() || !field.is_empty() {
        record.push(std::mem::take(field));
        records.push(std::mem::take(record));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, label: &str) -> Row {
        (name.to_owned(), Some(Label::Name(label.to_owned())))
    }

    #[test]
    fn fields_in_quotes_hold_commas_and_line_ends() {
        let rows = csv_rows("text,file_name,label\r\n\"a, \"\"b\"\"\nc\",1.png,cat\r\n\r\nd,2.png,dog\r\n").unwrap();
        assert_eq!(rows, [named("1.png", "cat"), named("2.png", "dog")]);
        assert_eq!(csv_rows("file_name,text\n1.png,a\n").unwrap(), [("1.png".to_owned(), None)]);
        assert!(csv_rows("name,label\n1.png,a\n").unwrap_err().contains("file_name"));
        assert!(csv_rows("file_name,label\n\"1.png,a\n").unwrap_err().contains("quote"));
    }

    #[test]
    fn lines_of_json_are_rows() {
        let rows =
            json_rows("{\"file_name\": \"a/1.png\", \"label\": \"cat\"}\n\n{\"file_name\": \"2.png\"}\n").unwrap();
        assert_eq!(rows, [named("a/1.png", "cat"), ("2.png".to_owned(), None)]);
        assert_eq!(json_rows("{\"file_name\": \"1.png\", \"label\": 3}").unwrap()[0].1, Some(Label::Number(3)));
        assert!(json_rows("{\"label\": 3}").unwrap_err().contains("line 1 has no file_name"));
        assert!(json_rows("{").unwrap_err().starts_with("line 1: "));
    }
}
