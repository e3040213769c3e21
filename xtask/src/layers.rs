//! The arrows between crates run strictly downward: never up, never sideways, so never in a circle.

use crate::workspace::{self, Package};

/// Each crate's level; it may depend on crates of lower levels alone, in its tests too.
const LEVELS: [(&str, u8); 9] = [
    ("gannet-ops", 0),
    ("gannet-nn", 1),
    ("gannet-weights", 1),
    ("gannet-data", 1),
    ("gannet-objectives", 2),
    ("gannet-metrics", 2),
    ("gannet-train", 3),
    ("gannet-studio", 4),
    ("gannet", 5),
];

/// Tools of the repository: they may depend on everything, and nothing on them.
const TOOLS: [&str; 2] = ["gannet-bench", "xtask"];

/// Holds the workspace to its levels.
pub fn check() -> Result<(), String> {
    match violations(&workspace::packages()?) {
        found if found.is_empty() => Ok(()),
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
        let upward = "gannet-ops (level 0) depends on gannet-nn (level 1): arrows run strictly downward";
        assert_eq!(with("gannet-ops", &["gannet-nn"]), [upward]);
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
    fn this_workspace_keeps_its_levels() {
        assert_eq!(check(), Ok(()));
    }
}
