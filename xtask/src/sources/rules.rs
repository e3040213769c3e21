//! What code may name: a backend, files, clocks and the command's crates are each some crates' alone.

use crate::syntax::Source;

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
        only: &[
            "gannet-data",
            "gannet-weights",
            "gannet-recipe",
            "gannet-apply",
            "gannet-eval",
            "gannet-train",
            "gannet-studio",
            "gannet-lab",
            "gannet",
            "gannet-cli",
        ],
        because: "operations, networks, objectives and metrics touch no files",
    },
    Rule {
        words: &["Instant::now", "SystemTime"],
        only: &["gannet-data", "gannet-train", "gannet-studio", "gannet-lab", "gannet-cli"],
        because: "only what runs for long reads a clock",
    },
    Rule {
        words: &["clap::", "clap_complete::", "ctrlc::", "indicatif::", "ureq::"],
        only: &["gannet-cli"],
        because: "only gannet-cli is a command",
    },
];

/// A line for each word in the library code of crate `package` that it may not hold.
pub fn violations(package: &str, file: &Source) -> Vec<String> {
    let (name, text) = (&file.name, &file.text);
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

    fn found(package: &str, text: &str) -> Vec<String> {
        violations(package, &Source::parse("f.rs", text.to_owned()).unwrap())
    }

    #[test]
    fn a_backend_is_named_in_one_crate_alone() {
        let text = "use burn::tensor::Tensor;\nuse burn::backend::Flex;\n";
        assert_eq!(found("gannet-nn", text), ["f.rs:2: burn::backend: only gannet-ops names a backend"]);
        assert_eq!(found("gannet-ops", text), [""; 0]);
    }

    #[test]
    fn files_and_clocks_stay_out_of_the_lower_crates() {
        let text = "const A: B = std::fs::read(path);\nconst B: C = std::time::Instant::now();\n";
        assert_eq!(found("gannet-metrics", text).len(), 2);
        assert_eq!(found("gannet-train", text), [""; 0]);
        assert_eq!(found("gannet-apply", text), ["f.rs:2: Instant::now: only what runs for long reads a clock"]);
    }

    #[test]
    fn the_library_knows_no_command_line() {
        assert_eq!(found("gannet", "use clap::Parser;").len(), 1);
        assert_eq!(found("gannet-cli", "use clap::Parser;"), [""; 0]);
    }

    #[test]
    fn comments_longer_words_and_tests_do_not_count() {
        let text = "// std::fs\nconst A: B = diffs::of(b);\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        assert_eq!(found("gannet-nn", text), [""; 0]);
        let after = format!("{text}use std::fs;\n");
        assert_eq!(found("gannet-nn", &after).len(), 1);
        assert!(found("gannet-nn", &after)[0].starts_with("f.rs:7: std::fs: "));
    }
}
