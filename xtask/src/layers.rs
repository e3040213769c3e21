//! The arrows between crates run strictly downward: never up, never sideways, so never in a circle.

use crate::workspace::{self, Package};

/// Each crate's level; it may depend on crates of lower levels alone, in its tests too.
const LEVELS: [(&str, u8); 16] = [
    ("gannet-choice", 0),
    ("gannet-formats", 0),
    ("gannet-ops", 0),
    ("gannet-weights", 1),
    ("gannet-data", 1),
    ("gannet-nn", 2),
    ("gannet-metrics", 2),
    ("gannet-objectives", 3),
    // Its library needs no network; its tests do.
    ("gannet-optim", 3),
    ("gannet-recipe", 4),
    ("gannet-apply", 5),
    ("gannet-eval", 6),
    ("gannet-train", 7),
    ("gannet-lab", 8),
    ("gannet", 9),
    ("gannet-cli", 10),
];

/// Dependencies that only some crates may have, or that some may not have.
struct Reserved {
    dependencies: &'static [&'static str],
    may: fn(&str) -> bool,
    because: &'static str,
}

const RESERVED: [Reserved; 2] = [
    Reserved {
        dependencies: &["clap", "clap_complete", "ctrlc", "indicatif", "ureq"],
        may: |name| name == "gannet-cli",
        because: "only gannet-cli is a command: the library has no command line, progress bars, signals or downloads",
    },
    Reserved {
        dependencies: &["burn"],
        may: |name| !["gannet-choice", "gannet-formats", "gannet-metrics"].contains(&name),
        because: "it is pure: it knows no tensors",
    },
];

/// Tools of the repository: they may depend on everything, and nothing on them.
const TOOLS: [&str; 3] = ["gannet-bench", "gannet-fuzz", "xtask"];

/// Holds the workspace to its levels.
pub fn check() -> Result<String, String> {
    match violations(&workspace::packages()?) {
        found if found.is_empty() => Ok(String::new()),
        found => Err(found.join("\n")),
    }
}

/// A line for each edge that does not run downward and each crate without a level.
fn violations(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages.iter().filter(|package| !is_tool(&package.name)) {
        let Some(level) = level(&package.name) else {
            found.push(format!("{} is new: give it a level in xtask/src/layers.rs", package.name));
            continue;
        };
        let inside = |name: &&String| packages.iter().any(|other| other.name == **name);
        let edges = package.dependencies.iter().filter(inside);
        found.extend(edges.filter_map(|dependency| complaint(&package.name, level, dependency)));
        found.extend(package.dependencies.iter().filter_map(|dependency| reserved(&package.name, dependency)));
    }
    found
}

fn complaint(name: &str, level: u8, dependency: &str) -> Option<String> {
    if is_tool(dependency) {
        return Some(format!("{name} depends on {dependency}, a tool of the repository: nothing may"));
    }
    // A dependency without a level is reported by itself.
    let below = self::level(dependency).filter(|below| *below >= level)?;
    Some(format!("{name} (level {level}) depends on {dependency} (level {below}): arrows run strictly downward"))
}

fn reserved(name: &str, dependency: &str) -> Option<String> {
    let forbids = |rule: &&Reserved| rule.dependencies.contains(&dependency) && !(rule.may)(name);
    let rule = RESERVED.iter().find(forbids)?;
    Some(format!("{name} depends on {dependency}: {}", rule.because))
}

fn level(name: &str) -> Option<u8> {
    LEVELS.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
}

fn is_tool(name: &str) -> bool {
    TOOLS.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
        Package { name: name.to_owned(), folder: PathBuf::new(), dependencies }
    }

    /// The crates that edges lead to, and one that has these dependencies.
    fn with(name: &str, dependencies: &[&str]) -> Vec<String> {
        let mut packages: Vec<_> = dependencies.iter().map(|name| package(name, &[])).collect();
        packages.push(package(name, dependencies));
        violations(&packages)
    }

    #[test]
    fn downward_edges_and_foreign_crates_pass() {
        assert_eq!(with("gannet-train", &["gannet-nn", "gannet-metrics"]), [""; 0]);
        assert_eq!(with("gannet-bench", &["gannet-train", "xtask"]), [""; 0]);
        assert_eq!(violations(&[package("gannet-ops", &["burn", "gemm"])]), [""; 0]);
    }

    #[test]
    fn an_upward_edge_fails() {
        let upward = "gannet-ops (level 0) depends on gannet-nn (level 2): arrows run strictly downward";
        assert_eq!(with("gannet-ops", &["gannet-nn"]), [upward]);
        assert_eq!(with("gannet-apply", &["gannet-recipe", "gannet-train"]).len(), 1);
    }

    #[test]
    fn a_sideways_edge_fails() {
        let sideways = "gannet-data (level 1) depends on gannet-weights (level 1): arrows run strictly downward";
        assert_eq!(with("gannet-data", &["gannet-ops", "gannet-weights"]), [sideways]);
        assert_eq!(with("gannet-metrics", &["gannet-metrics"]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_level_fails() {
        assert_eq!(
            with("gannet-magic", &["gannet-ops"]),
            ["gannet-magic is new: give it a level in xtask/src/layers.rs"]
        );
        assert_eq!(with("gannet", &["gannet-magic"]).len(), 1);
    }

    #[test]
    fn nothing_depends_on_the_repositorys_tools() {
        assert_eq!(with("gannet", &["xtask"]), ["gannet depends on xtask, a tool of the repository: nothing may"]);
    }

    #[test]
    fn only_the_command_has_the_commands_dependencies() {
        let names = |name: &str, dependency: &str| violations(&[package(name, &[dependency])]);
        assert_eq!(names("gannet-cli", "clap"), [""; 0]);
        assert_eq!(names("xtask", "clap"), [""; 0]);
        assert!(names("gannet", "ureq")[0].starts_with("gannet depends on ureq: only gannet-cli is a command"));
        assert_eq!(
            names("gannet-metrics", "burn"),
            ["gannet-metrics depends on burn: it is pure: it knows no tensors"]
        );
    }

    #[test]
    fn this_workspace_keeps_its_levels() {
        assert_eq!(check(), Ok(String::new()));
    }
}
