//! The arrows between a crate's files, and the message where they run in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::cycles::components;
use super::paths::mentions;
use super::tree::Tree;
use crate::syntax::Source;
use crate::workspace;

/// Holds every crate of `crates/` to it.
pub fn check() -> Result<String, String> {
    let root = workspace::root();
    let mut found = Vec::new();
    for package in workspace::packages()?.iter().filter(|package| package.folder.starts_with(root.join("crates"))) {
        let paths = workspace::rust_files(&package.folder.join("src"))?;
        let files = paths.iter().map(|path| Source::read(&root, path)).collect::<Result<Vec<_>, _>>()?;
        found.extend(circles(&files));
    }
    if found.is_empty() { Ok(String::new()) } else { Err(found.join("\n")) }
}

/// An arrow between two files: the line, and the path written there.
type Arrows = BTreeMap<(usize, usize), (usize, String)>;

/// A message for each circle among the files of a crate.
pub fn circles(files: &[Source]) -> Vec<String> {
    let arrows = arrows(files);
    let pairs: BTreeSet<(usize, usize)> = arrows.keys().copied().collect();
    components(files.len(), &pairs).iter().map(|circle| message(files, circle, &arrows)).collect()
}

fn message(files: &[Source], circle: &[usize], arrows: &Arrows) -> String {
    let names: Vec<&str> = circle.iter().map(|file| files[*file].name.as_str()).collect();
    let mut lines = vec![format!("imports run in a circle: {}", names.join(", "))];
    for ((from, to), (line, path)) in
        arrows.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
    {
        lines.push(format!("  {}:{line}: use {path}, which is in {}", files[*from].name, files[*to].name));
    }
    lines.join("\n")
}

/// Every arrow between different files that define something.
fn arrows(files: &[Source]) -> Arrows {
    let mut arrows = Arrows::new();
    let is_root =
        |name: &str| name.ends_with("src/lib.rs") || name.ends_with("src/main.rs") || name.contains("/src/bin/");
    for root in (0..files.len()).filter(|file| is_root(&files[*file].name)) {
        let tree = Tree::new(files, root);
        for (id, module) in tree.modules.iter().enumerate().filter(|(_, module)| tree.defines(module.file)) {
            for mention in mentions(module.items) {
                for to in tree.files(id, &mention.segments) {
                    if to != module.file && tree.defines(to) {
                        let text = || (mention.line, mention.segments.join("::"));
                        arrows.entry((module.file, to)).or_insert_with(text);
                    }
                }
            }
        }
    }
    arrows
}
