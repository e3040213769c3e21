//! Lists of the images of each split, beside the images: `meta/train.txt` and `meta/test.txt`, CelebA's one list with the
//! number of each image's split, or the list of CUB-200 with 1 for each training image, whose names are in a second list.
//!
//! A line begins with an image's path or the end of it, with or without the extension. Where several folders have lists, as
//! in PASCAL VOC, those that name the most images count; where a folder has several lists of a split, as DTD has, the first.

use std::collections::{BTreeMap, HashMap};

use super::split_words::{Role, split_of};
use super::store::Store;
use super::tree::has_image_name;
use crate::{DataError, Split};

/// The most bytes of a list.
const MAX_LIST: u64 = 64 << 20;
/// CelebA's list: 0 for training, 1 for validation, 2 for test.
const PARTITION: [&str; 2] = ["list_eval_partition.txt", "list_eval_partition.csv"];

/// CUB-200's list: the number of an image, and 1 if it is a training image.
const IS_TRAIN: &str = "train_test_split.txt";

/// The images of one split among those that were given.
pub(crate) struct ListedSplit {
    /// whether each image is of the split
    pub kept: Vec<bool>,
    /// entries of the store that were read
    pub read: Vec<usize>,
    /// the list's path
    pub list: String,
    /// how many of its lines name no image
    pub missing: usize,
}

/// The images of a split by the lists of the store; nothing if it has none that name training and test images.
///
/// # Errors
/// A list cannot be read.
pub(crate) fn read(store: &dyn Store, images: &[usize], split: Split) -> Result<Option<ListedSplit>, DataError> {
    let lists = candidates(store);
    if lists.is_empty() {
        return Ok(None);
    }
    let named = NamedImages::new(images.iter().map(|&index| store.inner_path(index)));
    let mut best: Option<(usize, ListedSplit)> = None;
    for [train, test] in lists {
        let wanted = if split == Split::Train { train } else { test };
        let Some(texts) = texts(store, &[train, test])? else { continue };
        let found = match texts.as_slice() {
            [both] => partition(both).map(|names| names.map(|names| named.find(&names))),
            [names, is_train] if is_numbered(store, test) => {
                numbered(names, is_train).map(|names| names.map(|names| named.find(&names)))
            }
            [train, test] => [Some(train), Some(test)].map(|text| text.map(|text| named.find(&lines(text)))),
            _ => continue,
        };
        let [Some(train_found), Some(test_found)] = found else { continue };
        if !train_found.is_a_list() || !test_found.is_a_list() {
            continue;
        }
        let count = train_found.images.len() + test_found.images.len();
        if best.as_ref().is_none_or(|(most, _)| count > *most) {
            let found = if split == Split::Train { train_found } else { test_found };
            let mut kept = vec![false; images.len()];
            found.images.iter().for_each(|&at| kept[at] = true);
            let list = store.inner_path(wanted).to_owned();
            let read = if train == test { vec![train] } else { vec![train, test] };
            best = Some((count, ListedSplit { kept, read, list, missing: found.missing }));
        }
    }
    Ok(best.map(|(_, found)| found))
}

/// Pairs of lists by their entries, training and test; CelebA's list is both.
fn candidates(store: &dyn Store) -> Vec<[usize; 2]> {
    let mut folders: BTreeMap<&str, Vec<(Role, usize, &str, usize)>> = BTreeMap::new();
    let mut lists = Vec::new();
    for index in 0..store.entries().len() {
        let path = store.inner_path(index);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if PARTITION.contains(&name) {
            lists.push([index, index]);
        } else if name == IS_TRAIN {
            let names = path.replace(IS_TRAIN, "images.txt");
            let found = (0..store.entries().len()).find(|index| store.inner_path(*index) == names);
            lists.extend(found.map(|names| [names, index]));
        } else if let Some((stem, role)) = name.strip_suffix(".txt").and_then(|stem| Some((stem, role(stem)?))) {
            folders.entry(folder).or_default().push((role, stem.len(), stem, index));
        }
    }
    for (_, mut of_folder) in folders {
        of_folder.sort_unstable_by_key(|&(_, length, stem, _)| (length, stem));
        let first = |wanted| of_folder.iter().find(|(role, ..)| *role == wanted).map(|(.., index)| *index);
        if let (Some(train), Some(test)) = (first(Role::Train), first(Role::Test).or(first(Role::Validation))) {
            lists.push([train, test]);
        }
    }
    lists
}

/// The split of a list's name: `train`, `test1`, `trainval`; nothing for other names, such as `cat_train`.
fn role(stem: &str) -> Option<Role> {
    if stem == "trainval" {
        return Some(Role::Train);
    }
    split_of(stem).filter(|(_, rest)| rest.is_empty()).map(|(role, _)| role)
}

/// The text of lists; nothing if one is no text.
fn texts(store: &dyn Store, lists: &[usize]) -> Result<Option<Vec<String>>, DataError> {
    let mut lists = lists.to_vec();
    lists.dedup();
    let text = |&index: &usize| Ok(String::from_utf8(store.bytes(index, MAX_LIST)?).ok());
    lists.iter().map(text).collect()
}

/// The names of a list's lines.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// The names of training images, and of test images, in CelebA's list; of validation images, where it has no test images.
fn partition(text: &str) -> [Option<Vec<&str>>; 2] {
    let mut names: [Vec<&str>; 3] = Default::default();
    for line in lines(text) {
        let Some((name, number)) = line.rsplit_once([' ', ',']) else { return [None, None] };
        match number.parse::<usize>() {
            Ok(number) if number < 3 => names[number].push(name.trim()),
            // The first line of a table names its columns.
            Err(_) if names.iter().all(Vec::is_empty) => {}
            _ => return [None, None],
        }
    }
    let [train, validation, test] = names;
    [Some(train), Some(if test.is_empty() { validation } else { test })]
}

fn is_numbered(store: &dyn Store, list: usize) -> bool {
    last(store.inner_path(list)) == IS_TRAIN
}

/// The names of training images, and of test images, by CUB-200's two lists: numbers and names, numbers and 1 or 0.
fn numbered<'a>(names: &'a str, is_train: &'a str) -> [Option<Vec<&'a str>>; 2] {
    let of: HashMap<&str, &str> = lines(is_train).into_iter().filter_map(|line| line.split_once(' ')).collect();
    let [mut train, mut test] = [Vec::new(), Vec::new()];
    for line in lines(names) {
        let Some((number, name)) = line.split_once(' ') else { return [None, None] };
        match of.get(number) {
            Some(&"1") => train.push(name),
            Some(&"0") => test.push(name),
            _ => return [None, None],
        }
    }
    [Some(train), Some(test)]
}

/// Images by the ends of their paths.
struct NamedImages<'a> {
    paths: Vec<&'a str>,
    /// by the last part, and by the last two
    by_end: HashMap<&'a str, Vec<usize>>,
}

/// The images that a list names.
struct Found {
    images: Vec<usize>,
    missing: usize,
}

impl Found {
    /// Most lines name an image; lists of other things do not.
    fn is_a_list(&self) -> bool {
        !self.images.is_empty() && self.images.len() >= self.missing
    }
}

impl<'a> NamedImages<'a> {
    fn new(paths: impl Iterator<Item = &'a str>) -> Self {
        let paths: Vec<&str> = paths.map(without_extension).collect();
        let mut by_end: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, path) in paths.iter().enumerate() {
            by_end.entry(last(path)).or_default().push(at);
            if path.contains('/') {
                by_end.entry(last_two(path)).or_default().push(at);
            }
        }
        Self { paths, by_end }
    }

    fn find(&self, lines: &[&str]) -> Found {
        let mut found = Found { images: Vec::new(), missing: 0 };
        for line in lines {
            let word = line.split([' ', '\t', ',']).next().unwrap_or_default();
            match self.image(line).or_else(|| self.image(word)) {
                Some(at) => found.images.push(at),
                None => found.missing += 1,
            }
        }
        found
    }

    /// The one image whose path ends with this name, or is the end of it.
    fn image(&self, name: &str) -> Option<usize> {
        let name = without_extension(name.trim_start_matches("./"));
        let is_end = |long: &str, short: &str| {
            long.strip_suffix(short).is_some_and(|start| start.is_empty() || start.ends_with('/'))
        };
        let fits = |at: &&usize| is_end(self.paths[**at], name) || is_end(name, self.paths[**at]);
        // Where many images have one name, two parts of the path tell them apart.
        let ends = if name.contains('/') { [last_two(name), last(name)] } else { [name, name] };
        let found = ends.iter().find_map(|end| self.by_end.get(end))?;
        let mut fitting = found.iter().filter(fits);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(*first)
    }
}

/// The last two parts of a path, or all of it.
fn last_two(path: &str) -> &str {
    path.rmatch_indices('/').nth(1).map_or(path, |(at, _)| &path[at + 1..])
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn without_extension(path: &str) -> &str {
    if has_image_name(path) { path.rsplit_once('.').map_or(path, |(stem, _)| stem) } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_image_whose_path_it_ends() {
        let images = ["set/images/cat/1.jpg", "set/images/dog/1.jpg", "set/images/dog/two words.png"];
        let named = NamedImages::new(images.into_iter());
        let found = |line: &str| named.find(&[line]).images;
        assert_eq!(found("cat/1.jpg"), [0]);
        assert_eq!(found("dog/1"), [1]);
        assert_eq!(found("dog/1.jpg 7"), [1]);
        assert_eq!(found("/home/me/set/images/dog/1.jpg"), [1]);
        assert_eq!(found("./dog/two words.png"), [2]);
        assert!(found("1").is_empty(), "two images end so");
        assert!(found("bird/1").is_empty() && found("t/1").is_empty());
    }

    #[test]
    fn celeba_numbers_its_splits() {
        let [train, test] = partition("image_id,partition\n1.jpg,0\n2.jpg,1\n3.jpg,2\n4.jpg,0\n");
        assert_eq!((train.unwrap(), test.unwrap()), (vec!["1.jpg", "4.jpg"], vec!["3.jpg"]));
        let [_, test] = partition("1.jpg 0\n2.jpg 1\n");
        assert_eq!(test.unwrap(), ["2.jpg"]);
        assert!(partition("1.jpg 0\n2.jpg 3\n")[0].is_none());
    }

    #[test]
    fn cub_numbers_its_images() {
        let names = "1 001.Albatross/a.jpg\n2 001.Albatross/b.jpg\n3 002.Auklet/c.jpg\n";
        let [train, test] = numbered(names, "1 0\n2 1\n3 1\n");
        assert_eq!(
            (train.unwrap(), test.unwrap()),
            (vec!["001.Albatross/b.jpg", "002.Auklet/c.jpg"], vec!["001.Albatross/a.jpg"])
        );
        assert!(numbered(names, "1 0\n2 1\n")[0].is_none());
    }

    #[test]
    fn names_of_lists_say_their_split() {
        assert_eq!(
            ["train", "test1", "trainval", "val"].map(role),
            [Role::Train, Role::Test, Role::Train, Role::Validation].map(Some)
        );
        assert_eq!(["cat_train", "readme", "traintest"].map(role), [None; 3]);
    }
}
