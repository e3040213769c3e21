//! The time that a training takes, and what is said of one that is too short.

mod common;

use common::{Place, SMALL, checkpoints, pictures};
use gannet_recipe::Recipe;

/// Six seconds, with settings that stay.
const SOON: [&str; 4] = ["--minutes", "0.1", "--set", "sample.every=1000"];

/// The steps are chosen, the user's settings stay, and the resolved recipe repeats the run to the bit.
#[test]
fn a_run_of_some_minutes_is_repeated_by_its_recipe() {
    let place = Place::new();
    let words = [&["train", "digits-dcgan", "--run", "run"], &SMALL[..], &SOON].concat();
    let output = place.run(&words);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(place.path("run/recipe.toml")).unwrap();
    let recipe = Recipe::load(&place.path("run/recipe.toml").display().to_string(), &[]).unwrap();
    assert!(said.contains(&format!("--minutes 0.1: {} steps of ", recipe.train.steps)), "{said}");
    assert_eq!((recipe.model.width, recipe.sample.every), (2, 1000), "{text}");
    assert!(said.contains(&format!("a checkpoint every {} steps", recipe.checkpoint.every)), "{said}");
    place.ok(&["train", "run/recipe.toml", "--run", "again"]);
    assert!(checkpoints(&place.path("run")) == checkpoints(&place.path("again")), "a repeated run has other bytes");
}

#[test]
fn a_time_that_contradicts_other_words_is_refused() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=1"]);
    let cases: &[(&[&str], &[&str])] = &[
        (&["--minutes", "1", "--set", "train.steps=5"], &["--minutes", "train.steps", "leave one of them out"]),
        (&["--minutes", "0"], &["--minutes", "0.05"]),
        (&["--minutes", "soon"], &["--minutes", "number of minutes"]),
        (&["--minutes", "1", "--preview-augment", "seen.png"], &["--minutes", "--preview-augment"]),
        (&["--minutes", "1", "--run", "run"], &["run exists", "gannet resume run"]),
        (&["--minutes", "1", "--data", "nowhere"], &["nowhere", "no such file"]),
        (&["--minutes", "0.05", "--set", "train.batch=4096"], &["too short", "digits-dcgan", "train.batch"]),
    ];
    for (words, expected) in cases {
        let message = place.refused(&[&["train", "digits-dcgan"], *words].concat());
        for part in *expected {
            assert!(message.contains(part), "gannet train {}: '{part}' is missing in: {message}", words.join(" "));
        }
    }
    assert!(!place.path("runs").exists(), "a refused command left a folder");
}

/// The start of a run says when a first picture comes, or that none will.
#[test]
fn a_run_on_pictures_says_when_a_first_picture_comes() {
    let place = Place::new();
    pictures(&place.path("pictures"), 12);
    let said = |words: &[&str]| {
        let words = [&["train", "folder-dcgan", "--data", "pictures", "--force"], words, &SMALL[..]].concat();
        String::from_utf8(place.run(&words).stderr).unwrap()
    };
    let short = said(&["--set", "train.steps=2"]);
    for part in ["2 steps take about", "ends at step 2 with 16 images, too few", "train.steps=25000", "--minutes"] {
        assert!(short.contains(part), "{part}: {short}");
    }
    // Gray images take fewer steps, and nobody knows how many.
    let gray = said(&["--set", "train.steps=2", "--set", "data.channels=1"]);
    assert!(gray.contains("2/2") && !gray.contains("too few"), "{gray}");
}

#[test]
fn commands_that_use_a_barely_trained_network_say_so() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=3"]);
    let said = |words: &[&str]| String::from_utf8(place.run(words).stderr).unwrap();
    let line = "warning: this network is barely trained: it saw 24 images in 3 steps, and recipe digits-dcgan takes";
    for words in [
        &["sample", "run", "-o", "a.png"][..],
        &["interpolate", "run", "-o", "a.gif"],
        &["eval", "run", "--features", "random:1", "--metrics", "fd", "-n", "32"],
    ] {
        let found = said(words);
        assert_eq!(found.matches(line).count(), 1, "{words:?}: {found}");
    }
    let sampled: serde_json::Value =
        serde_json::from_str(&place.ok(&["sample", "run", "-n", "4", "-o", "b.png", "--json"])).unwrap();
    assert_eq!((sampled["images"].as_u64(), sampled["step"].as_u64()), (Some(4), Some(3)));
    assert!(sampled["warnings"][0].as_str().unwrap().contains("barely trained"), "{sampled}");
    // What starts from trained weights needs few steps.
    place.train("tuned", &["--set", "train.steps=2", "--from", "run"]);
    let found = said(&["sample", "tuned", "-o", "c.png"]);
    assert!(!found.contains("barely trained"), "{found}");
    place.ok(&["resume", "tuned", "--set", "train.steps=4"]);
    let found = said(&["sample", "tuned", "-o", "d.png"]);
    assert!(place.path("d.png").is_file() && !found.contains("barely trained"), "{found}");
}
