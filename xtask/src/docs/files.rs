//! The pages that may hold generated pieces. (crates/gannet/tests/docs.rs includes this file too.)

use std::fs;
use std::path::Path;

use super::pages::Texts;

/// Pages outside of docs/.
const AT_THE_TOP: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Every page by its path from `root`.
///
/// # Errors
/// One cannot be read.
pub fn read(root: &Path) -> Result<Texts, String> {
    let failed = |path: &str, error| format!("cannot read {path}: {error}");
    let mut names: Vec<String> = AT_THE_TOP.map(String::from).into();
    for entry in fs::read_dir(root.join("docs")).map_err(|error| failed("docs", error))? {
        let name = entry.map_err(|error| failed("docs", error))?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    let read = |name: String| match fs::read_to_string(root.join(&name)) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(failed(&name, error)),
    };
    names.into_iter().map(read).collect()
}
