//! Which folders of a set are its splits, by the words of their names: `train2017`, `DIV2K_valid_HR`, `seg_test`.
//!
//! A name is cut into words at `_`, `-` and other signs, at digits, and where a capital letter follows a small one. One
//! word says which split it is; the others must be equal in both splits, so that the classes `train_station` and
//! `test_tube` stay classes. Numbers do not count: years, sizes and parts.

use std::collections::{BTreeMap, BTreeSet};

const TRAIN: [&str; 3] = ["train", "training", "trainset"];
const TEST: [&str; 3] = ["test", "testing", "testset"];
const VALIDATION: [&str; 4] = ["val", "valid", "validation", "valset"];
/// Words of folders that hold labels of pixels.
const ANNOTATIONS: [&str; 7] = ["label", "labels", "mask", "masks", "annotation", "annotations", "gt"];

/// The part of a set that a folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Train,
    Validation,
    Test,
}

/// Folders that differ in their split alone.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Splits<'a> {
    /// what their names say besides the split
    pub rest: Vec<String>,
    pub train: Vec<&'a str>,
    pub validation: Vec<&'a str>,
    pub test: Vec<&'a str>,
}

impl Splits<'_> {
    fn complete(&self) -> bool {
        !self.train.is_empty() && (!self.test.is_empty() || !self.validation.is_empty())
    }

    fn has_word(&self, words: &[&str]) -> bool {
        self.rest.iter().any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    }

    /// One letter besides the split, as in `trainA`.
    fn is_domain(&self) -> bool {
        matches!(self.rest.as_slice(), [letter] if letter.len() == 1)
    }
}

/// The words of a name, without numbers.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for letter in name.chars() {
        if letter.is_uppercase() && last.is_lowercase() || !letter.is_alphabetic() {
            words.push(String::new());
        }
        if letter.is_alphabetic() {
            words.last_mut().into_iter().for_each(|word| word.push(letter));
        }
        last = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The split that a name's words name, and its other words; nothing if no word does, or several do.
pub(crate) fn split_of(name: &str) -> Option<(Role, Vec<String>)> {
    if name.eq_ignore_ascii_case("dev") {
        return Some((Role::Validation, Vec::new()));
    }
    let role = |word: &String| {
        let word = word.to_lowercase();
        let is = |words: &[&str]| words.contains(&word.as_str());
        let roles = [(is(&TRAIN), Role::Train), (is(&TEST), Role::Test), (is(&VALIDATION), Role::Validation)];
        roles.into_iter().find_map(|(found, role)| found.then_some(role))
    };
    let mut words = words(name);
    if let Some(rest) = places(&words) {
        return Some((Role::Train, rest));
    }
    let at = words.iter().position(|word| role(word).is_some())?;
    let found = role(&words.remove(at))?;
    (!words.iter().any(|word| role(word).is_some())).then_some((found, words))
}

/// What is left of the training folders of Places365, such as `data_256_standard` next to `val_256`; nothing of other names.
fn places(words: &[String]) -> Option<Vec<String>> {
    match words {
        [data, rest @ .., last] if data == "data" && (last == "standard" || last == "challenge") => Some(rest.to_vec()),
        _ => None,
    }
}

/// Whether one of a name's words is among `known`, which are in lower case.
pub(crate) fn has_word(name: &str, known: &[&str]) -> bool {
    words(name).iter().any(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// The splits among folders that lie side by side. Several sets of splits are several classes or domains.
///
/// Nothing if the folders are no splits. A result without training folders is a set that has none.
pub(crate) fn splits<'a>(folders: &BTreeSet<&'a str>) -> Vec<Splits<'a>> {
    let mut groups: BTreeMap<String, Splits<'a>> = BTreeMap::new();
    let mut named = 0;
    for folder in folders {
        let Some((role, rest)) = split_of(folder) else { continue };
        named += 1;
        let group = groups.entry(rest.join(" ").to_lowercase()).or_default();
        let of_role = match role {
            Role::Train => &mut group.train,
            Role::Validation => &mut group.validation,
            Role::Test => &mut group.test,
        };
        of_role.push(folder);
        group.rest = rest;
    }
    let groups: Vec<Splits<'a>> = groups.into_values().collect();
    let domains = groups.len() > 1 && groups.iter().all(Splits::is_domain);
    let complete: Vec<Splits<'a>> =
        groups.iter().filter(|group| group.complete() || domains && !group.train.is_empty()).cloned().collect();
    let all_named = named == folders.len();
    if complete.is_empty() {
        return if all_named { without_pair(only_images(groups)) } else { Vec::new() };
    }
    match complete.iter().find(|group| group.rest.is_empty()) {
        Some(plain) => vec![plain.clone()],
        None => only_images(complete),
    }
}

/// Without low-resolution images where there are high-resolution ones, and without labels of pixels where there are
/// images.
fn only_images(groups: Vec<Splits<'_>>) -> Vec<Splits<'_>> {
    let high = groups.iter().any(|group| group.has_word(&["hr"]));
    let is_image = |group: &Splits<'_>| !(group.has_word(&ANNOTATIONS) || high && group.has_word(&["lr"]));
    if !groups.iter().any(is_image) {
        return groups;
    }
    groups.into_iter().filter(is_image).collect()
}

/// Splits of which only one kind is there: training folders alone, or none of them.
fn without_pair(groups: Vec<Splits<'_>>) -> Vec<Splits<'_>> {
    match groups.as_slice() {
        [only] if !only.train.is_empty() => groups,
        // A single folder named `test` is what the user gave.
        [only] if only.rest.is_empty() && only.test.len() + only.validation.len() > 1 => groups,
        _ => Vec::new(),
    }
}

/// Why a folder that is no part of the chosen splits is left out.
pub(crate) fn reason_left_out(folder: &str) -> &'static str {
    if has_word(folder, &["lr"]) {
        "low-resolution images"
    } else if has_word(folder, &ANNOTATIONS) {
        "labels of pixels"
    } else {
        "it is neither the training nor the test split"
    }
}

/// The names of several sets of splits, without the words that all of them have.
pub(crate) fn class_names(groups: &[Splits<'_>]) -> Vec<String> {
    let common = |word: &String| groups.iter().all(|group| group.rest.contains(word));
    groups
        .iter()
        .map(|group| group.rest.iter().filter(|word| !common(word)).cloned().collect::<Vec<_>>().join("_"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folders: &[&'static str]) -> Vec<(String, usize, usize, usize)> {
        let groups = splits(&folders.iter().copied().collect());
        let names = class_names(&groups);
        let counts = groups.iter().map(|group| (group.train.len(), group.validation.len(), group.test.len()));
        names.into_iter().zip(counts).map(|(name, (train, val, test))| (name, train, val, test)).collect()
    }

    fn one(train: usize, validation: usize, test: usize) -> Vec<(String, usize, usize, usize)> {
        vec![(String::new(), train, validation, test)]
    }

    #[test]
    fn words_of_a_name_say_its_split() {
        assert_eq!(found(&["train2017", "val2017", "test2017", "unlabeled2017"]), one(1, 1, 1));
        assert_eq!(found(&["DIV2K_train_HR", "DIV2K_valid_HR", "DIV2K_train_LR_bicubic"]), one(1, 1, 0));
        let low = ["DIV2K_train_LR_bicubic", "DIV2K_valid_LR_bicubic"];
        assert_eq!(found(&["DIV2K_train_HR", "DIV2K_valid_HR", low[0], low[1]]), one(1, 1, 0));
        assert_eq!(found(&low), one(1, 1, 0));
        assert_eq!(found(&["training_set", "test_set"]), one(1, 0, 1));
        assert_eq!(found(&["seg_train", "seg_test", "seg_pred"]), one(1, 0, 1));
        assert_eq!(found(&["bedroom_train_lmdb", "bedroom_val_lmdb"]), one(1, 1, 0));
        assert_eq!(found(&["TrainingSet", "ValidationSet"]), one(1, 1, 0));
        assert_eq!(found(&["train", "train_labels", "val", "val_labels"]), one(1, 1, 0));
        assert_eq!(found(&["train-000000", "train-000001"]), one(2, 0, 0));
        assert_eq!(found(&["val", "test"]), one(0, 1, 1));
        assert_eq!(found(&["data_256_standard", "val_256", "test_256"]), one(1, 1, 1));
        assert_eq!(found(&["data_large_challenge", "val_large"]), one(1, 1, 0));
    }

    #[test]
    fn several_sets_of_splits_are_classes_or_domains() {
        let of = |name: &str, train, validation, test| (name.to_owned(), train, validation, test);
        let domains = ["trainA", "trainB", "testA", "testB"];
        assert_eq!(found(&domains), [of("A", 1, 0, 1), of("B", 1, 0, 1)]);
        assert_eq!(found(&domains[..2]), [of("A", 1, 0, 0), of("B", 1, 0, 0)]);
        let rooms = ["bedroom_train_lmdb", "bedroom_val_lmdb", "church_train_lmdb", "church_val_lmdb"];
        assert_eq!(found(&rooms), [of("bedroom", 1, 1, 0), of("church", 1, 1, 0)]);
    }

    #[test]
    fn folders_that_only_look_like_splits_are_none() {
        for classes in [
            &["bus", "car", "train"][..],
            &["train_station", "test_tube"],
            &["training_shoes", "running_shoes"],
            &["train_station", "train_track"],
            &["valid", "invalid"],
            &["test"],
            &["cat", "dog"],
        ] {
            assert_eq!(found(classes), [], "{classes:?}");
        }
    }
}
