//! The words of earlier versions.

use super::{read, refusal, set};
use crate::keys::find;
use crate::renamed::RENAMED;
use crate::{Choice, Recipe, TaskKind, registry};

/// A recipe or a value with the old words of a line of the table.
fn answer(old: &str) -> String {
    match old.split_once(' ') {
        Some(("recipe", name)) => refusal(Recipe::load(name, &[])),
        Some((key, word)) => refusal(read(&format!("{key} = '{word}'"))),
        None => refusal(read(&format!("{old} = 1"))),
    }
}

#[test]
fn every_old_word_is_answered_with_the_new_one() {
    for (old, now) in RENAMED {
        let message = answer(old);
        let place = if old.starts_with("recipe ") { "" } else { " (in recipe mine.toml)" };
        assert_eq!(message, format!("{old} {now}{place}"));
    }
}

/// What the table names exists, and what it replaces does not.
#[test]
fn the_new_words_are_keys_words_or_recipes() {
    for (old, now) in RENAMED {
        let words: Vec<&str> = now.split([' ', ',', '"', ':']).filter(|word| !word.is_empty()).collect();
        let dotted = words.iter().filter(|word| word.contains('.'));
        dotted.clone().for_each(|key| assert!(find(key).is_some(), "{old}: {key}"));
        let tasks = words.iter().filter(|word| TaskKind::WORDS.contains(word)).count();
        let renamed = words.iter().position(|word| *word == "called").map(|at| words[at + 1]);
        match old.split_once(' ') {
            Some(("recipe", name)) => {
                assert!(registry().iter().all(|entry| entry.name != name));
                assert!(registry().iter().any(|entry| Some(entry.name) == renamed), "{old}");
            }
            Some(("model.kind" | "model.weight" | "model.generator_weight", word)) => {
                let key = old.split(' ').next().unwrap();
                let allowed = find(key).unwrap().rule.allowed();
                let words: Vec<&str> = allowed.split([' ', ',']).collect();
                assert!(words.contains(&renamed.unwrap()) && !words.contains(&word), "{old}");
            }
            Some(_) => assert!(tasks > 0, "{old}"),
            None => assert!(find(old).is_none() && (dotted.count() > 0 || tasks > 0), "{old}"),
        }
    }
}

#[test]
fn old_words_are_answered_wherever_they_are_written() {
    assert_eq!(
        refusal(set(&["translate.kind=cycle"])),
        "translate.kind cycle is task now: task = \"cyclegan\" (in --set)"
    );
    assert_eq!(refusal(set(&["model.kind=\"gated\""])), "model.kind gated is called deepfill now (in --set)");
    assert_eq!(
        refusal(read("base = 'folder-compact'")),
        "recipe folder-compact is called folder-srvgg now (the base of recipe mine.toml)"
    );
    let message = refusal(read("[translate]\nkind = 'anything'"));
    assert!(message.starts_with("translate.kind is task now: set task to pix2pix, cyclegan, cut, "), "{message}");
}
