//! The names of results: a picture's own, as .png. Pictures that differ in their extension alone keep it in front of that.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gannet_data::neighbors;

use crate::stderr;

/// A picture whose result needs a name.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where messages say that it came from.
    pub path: PathBuf,
    /// Its path inside the folder of results, with its own extension.
    pub name: PathBuf,
    /// Whether another picture that is not among those given has its name but for the extension.
    pub crowded: bool,
}

/// A path for each picture's result. Equal ones only where the names are equal.
pub fn distinct(pictures: &[Named]) -> Vec<PathBuf> {
    let whole = clashing(pictures);
    tell(pictures, &whole);
    pictures.iter().zip(whole).map(|(picture, whole)| result(picture, whole)).collect()
}

/// Whether each picture has to keep its extension.
fn clashing(pictures: &[Named]) -> Vec<bool> {
    let mut whole: Vec<bool> = pictures.iter().map(|picture| picture.crowded).collect();
    loop {
        let names: Vec<PathBuf> = pictures.iter().zip(&whole).map(|(picture, whole)| result(picture, *whole)).collect();
        let mut counts: HashMap<&Path, usize> = HashMap::new();
        names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let more: Vec<usize> = (0..names.len()).filter(|at| !whole[*at] && counts[names[*at].as_path()] > 1).collect();
        if more.is_empty() {
            return whole;
        }
        more.into_iter().for_each(|at| whole[at] = true);
    }
}

fn result(picture: &Named, whole: bool) -> PathBuf {
    if !whole {
        return picture.name.with_extension("png");
    }
    let mut name = picture.name.clone().into_os_string();
    name.push(".png");
    name.into()
}

/// Says that results have their pictures' extensions, and which.
fn tell(pictures: &[Named], whole: &[bool]) {
    let mut kept = pictures.iter().zip(whole).filter(|(_, whole)| **whole).map(|(picture, _)| picture);
    let Some(first) = kept.next() else { return };
    let more = match kept.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let (name, result) = (first.name.display(), result(first, true));
    stderr::line(&format!(
        "pictures that differ in their extension alone keep it: {name} becomes {}{more}",
        result.display()
    ));
}

/// The folders of single files: which of their pictures keep their extension.
#[derive(Default)]
pub struct Neighborhood(HashMap<PathBuf, HashMap<String, bool>>);

impl Neighborhood {
    /// Whether the result of the file `path` keeps its extension, as it would if its whole folder was given.
    pub fn is_crowded(&mut self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let Some(own) = path.file_name().map(|name| name.to_string_lossy().into_owned()) else { return false };
        if let Some(crowded) = self.0.get(&folder).and_then(|names| names.get(&own)) {
            return *crowded;
        }
        let names = neighbors(path);
        let named = |name: &String| Named { path: name.into(), name: name.into(), crowded: false };
        let crowded = clashing(&names.iter().map(named).collect::<Vec<_>>());
        let names: HashMap<String, bool> = names.into_iter().zip(crowded).collect();
        let crowded = names.get(&own).copied().unwrap_or(false);
        self.0.insert(folder, names);
        crowded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(given: &[(&str, bool)]) -> Vec<String> {
        let named = |(name, crowded): &(&str, bool)| Named { path: name.into(), name: name.into(), crowded: *crowded };
        let pictures: Vec<Named> = given.iter().map(named).collect();
        distinct(&pictures).into_iter().map(|name| name.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn only_pictures_that_clash_keep_their_extension() {
        let given = [("a.jpg", false), ("a.png", false), ("b.jpg", false), ("more/a.jpg", false)];
        assert_eq!(names(&given), ["a.jpg.png", "a.png.png", "b.png", "more/a.png"]);
        assert_eq!(names(&[("a.jpg", true)]), ["a.jpg.png"]);
    }

    #[test]
    fn a_kept_extension_clashes_with_nothing_either() {
        let given = [("a.jpg", false), ("a.png", false), ("a.jpg.bmp", false)];
        assert_eq!(names(&given), ["a.jpg.png", "a.png.png", "a.jpg.bmp.png"]);
    }

    #[test]
    fn a_single_file_is_named_as_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "a.png", "b.jpg", "b.txt"] {
            std::fs::write(folder.path().join(name), "a text").unwrap();
        }
        let mut neighborhood = Neighborhood::default();
        std::fs::write(folder.path().join("a.jpg.bmp"), "a text").unwrap();
        let names = ["a.jpg", "a.png", "a.jpg.bmp", "b.jpg"];
        let crowded = names.map(|name| neighborhood.is_crowded(&folder.path().join(name)));
        assert_eq!(crowded, [true, true, true, false]);
        // A picture by its content.
        std::fs::write(folder.path().join("b.txt"), b"\x89PNG\r\n\x1a\n").unwrap();
        assert!(Neighborhood::default().is_crowded(&folder.path().join("b.jpg")));
    }
}
