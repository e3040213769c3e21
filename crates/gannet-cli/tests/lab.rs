//! `gannet lab`.

mod common;

use std::fs;

use common::{Place, SMALL};

const SHORT: [&str; 4] = ["--set", "train.steps=4", "--set", "train.batch=8"];

#[test]
fn an_experiment_leaves_a_field_and_an_animation_and_ends_with_a_line() {
    let place = Place::new();
    let words = [&["lab", "ring", "--loss", "wasserstein", "--penalty", "wgan_gp=0.3", "--json"], &SHORT[..]].concat();
    let outcome: serde_json::Value = serde_json::from_str(&place.ok(&words)).unwrap();
    assert_eq!((outcome["of"].as_u64(), outcome["steps"].as_u64()), (Some(8), Some(4)));
    for key in ["modes", "high_quality", "reverse_kl"] {
        assert!(outcome[key].is_number(), "{key} in {outcome}");
    }
    let folder = place.path("lab/ring-wasserstein-wgan-gp-0.3");
    assert!(fs::read(folder.join("film.gif")).unwrap().starts_with(b"GIF89a"));
    let field = fs::read(folder.join("field.png")).unwrap();
    let message = place.refused(&words);
    assert!(message.contains("exists") && message.contains("--force"), "{message}");
    assert_eq!(fs::read(folder.join("field.png")).unwrap(), field);
}

#[test]
fn a_table_leaves_out_what_makes_no_sense() {
    let place = Place::new();
    let losses =
        ["lab", "compare", "grid", "--losses", "minimax,wasserstein", "--penalties", "none", "r1=1", "--seeds", "2"];
    let output = place.run(&[&losses[..], &SHORT].concat());
    let table = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("loss") && rows.len() == 4, "{table}");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("wasserstein with none is left out"), "{message}");
}

#[test]
fn modes_of_stacked_digits_are_counted_by_a_classifier() {
    let place = Place::new();
    place.ok(&["train", "digits-lenet", "--run", "lenet", "--set", "train.steps=3"]);
    let stacked = ["lab", "stacked", "--features", "lenet", "-o", "out", "--json"];
    let outcome = place.ok(&[&stacked[..], &SHORT, &SMALL[..2]].concat());
    let outcome: serde_json::Value = serde_json::from_str(&outcome).unwrap();
    assert_eq!((outcome["set"].as_str(), outcome["of"].as_u64()), (Some("stacked"), Some(1000)));
    assert!(outcome["modes"].as_u64().unwrap() <= 1000);
    // R3GAN's networks, of which the classifier sees all but the border.
    let modern = ["lab", "stacked", "--features", "lenet", "--network", "r3gan", "--json", "--set", "model.width=4"];
    let outcome = place.ok(&[&modern[..], &SHORT, &["--set", "train.batch=4"]].concat());
    assert_eq!(serde_json::from_str::<serde_json::Value>(&outcome).unwrap()["of"].as_u64(), Some(1000));
    assert!(place.path("lab").read_dir().unwrap().any(|entry| entry.unwrap().path().join("samples.png").is_file()));
    assert!(fs::read(place.path("out/samples.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn saturation_is_drawn_and_reported() {
    let place = Place::new();
    let text = place.ok(&["lab", "saturation", "--steps", "12", "-o", "out"]);
    for word in ["minimax", "non-saturating", "Jensen-Shannon", "gradients.svg"] {
        assert!(text.contains(word), "{word} is missing in {text}");
    }
    assert!(fs::read_to_string(place.path("out/gradients.svg")).unwrap().contains("<svg"));
}

#[test]
fn mistakes_in_the_lab_are_answered_with_a_remedy() {
    let place = Place::new();
    fs::write(place.path("notes.txt"), "hello").unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&["ring", "--loss", "wassertein"], &["loss.kind", "did you mean 'wasserstein'"]),
        (&["ring", "--loss", "wasserstein"], &["penalty.wgan_gp"]),
        (&["ring", "--penalty", "r1"], &["--penalty r1", "r1=1"]),
        (&["ring", "--penalty", "none,r1=1"], &["--penalty none", "r1=1"]),
        (&["ring", "--penalty", "r3=1"], &["penalty.r3", "did you mean"]),
        (&["ring", "--set", "model.kind=dcgan"], &["model.kind"]),
        (&["ring", "--set", "data.size=28"], &["data.size"]),
        (&["grid", "-o", "notes.txt"], &["notes.txt"]),
        (&["compare", "ring", "--seeds", "0"], &["--seeds"]),
        (&["stacked", "--features", "lenet:nowhere.pth"], &["nowhere.pth"]),
        (&["stacked"], &["--features"]),
        (&["stacked", "--features", "lenet:notes.txt", "--network", "mlp"], &["--network", "dcgan, r3gan"]),
        (&["stacked", "--features", "lenet:notes.txt", "--set", "data.size=32"], &["data.size"]),
        (&["stacked", "--features", "lenet:notes.txt", "--set", "model.kind=mlp"], &["model.kind"]),
        (&["stacked", "--features", "lenet:notes.txt", "--set", "data.channels=1"], &["data.channels"]),
        (&["saturation", "--steps", "1"], &["--steps"]),
        (&["torus"], &["torus"]),
    ];
    for (words, expected) in cases {
        let message = place.refused(&[&["lab"], *words].concat());
        for part in *expected {
            assert!(message.contains(part), "gannet lab {}: '{part}' is missing in: {message}", words.join(" "));
        }
    }
    assert!(!place.path("lab").exists(), "a refused command left a folder");
}
