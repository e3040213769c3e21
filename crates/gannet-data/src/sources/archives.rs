//! Which archives of a folder are the set that the folder stands for: one archive, or the numbered parts of one.

use std::path::Path;

use super::split_words::{Role, split_of};
use crate::{DataError, Split};

/// So many archives are named in a message.
const NAMED: usize = 4;

/// The archives of a split.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// paths inside the folder, in order
    pub paths: Vec<String>,
    /// whether their names say that they are of the split, and not their content
    pub by_name: bool,
    /// what the reader should know of them, one line each
    pub notes: Vec<String>,
}

/// Chooses among the archives of `folder`, by their paths inside it; nothing if there are none.
///
/// # Errors
/// They belong to several sets, or none of them is of the split.
pub(crate) fn choose(folder: &Path, mut archives: Vec<String>, split: Split) -> Result<Option<Chosen>, DataError> {
    archives.sort_unstable();
    if archives.len() < 2 {
        return Ok((!archives.is_empty()).then_some(Chosen { paths: archives, by_name: false, notes: Vec::new() }));
    }
    let of = |wanted: Role| archives.iter().filter(|path| role(path) == Some(wanted)).cloned().collect::<Vec<_>>();
    let [train, validation, test] = [Role::Train, Role::Validation, Role::Test].map(of);
    let others = archives.len() - train.len() - validation.len() - test.len();
    let wanted = match split {
        Split::Train => train,
        Split::Test if test.is_empty() => validation,
        Split::Test => test,
    };
    let candidates = if wanted.is_empty() { &archives } else { &wanted };
    // Arrays of images and of their labels in files of their own, as KMNIST has them.
    if candidates.iter().all(|path| path.ends_with(".npz")) {
        return Ok(Some(Chosen { paths: candidates.clone(), by_name: !wanted.is_empty(), notes: Vec::new() }));
    }
    match parts(candidates) {
        // Other archives may belong to either split.
        _ if wanted.is_empty() && others == 0 => Err(split.missing(folder.display().to_string())),
        _ if wanted.is_empty() && others < archives.len() => Err(several(folder, &archives)),
        Some((paths, gap)) => {
            let left_out = archives.iter().filter(|path| role(path).is_none() && !paths.contains(path));
            let mut notes: Vec<String> = left_out.map(|path| format!("the archive {path} is left out")).collect();
            notes.extend(gap);
            Ok(Some(Chosen { paths, by_name: !wanted.is_empty(), notes }))
        }
        None => Err(several(folder, &archives)),
    }
}

fn several(folder: &Path, archives: &[String]) -> DataError {
    let named = archives.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if archives.len() > NAMED { ", …" } else { "" };
    let hint = format!(" but {} archives; name the one you mean: {named}{more}", archives.len());
    DataError::Empty { path: folder.display().to_string(), hint }
}

/// The split that a path names, in its folders or its name.
fn role(path: &str) -> Option<Role> {
    path.split('/').find_map(|part| Some(split_of(stem(part))?.0))
}

/// A path without what tells the parts of one set apart by chance: the hash in the names of Hugging Face's Hub.
fn without_hash(path: &str) -> String {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
    let is_hash = |end: &str| end.len() == 16 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    match stem.rsplit_once('-') {
        Some((start, end)) if is_hash(end) => format!("{start}.{extension}"),
        _ => path.to_owned(),
    }
}

/// A file's name without the extensions of archives.
pub(crate) fn stem(name: &str) -> &str {
    let start = name.rfind('/').map_or(0, |slash| slash + 1);
    name[start..].find('.').map_or(name, |dot| &name[..start + dot])
}

/// The parts of one set in order, and a line on missing ones; nothing if the paths differ in more than one number, or in
/// numbers that are no parts.
fn parts(paths: &[String]) -> Option<(Vec<String>, Option<String>)> {
    if paths.len() < 2 {
        return Some((paths.to_vec(), None));
    }
    let unhashed: Vec<String> = paths.iter().map(|path| without_hash(path)).collect();
    let runs: Vec<Vec<&str>> = unhashed.iter().map(|path| runs(path)).collect();
    let first = &runs[0];
    let differs = |at: &usize| runs.iter().any(|run| run.get(*at) != Some(&first[*at]));
    let places: Vec<usize> = (0..first.len()).filter(differs).collect();
    let [place] = places.as_slice() else { return None };
    if runs.iter().any(|run| run.len() != first.len()) {
        return None;
    }
    let number = |run: &Vec<&str>| run[*place].parse::<u64>().ok();
    let numbers: Option<Vec<u64>> = runs.iter().map(number).collect();
    let mut order: Vec<(u64, &String)> = numbers?.into_iter().zip(paths).collect();
    order.sort_unstable();
    let (least, most) = (order.first()?.0, order.last()?.0);
    // Years, sizes and names of classes (n01440764.tar) are no numbers of parts, which begin at the beginning, or are
    // padded with zeros and mostly there.
    let is_padded = runs.iter().any(|run| run[*place].len() > 1 && run[*place].starts_with('0'));
    let missing = (most - least + 1).saturating_sub(order.len() as u64);
    let is_list = if is_padded { missing <= order.len() as u64 } else { least <= 1 && missing == 0 };
    if !is_list {
        return None;
    }
    let gap = (missing > 0)
        .then(|| format!("{missing} of the parts between {} and {} are missing", order[0].1, order[order.len() - 1].1));
    Some((order.into_iter().map(|(_, path)| path.clone()).collect(), gap))
}

/// A path in runs of digits and runs of other characters, by turns.
fn runs(path: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let bytes = path.as_bytes();
    for at in 1..=bytes.len() {
        if at == bytes.len() || bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
            runs.push(&path[start..at]);
            start = at;
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(archives: &[&str], split: Split) -> Result<Vec<String>, String> {
        let archives = archives.iter().map(|path| (*path).to_owned()).collect();
        choose(Path::new("set"), archives, split)
            .map(|chosen| chosen.map(|chosen| chosen.paths).unwrap_or_default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn numbered_archives_are_parts_of_one_set() {
        let shards = ["train-000001.tar", "train-000000.tar", "val-000000.tar"];
        assert_eq!(chosen(&shards, Split::Train).unwrap(), ["train-000000.tar", "train-000001.tar"]);
        assert_eq!(chosen(&shards, Split::Test).unwrap(), ["val-000000.tar"]);
        let parts: Vec<String> = (1..=11).map(|part| format!("images_part{part}.zip")).collect();
        let given: Vec<&str> = parts.iter().map(String::as_str).collect();
        assert_eq!(chosen(&given, Split::Train).unwrap(), parts, "in the order of their numbers");
        let of = ["a-00000-of-00002.tar", "a-00001-of-00002.tar"];
        assert_eq!(chosen(&of, Split::Train).unwrap(), of);
        assert_eq!(chosen(&["train/00.tar", "train/01.tar", "val/00.tar"], Split::Train).unwrap().len(), 2);
    }

    #[test]
    fn missing_parts_and_other_archives_are_reported() {
        let archives = ["train-000.tar", "train-003.tar", "extra.zip"].map(str::to_owned).to_vec();
        let notes = choose(Path::new("set"), archives, Split::Train).unwrap().unwrap().notes;
        assert_eq!(notes[0], "the archive extra.zip is left out");
        assert!(notes[1].starts_with("2 of the parts between"), "{notes:?}");
    }

    #[test]
    fn archives_of_several_sets_are_named() {
        for archives in [
            &["cats.zip", "dogs.zip"][..],
            &["celeba64.zip", "celeba128.zip"],
            &["train2014.zip", "train2017.zip"],
            &["part1.zip", "part2.zip", "labels.zip"],
            &["trainA.zip", "trainB.zip"],
            &["n01440764.tar", "n01443537.tar"],
            &["test.zip", "other.zip"],
        ] {
            let message = chosen(archives, Split::Train).unwrap_err();
            assert!(message.contains(&format!("{} archives; name the one you mean", archives.len())), "{message}");
            assert!(message.contains(archives[0]) && message.contains(archives[1]), "{message}");
        }
        let coco = ["train2017.zip", "val2017.zip", "annotations_trainval2017.zip"];
        assert_eq!(chosen(&coco, Split::Train).unwrap(), ["train2017.zip"]);
        assert!(chosen(&["train-0.tar", "train-1.tar"], Split::Test).unwrap_err().contains("has no test images"));
    }
}
