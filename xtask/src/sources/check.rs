//! Goes over all files.

use std::fs;
use std::path::Path;

use super::{prose, rules, shares, sizes};
use crate::syntax::Source;
use crate::workspace::{self, Package};

/// Holds every file to its length, every function to its own, every crate to its share, and library code to what it may name.
/// Returns the crates' shares.
pub fn check() -> Result<String, String> {
    let root = workspace::root();
    let mut found = Vec::new();
    let mut lines = Vec::new();
    for package in workspace::packages()? {
        let mut code = 0;
        for path in workspace::rust_files(&package.folder)? {
            let file = match Source::read(&root, &path) {
                Ok(file) => file,
                Err(message) => {
                    found.push(message);
                    continue;
                }
            };
            code += shares::code_lines(&file.text);
            found.extend(sizes::violations(&file));
            if is_library_code(&package, &path, &root) {
                found.extend(rules::violations(&package.name, &file));
            }
        }
        if package.folder.starts_with(root.join("crates")) {
            lines.push((package.name, code));
        }
    }
    found.extend(shares::violation(&lines));
    if found.is_empty() { Ok(shares::table(&lines)) } else { Err(found.join("\n")) }
}

fn is_library_code(package: &Package, path: &Path, root: &Path) -> bool {
    let is_in_crates = package.folder.starts_with(root.join("crates"));
    let is_of_tests = |path: &Path| path.iter().any(|part| part == "tests" || part == "tests.rs");
    is_in_crates && path.strip_prefix(package.folder.join("src")).is_ok_and(|path| !is_of_tests(path))
}

/// Holds the words of code, documentation and recipes to the vocabulary.
pub fn check_prose() -> Result<String, String> {
    let root = workspace::root();
    let mut paths = workspace::files(&root.join("recipes"), "toml")?;
    for folder in ["docs", "bench", "scripts", "weights"] {
        paths.extend(workspace::files(&root.join(folder), "md")?);
    }
    paths.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root.join(name)));
    for package in workspace::packages()? {
        paths.extend(workspace::rust_files(&package.folder)?);
    }
    let mut found = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        found.extend(prose::violations(&name, &text));
    }
    if found.is_empty() { Ok(String::new()) } else { Err(found.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_keeps_the_rules() {
        let outcome = check();
        assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }

    #[test]
    fn this_workspace_keeps_the_vocabulary() {
        assert_eq!(check_prose(), Ok(String::new()));
    }
}
