//! Lines on standard error: progress, warnings and refusals.

use std::io::{self, Write};

/// Writes a line; an error is ignored, because there is no other place to report it.
pub fn line(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a line for each warning.
pub fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| line(&format!("warning: {warning}")));
}
