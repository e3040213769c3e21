//! Files of weights, whichever kind they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::containers::{self, Source};
use crate::error::WeightsError;
use crate::hash::sha256;
use crate::named::NamedTensor;
use crate::state_dict::{has_keys, keys, plain};

/// The tensors of a file, whose kind is recognized by its content, and the file's SHA-256.
///
/// # Errors
/// The file cannot be read, or is of no kind that is read; what it is instead is named, with the remedy.
pub fn read_weights(path: &Path) -> Result<(Vec<NamedTensor>, String), WeightsError> {
    let file = WeightsFile::read(path)?;
    let hash = file.parts.into_iter().last().map(|part| part.sha256).unwrap_or_default();
    Ok((file.tensors, hash))
}

/// A file of weights, as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsFile {
    /// The file that was given.
    pub path: PathBuf,
    /// Its kind, with its article, such as "a PyTorch file".
    pub container: &'static str,
    /// Its tensors of floating-point numbers, sorted by name.
    pub tensors: Vec<NamedTensor>,
    /// How many of them were stored as each type, such as `f16`.
    pub types: BTreeMap<&'static str, usize>,
    /// Its other tensors, each with its type, such as "steps (i64)".
    pub left_out: Vec<String>,
    /// What else a user should know, in sentences.
    pub notes: Vec<String>,
    /// The file, or the two files of a network that is stored in two, the one with the values last.
    pub parts: Vec<FilePart>,
}

/// One of the files of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: usize,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl FilePart {
    fn new(path: &Path, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), bytes: bytes.len(), sha256: sha256(bytes) }
    }
}

impl WeightsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or is of no kind that is read; what it is instead is named, with the remedy.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let bytes =
            crate::read::read_file(path).map_err(|source| WeightsError::Read { path: path.to_owned(), source })?;
        let (container, contents) = containers::read(&Source { path, bytes: &bytes })?;
        let mut parts = vec![FilePart::new(path, &bytes)];
        if let Some((path, bytes)) = &contents.companion {
            parts.push(FilePart::new(path, bytes));
            // The graph comes first, and then the values.
            parts.sort_by_key(|part| {
                part.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bin"))
            });
        }
        let containers::Contents { tensors, types, left_out, notes, .. } = contents;
        Ok(Self { path: path.to_owned(), container, tensors, types, left_out, notes, parts })
    }

    /// Reads a file, and of its tensors those under `key`, where one is given. Keys inside one another are joined by dots.
    ///
    /// # Errors
    /// The file cannot be read, or has no such key; the message lists the keys that it has.
    pub fn read_under(path: &Path, key: Option<&str>) -> Result<Self, WeightsError> {
        let mut file = Self::read(path)?;
        let Some(key) = key else { return Ok(file) };
        if key.is_empty() {
            let reason = "the key is empty: give its name, or leave --key out".to_owned();
            return Err(WeightsError::Unsuited { path: path.to_owned(), reason });
        }
        let names: Vec<&str> = file.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        if !names.iter().any(|name| under(name, key).is_some()) {
            return Err(WeightsError::Unsuited { path: path.to_owned(), reason: lacking(key, &names) });
        }
        let inside = |tensor: NamedTensor| Some(NamedTensor { name: under(&tensor.name, key)?.to_owned(), ..tensor });
        file.tensors = file.tensors.into_iter().filter_map(inside).collect();
        Ok(file)
    }

    /// What was left out, and what else a user should know where the file does not fit, as sentences that follow another.
    pub fn remarks(&self) -> String {
        let left_out = Some(self.describe_left_out()).filter(|text| !text.is_empty()).map(|text| format!("; {text}"));
        let notes = self.notes.iter().map(|note| format!(". {}", note.trim_end_matches('.')));
        left_out.into_iter().chain(notes).collect()
    }

    /// In words, which tensors of other types it has, where these are more than counters of steps; empty where there are none.
    pub fn describe_left_out(&self) -> String {
        let others: Vec<&str> =
            self.left_out.iter().map(String::as_str).filter(|name| !name.contains("num_batches")).collect();
        match others[..] {
            [] => String::new(),
            [one] => format!("{one} is left out"),
            [first, ..] => {
                format!("{} tensors that are no weights, such as {first}, are left out", others.len())
            }
        }
    }
}

/// The name of a tensor within `key`, without the prefixes of wrapped networks; `None` where it is not under it.
fn under<'a>(name: &'a str, key: &str) -> Option<&'a str> {
    let inside = |name: &'a str, part: &str| name.strip_prefix(part)?.strip_prefix('.');
    let step = |name: &'a str, part: &str| inside(name, part).or_else(|| inside(plain(name), part));
    key.split('.').try_fold(name, step).map(plain)
}

/// What is said where a file lacks a key.
fn lacking(key: &str, names: &[&str]) -> String {
    const LISTED: usize = 16;
    let keys = keys(names);
    let listed: Vec<&str> = keys.iter().take(LISTED).map(String::as_str).collect();
    let more = if keys.len() > LISTED { ", …" } else { "" };
    match listed[..] {
        _ if !listed.is_empty() && !has_keys(names) => {
            let listed = listed.join(", ");
            format!(
                "it has no key {key}, and perhaps none: its names begin with {listed}{more}. Where these are layers, leave --key out"
            )
        }
        [] => format!("it has no key {key}, and no others: leave --key out"),
        _ => format!("it has no key {key}; its keys are {}{more}", listed.join(", ")),
    }
}
