//! Lines on standard error: progress, warnings and refusals.

use std::io::{self, Write};

use crate::shown::shown_in_line;

/// Writes a line; an error is ignored, because there is no other place to report it. What a terminal would obey is shown
/// escaped, line feeds included.
pub fn line(text: &str) {
    colored_lines(&shown_in_line(text));
}

/// Writes lines of our own making as they are, with their escape sequences.
pub fn colored_lines(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a line for each warning.
pub fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| line(&format!("warning: {warning}")));
}
