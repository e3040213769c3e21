//! The mistakes that people make: one message each that names the thing and the remedy.

mod common;

use std::fs;

use common::{Place, SMALL, pictures};

#[test]
fn a_mistake_on_the_command_line_is_answered_with_a_remedy() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    fs::write(place.path("notes.txt"), "hello").unwrap();
    fs::write(place.path("broken.toml"), "steps = [").unwrap();
    fs::write(place.path(".hidden.toml"), "").unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&["train", "digits-dcgn"], &["digits-dcgn", "digits-dcgan"]),
        (&["train", "--set", "train.stesp=5"], &["train.stesp", "train.steps"]),
        (&["train", "--set", "train.steps=many"], &["train.steps", "whole number"]),
        (&["train", "--set", "train.steps=0"], &["train.steps", "at least 1"]),
        (&["train", "--set", "train.steps"], &["train.steps", "="]),
        (&["train", "--set", "data.size=48"], &["data.size", "28, 32, 64 or 128"]),
        (&["train", "--set", "loss.kind=hinge-ish"], &["loss.kind", "least-squares"]),
        (&["train", "mnist-dcgan"], &["--data", "idx"]),
        (&["train", "folder-dcgan", "--data", "empty"], &["empty", "no images"]),
        (&["train", "folder-dcgan", "--data", "nowhere"], &["nowhere", "no such file"]),
        (&["train", "folder-dcgan", "--data", "notes.txt"], &["notes.txt"]),
        (&["train", "broken.toml"], &["broken.toml"]),
        (&["train", ".hidden.toml"], &["name", ".hidden"]),
        (&["train", "digits-lenet", "--set", "data.channels=3"], &["data.channels", "gray"]),
        (&["train", "absent.toml"], &["absent.toml"]),
        (&["train", "--device", "tpu"], &["tpu", "cpu"]),
        (&["train", "--device", "vulkan"], &["vulkan", "--features"]),
        (&["train", "--run", "notes.txt"], &["notes.txt"]),
        (&["train", "--run", "notes.txt", "--force"], &["notes.txt", "--run"]),
        (&["train", "--run", "notes.txt/run"], &["notes.txt/run"]),
        (&["train", "--from", "nowhere"], &["nowhere", "no run"]),
        (&["train", "--threads", "0"], &["--threads"]),
        (&["train", "--stpes", "5"], &["--stpes"]),
        (&["resume", "nowhere"], &["nowhere", "no run"]),
        (&["sample", "nowhere"], &["nowhere", "no run"]),
        (&["upscale", "empty", "-o", "out"], &["empty", "no images"]),
        (&["translate", "empty", "-o", "out"], &["no run in empty", "gannet train folder-pix2pix", "--weights FILE"]),
        (&["inpaint", "empty", "-o", "out"], &["no run in empty", "gannet train folder-inpaint", "--diffuse"]),
        (&["train", "digits-dcgan", "--set", "model.width=4096"], &["of memory", "free", "model.width"]),
        (&["sample", "nowhere", "-o", "grid.jpg"], &["grid.jpg", ".png"]),
        (&["interpolate", "nowhere", "-o", "walk.mp4"], &["walk.mp4", ".gif"]),
        (&["eval", "digits", "--features", "lenet:nowhere.pth"], &["nowhere.pth"]),
        (&["eval", "digits", "--features", "lenet:notes.txt"], &["notes.txt"]),
        (&["data", "check", "nowhere"], &["nowhere"]),
        (&["data", "list", "empty"], &["empty"]),
        (&["runs"], &["runs"]),
        (&["recipes", "nothing"], &["nothing"]),
    ];
    for (words, expected) in cases {
        let message = place.refused(words);
        for part in *expected {
            assert!(message.contains(part), "gannet {}: '{part}' is missing in: {message}", words.join(" "));
        }
    }
    assert!(!place.path("runs").exists(), "a refused command left a folder");
    assert_eq!(fs::read_to_string(place.path("notes.txt")).unwrap(), "hello");
}

#[test]
fn a_run_is_never_overwritten_by_accident() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=2"]);
    let recipe = fs::read(place.path("run/recipe.toml")).unwrap();
    let message = place.refused(&["train", "--run", "run"]);
    assert!(message.contains("gannet resume run") && message.contains("--force"), "{message}");
    assert_eq!(fs::read(place.path("run/recipe.toml")).unwrap(), recipe);
    let message = place.refused(&["resume", "run"]);
    assert!(message.contains("train.steps"), "{message}");
    let message = place.refused(&["resume", "run", "--set", "model.width=8"]);
    assert!(message.contains("model.width"), "{message}");
    place.train("run", &["--set", "train.steps=1", "--force"]);
    // A folder that is no run is not replaced, whatever is said.
    fs::create_dir(place.path("photos")).unwrap();
    fs::write(place.path("photos/me.jpg"), "precious").unwrap();
    assert!(place.refused(&["train", "--run", "photos", "--force"]).contains("photos"));
    assert!(place.path("photos/me.jpg").is_file());
}

#[test]
fn broken_images_are_named_and_left_out_unless_strict() {
    let place = Place::new();
    pictures(&place.path("pictures"), 20);
    for number in [4, 11] {
        let class = if number % 2 == 0 { "cat" } else { "dog" };
        fs::write(place.path(&format!("pictures/{class}/{number:03}.png")), b"\x89PNG\r\n\x1a\nnot really").unwrap();
    }
    let folder = ["train", "folder-dcgan", "--data", "pictures", "--set", "train.steps=4", "--set", "data.size=32"];
    let output = place.run(&[&folder[..], &SMALL].concat());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    assert!(message.contains("cat/004.png") && message.contains("dog/011.png"), "{message}");
    let strict = [&folder[..], &SMALL, &["--run", "strict", "--strict"]].concat();
    let message = place.refused(&strict);
    assert!(message.contains("cat/004.png") || message.contains("dog/011.png"), "{message}");
}

#[test]
fn labels_are_asked_for_where_a_recipe_needs_them() {
    let place = Place::new();
    fs::create_dir(place.path("flat")).unwrap();
    image::GrayImage::new(28, 28).save(place.path("flat/a.png")).unwrap();
    let message = place.refused(&["train", "digits-lenet", "--data", "flat"]);
    assert!(message.contains("labels") && message.contains("class folders"), "{message}");
    for class in 0..11 {
        fs::create_dir_all(place.path(&format!("eleven/{class:02}"))).unwrap();
        image::GrayImage::new(28, 28).save(place.path(&format!("eleven/{class:02}/a.png"))).unwrap();
    }
    let message = place.refused(&["train", "digits-lenet", "--data", "eleven"]);
    assert!(message.contains("11 classes") && message.contains("10"), "{message}");
}

#[test]
fn words_of_earlier_versions_are_answered_with_the_new_ones() {
    let place = Place::new();
    let cases: &[(&[&str], &str)] = &[
        (&["folder-compact"], "folder-srvgg"),
        (&["shapes-pix2pix", "--set", "translate.kind=cycle"], "task = \"cyclegan\""),
        (&["shapes-pix2pix", "--set", "task=translate"], "pix2pix, cyclegan, cut, upscale, inpaint, stylize or adain"),
        (&["shapes-pix2pix", "--set", "translate.l1=10"], "pix2pix.l1"),
        (&["shapes-srgan", "--set", "model.kind=compact"], "srvgg"),
        (&["shapes-inpaint", "--set", "inpaint.holes=strokes"], "inpaint.masks"),
        (&["shapes-style", "--set", "style.strength=2"], "stylize.style_weight"),
        (&["mnist-infogan", "--set", "condition.own=true"], "condition.q_network"),
    ];
    for (words, new) in cases {
        let message = place.refused(&[&["train"], *words].concat());
        assert!(message.contains(new) && message.contains("now"), "{words:?}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{message}");
    }
    let message = place.refused(&["train", "shapes-pix2pix", "--set", "cyclegan.cycle=5"]);
    assert!(message.contains("belongs to task cyclegan") && message.contains("task is pix2pix"), "{message}");
    assert!(!place.path("runs").exists(), "a refused command left a folder");
}

#[test]
fn a_run_of_an_earlier_version_is_refused_in_one_sentence() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=2"]);
    let path = place.path("run/recipe.toml");
    let recipe = fs::read_to_string(&path).unwrap();
    let (format, rest) = recipe.split_once('\n').unwrap();
    assert_eq!(format, "run_format = 2");
    fs::write(&path, rest).unwrap();
    fs::write(place.path("a.png"), "not read").unwrap();
    let before = fs::read_dir(place.path("run")).unwrap().count();
    let commands: &[&[&str]] = &[
        &["resume", "run", "--set", "train.steps=4"],
        &["sample", "run", "-o", "x.png"],
        &["interpolate", "run", "-o", "x.gif"],
        &["reconstruct", "run", "a.png", "-o", "x.png"],
        &["translate", "run", "a.png", "-o", "x.png"],
        &["upscale", "run", "a.png", "-o", "x.png"],
        &["inpaint", "run", "a.png", "--alpha", "-o", "x.png"],
        &["stylize", "a.png", "--run", "run", "-o", "x.png"],
        &["eval", "run"],
        &["eval", "digits", "--features", "run"],
        &["train", "--run", "new", "--from", "run"],
    ];
    for words in commands {
        let message = place.refused(words);
        assert!(message.contains("run is a run of an older version of Gannet (run format 1"), "{words:?}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{words:?}: {message}");
    }
    assert!(place.ok(&["runs", "run"]).contains("older version of Gannet"));
    assert_eq!(fs::read_dir(place.path("run")).unwrap().count(), before);
    assert!(!place.path("new").exists() && !place.path("x.png").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_place_that_cannot_be_written_is_named() {
    let message = Place::new().refused(&["train", "--run", "/proc/gannet"]);
    assert!(message.contains("/proc/gannet"), "{message}");
}
