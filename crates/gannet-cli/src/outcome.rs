//! What a command leaves behind.

use serde::Serialize;

use crate::failure::Failure;
use crate::shown::shown_json;

/// A command's result.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The text for standard output.
    pub text: String,
    /// Whether the user stopped the command.
    pub interrupted: bool,
    /// What failed, where the command has a result for the rest.
    pub failures: Vec<String>,
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// A value as indented JSON that a terminal can show, with a line feed at its end.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(shown_json(&serde_json::to_string_pretty(value)?) + "\n")
}
