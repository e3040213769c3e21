//! What a search in the text of the sources can hold the crates to.

use std::fs;
use std::path::Path;

use crate::workspace::{self, Package};

/// A longer file is two.
const MAX_LINES: usize = 500;

/// Words that only some crates' library code may hold.
struct Rule {
    words: &'static [&'static str],
    only: &'static [&'static str],
    because: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        words: &["burn::backend", "burn::{backend", "Device::flex", "Device::vulkan", "Device::cuda", "Device::webgpu"],
        only: &["gannet-ops"],
        because: "only gannet-ops names a backend",
    },
    Rule {
        words: &["std::fs", "fs::", "File::open", "File::create", "File::options", "OpenOptions"],
        only: &["gannet-data", "gannet-weights", "gannet-train", "gannet-studio", "gannet"],
        because: "networks, objectives and metrics touch no files",
    },
    Rule {
        words: &["Instant::now", "SystemTime"],
        only: &["gannet-data", "gannet-weights", "gannet-train", "gannet-studio", "gannet"],
        because: "networks, objectives and metrics read no clock",
    },
    Rule {
        words: &["clap::", "clap_complete::"],
        only: &["gannet-studio", "gannet"],
        because: "only the top knows the command line",
    },
];

/// Holds every crate to [`RULES`], and every file to its length.
pub fn check() -> Result<(), String> {
    let root = workspace::root();
    let mut found = Vec::new();
    for package in workspace::packages()? {
        for path in workspace::rust_files(&package.folder)? {
            let text = fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            found.extend(too_long(&name, &text));
            if is_library_code(&package, &path, &root) {
                found.extend(violations(&package.name, &name, &text));
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

fn is_library_code(package: &Package, path: &Path, root: &Path) -> bool {
    let in_crates = package.folder.starts_with(root.join("crates"));
    in_crates && path.starts_with(package.folder.join("src")) && !path.ends_with("tests.rs")
}

fn too_long(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > MAX_LINES).then(|| format!("{name} has {lines} lines, more than {MAX_LINES}: split it"))
}

/// A line for each word in the library code of crate `package` that it may not hold.
fn violations(package: &str, name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| !rule.only.contains(&package)) {
        for (number, line) in library_lines(text) {
            if let Some(word) = rule.words.iter().find(|word| holds(line, word)) {
                found.push(format!("{name}:{number}: {word}: {}", rule.because));
            }
        }
    }
    found
}

/// Numbered lines without comments and without test modules; rustfmt puts the brace that ends one
/// in the first column.
fn library_lines(text: &str) -> Vec<(usize, &str)> {
    let mut kept = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line == "#[cfg(test)]" {
            let opens = lines.next().is_some_and(|(_, item)| item.ends_with('{'));
            let _ = opens.then(|| lines.by_ref().find(|(_, line)| *line == "}"));
        } else {
            kept.push((number, line.split("//").next().unwrap_or(line)));
        }
    }
    kept
}

/// Whether `word` is in `line` and is not the end of a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_named_in_one_crate_alone() {
        let text = "use burn::tensor::Tensor;\nuse burn::backend::Flex;\n";
        let complaint = "f.rs:2: burn::backend: only gannet-ops names a backend";
        assert_eq!(violations("gannet-nn", "f.rs", text), [complaint]);
        assert_eq!(violations("gannet-ops", "f.rs", text), [""; 0]);
    }

    #[test]
    fn files_and_clocks_stay_out_of_the_lower_crates() {
        let text = "let a = std::fs::read(path);\nlet b = std::time::Instant::now();\n";
        assert_eq!(violations("gannet-metrics", "f.rs", text).len(), 2);
        assert_eq!(violations("gannet-train", "f.rs", text), [""; 0]);
    }

    #[test]
    fn comments_longer_words_and_tests_do_not_count() {
        let text = "// std::fs\nlet a = diffs::of(b);\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(violations("gannet-nn", "f.rs", text), [""; 0]);
        let after = format!("{text}use std::fs;\n");
        assert_eq!(
            violations("gannet-nn", "f.rs", &after),
            ["f.rs:7: std::fs: networks, objectives and metrics touch no files"]
        );
    }

    #[test]
    fn a_long_file_fails() {
        assert_eq!(too_long("f.rs", &"\n".repeat(MAX_LINES)), None);
        assert!(too_long("f.rs", &"\n".repeat(MAX_LINES + 1)).is_some());
    }

    #[test]
    fn this_workspace_keeps_the_rules() {
        assert_eq!(check(), Ok(()));
    }
}
