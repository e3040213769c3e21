//! Runs the generator, which knows the registries, and writes or compares the pages.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{files, pages};
use crate::workspace;

/// The generator: an example, so that this tool is built without the crates whose registries it prints.
const GENERATOR: [&str; 6] = ["run", "--quiet", "--package", "gannet", "--example", "tables"];

/// What is done with pages that are not as they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    Check,
}

/// Generates all pieces and writes the pages that hold them, or names those that would change.
pub fn run(mode: Mode) -> Result<(), String> {
    let root = workspace::root();
    let pieces = pages::pieces(&generate(&root)?)?;
    let pages = files::read(&root)?;
    let updated = pages::update(&pages, &pieces)?;
    let stale = pages::stale(&pages, &updated);
    match mode {
        Mode::Check if !stale.is_empty() => Err(format!(
            "these pages are not what the registries say: {}; cargo xtask docs writes them",
            stale.join(", ")
        )),
        Mode::Check => Ok(()),
        Mode::Write => stale.iter().try_for_each(|path| {
            println!("{path}");
            fs::write(root.join(path), &updated[path]).map_err(|error| format!("cannot write {path}: {error}"))
        }),
    }
}

fn generate(root: &Path) -> Result<String, String> {
    let mut command = Command::new(workspace::cargo());
    command.args(GENERATOR).current_dir(root).stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo {} failed", GENERATOR.join(" ")));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("the generator prints no text: {error}"))
}
