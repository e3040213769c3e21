//! From a path to the files that define what it names.

use std::collections::BTreeSet;

use super::tree::{Definition, Tree};

/// What a path names, as far as files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Module(usize),
    /// An item in this file.
    Item(usize),
}

/// Names that are being looked up, so that re-exports in a circle end.
type Open = Vec<(usize, String)>;

impl Tree<'_> {
    /// The files that define what `path` names in `module`; none where it leads out of the crate.
    pub fn files(&self, module: usize, path: &[String]) -> BTreeSet<usize> {
        let found = self.resolve(module, path, &mut Vec::new());
        // A name alone may be of a local variable too, so it is no module.
        let is_name = path.len() == 1 && !["crate", "self", "super"].contains(&path[0].as_str());
        let counts = |target: &Target| !is_name || matches!(target, Target::Item(_));
        let file = |target| match target {
            Target::Module(id) => self.modules[id].file,
            Target::Item(file) => file,
        };
        found.into_iter().filter(counts).map(file).collect()
    }

    fn resolve(&self, module: usize, path: &[String], open: &mut Open) -> Vec<Target> {
        let mut at = module;
        let mut rest = path;
        while let [first, after @ ..] = rest {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => match self.modules[at].parent {
                    Some(parent) => at = parent,
                    None => return Vec::new(),
                },
                _ => break,
            }
            rest = after;
        }
        match rest {
            [name, after @ ..] if rest.len() == path.len() => self.walk(self.look_up(at, name, open), after, open),
            _ => self.walk(vec![Target::Module(at)], rest, open),
        }
    }

    /// Goes down `path` from what was found already.
    fn walk(&self, mut found: Vec<Target>, path: &[String], open: &mut Open) -> Vec<Target> {
        for name in path {
            let step = |target: Target| match target {
                Target::Item(_) => vec![target],
                Target::Module(id) => self.member(id, name, open),
            };
            found = found.into_iter().flat_map(step).collect();
            found.sort();
            found.dedup();
        }
        found
    }

    /// What `name` is in module `id`; something in the module's file where nothing says more.
    fn member(&self, id: usize, name: &str, open: &mut Open) -> Vec<Target> {
        let found = self.look_up(id, name, open);
        if !found.is_empty() {
            return found;
        }
        let is_external = self.modules[id].names.contains_key(name);
        let macro_file = self.macro_file(id, name, &mut Vec::new());
        if is_external { Vec::new() } else { vec![Target::Item(macro_file.unwrap_or(self.modules[id].file))] }
    }

    /// What is defined or imported as `name` in module `id`.
    fn look_up(&self, id: usize, name: &str, open: &mut Open) -> Vec<Target> {
        let key = (id, name.to_owned());
        if open.contains(&key) {
            return Vec::new();
        }
        open.push(key);
        let module = &self.modules[id];
        let mut found = Vec::new();
        for definition in module.names.get(name).into_iter().flatten() {
            match definition {
                Definition::In(file) => found.push(Target::Item(*file)),
                Definition::Module(child) => found.push(Target::Module(*child)),
                Definition::Import(path) => found.extend(self.resolve(id, path, open)),
            }
        }
        if found.is_empty() && !module.names.contains_key(name) {
            for path in &module.globs {
                for target in self.resolve(id, path, open) {
                    if let Target::Module(other) = target {
                        found.extend(self.look_up(other, name, open));
                    }
                }
            }
        }
        open.pop();
        found
    }

    /// The file of a macro call that mentions `name`, in module `id` or in one whose names it takes in.
    fn macro_file(&self, id: usize, name: &str, seen: &mut Vec<usize>) -> Option<usize> {
        if seen.contains(&id) {
            return None;
        }
        seen.push(id);
        let module = &self.modules[id];
        if module.in_macros.contains(name) {
            return Some(module.file);
        }
        let targets = module.globs.iter().flat_map(|path| self.resolve(id, path, &mut Vec::new()));
        targets.collect::<Vec<_>>().into_iter().find_map(|target| match target {
            Target::Module(other) => self.macro_file(other, name, seen),
            Target::Item(_) => None,
        })
    }
}
