//! `state.json` of a checkpoint: the step, the counters, and checksums of the other files and of itself.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::ApplyError;

/// The format that this version writes. It reads no other.
pub const FORMAT: u32 = 3;

/// What stands between the state and its own checksum, which is the last value of the file.
const CHECKSUM: &str = ",\n  \"checksum\": ";

/// The content of `state.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of the layout of a checkpoint.
    pub format: u32,
    /// Number of training steps.
    pub step: u64,
    /// Fingerprint of the training images at the start of the run.
    pub data: u64,
    /// The kernels that computed it, such as `avx2`; others round otherwise.
    pub kernels: String,
    /// The checkpoint's score and the name of its measure; lower is better.
    pub score: Option<(String, f64)>,
    /// Step counters of optimizers and averages, by name.
    pub counters: BTreeMap<String, u64>,
    /// CRC-32C of each file.
    pub files: BTreeMap<String, u32>,
}

impl State {
    /// The text of `state.json`: the state, and the CRC-32C of the text without that checksum.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("numbers and strings are JSON");
        let checksum = crc32c::crc32c(text.as_bytes());
        format!("{}{CHECKSUM}{checksum}\n}}", text.trim_end_matches("\n}"))
    }

    /// The state in the text of the file at `path`.
    ///
    /// # Errors
    /// It is of another format, its checksum is wrong, or it names files outside the checkpoint's folder.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ApplyError> {
        let damaged = |reason: String| ApplyError::Damaged { path: path.to_owned(), reason };
        check_format(text, path)?;
        let state = verified(text).ok_or_else(|| damaged("its checksum is wrong".to_owned()))?;
        let state: Self = serde_json::from_str(&state).map_err(|error| damaged(error.to_string()))?;
        match state.files.keys().find(|name| !is_plain(name)) {
            Some(name) => Err(damaged(format!("{name:?} is no name of a file in its folder"))),
            None => Ok(state),
        }
    }
}

fn check_format(text: &str, path: &Path) -> Result<(), ApplyError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    match serde_json::from_str::<Version>(text) {
        Ok(Version { format: FORMAT }) => Ok(()),
        Ok(Version { format }) => Err(ApplyError::Format { path: path.to_owned(), found: format, known: FORMAT }),
        Err(error) => Err(ApplyError::Damaged { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// The text that was written without its checksum; none if the checksum does not fit.
fn verified(text: &str) -> Option<String> {
    let (state, checksum) = text.rsplit_once(CHECKSUM)?;
    let checksum: u32 = checksum.strip_suffix("\n}")?.parse().ok()?;
    let state = format!("{state}\n}}");
    (crc32c::crc32c(state.as_bytes()) == checksum).then_some(state)
}

/// Whether a name leads to a file in the checkpoint's folder and nowhere else.
fn is_plain(name: &str) -> bool {
    name.ends_with(".safetensors") && !name.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(file: &str) -> State {
        State {
            format: FORMAT,
            step: 7,
            data: u64::MAX,
            kernels: "avx2".to_owned(),
            score: Some(("fid".to_owned(), 0.1 + 0.2)),
            counters: BTreeMap::from([("generator".to_owned(), 7)]),
            files: BTreeMap::from([(file.to_owned(), 1)]),
        }
    }

    fn parse(text: &str) -> Result<State, String> {
        State::parse(text, Path::new("state.json")).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_written_is_read_and_any_other_byte_is_damage() {
        let (state, text) = (state("ema.safetensors"), state("ema.safetensors").to_json());
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        assert_eq!(parse(&text), Ok(state));
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(parse(&changed).is_err(), "{changed}");
            assert!(parse(&text[..at]).is_err(), "cut at byte {at}");
        }
    }

    #[test]
    fn files_outside_the_folder_are_refused_though_the_checksum_is_right() {
        for name in
            ["/dev/zero", "../ema.safetensors", "a/b.safetensors", "..\\ema.safetensors", "c:ema.safetensors", ""]
        {
            let message = parse(&state(name).to_json()).unwrap_err();
            assert!(message.contains("no name of a file"), "{name}: {message}");
        }
    }

    #[test]
    fn another_format_is_named_and_not_called_damaged() {
        let message = parse("{\"format\": 2, \"step\": 3}").unwrap_err();
        assert!(message.contains("has format 2") && message.contains("reads format 3"), "{message}");
    }
}
