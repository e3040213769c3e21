//! What a command leaves behind.

/// A command's result.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The text for standard output.
    pub text: String,
    /// Whether the user stopped the command.
    pub interrupted: bool,
}

impl From<String> for Outcome {
    fn from(text: String) -> Self {
        Self { text, interrupted: false }
    }
}
