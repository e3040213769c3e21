//! Links inside an archive: names for files that another entry holds.

use std::collections::HashMap;

use super::store::entry_path;

/// How many links may lead from one to the next.
const MAX_STEPS: usize = 16;

/// A link of an archive.
pub(crate) struct Link {
    /// the link's own path
    pub path: String,
    /// the path of the file that it names, from the archive's root
    pub target: String,
}

impl Link {
    /// A hard link; archives write its target from their root.
    pub fn hard(path: String, target: &str) -> Self {
        Self { path, target: entry_path(target) }
    }

    /// A symbolic link; its target starts at the link's own folder.
    pub fn symbolic(path: String, target: &str) -> Self {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let absolute = target.starts_with('/');
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in target.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        // A place outside of the archive is no entry's path.
        let target = if absolute { target.to_owned() } else { parts.join("/") };
        Self { path, target }
    }
}

/// The entries that links stand for, as pairs of a link's path and an index into `paths`; and a line on those that lead
/// to no file of the archive.
pub(crate) fn resolve(links: Vec<Link>, paths: &[&str]) -> (Vec<(String, usize)>, Option<String>) {
    let files: HashMap<&str, usize> = paths.iter().enumerate().map(|(index, path)| (*path, index)).collect();
    let targets: HashMap<&str, &str> = links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect();
    let file = |link: &Link| {
        let mut target = link.target.as_str();
        for _ in 0..MAX_STEPS {
            match files.get(target) {
                Some(&index) => return Some(index),
                None => target = targets.get(target)?,
            }
        }
        None
    };
    let (mut found, mut lost) = (Vec::new(), Vec::new());
    for link in &links {
        match file(link) {
            Some(index) if !files.contains_key(link.path.as_str()) => found.push((link.path.clone(), index)),
            Some(_) => {}
            None => lost.push(&link.path),
        }
    }
    let note = lost.first().map(|first| {
        format!("{} links lead to no file of the archive and are left out, the first of them {first}", lost.len())
    });
    (found, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_of_the_archive_alone() {
        let links = vec![
            Link::hard("set/b.png".into(), "./set/a.png"),
            Link::symbolic("set/c/d.png".into(), "../b.png"),
            Link::symbolic("set/out.png".into(), "/etc/a.png"),
            Link::symbolic("set/up.png".into(), "../../../set/a.png"),
            Link::symbolic("set/one.png".into(), "two.png"),
            Link::symbolic("set/two.png".into(), "one.png"),
        ];
        let (found, note) = resolve(links, &["set/a.png"]);
        assert_eq!(found, [("set/b.png".to_owned(), 0), ("set/c/d.png".to_owned(), 0)]);
        assert!(note.unwrap().starts_with("4 links lead to no file of the archive"));
    }
}
