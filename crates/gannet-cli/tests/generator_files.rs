//! `gannet sample`, `interpolate` and `eval` with a file of another project's generator, and which command takes which file.

mod common;

use std::fs;
use std::path::Path;

use common::Place;
use gannet_weights::{NamedTensor, read_safetensors, safetensors_bytes};
use serde_json::Value;

const QUICK: [&str; 4] = ["--set", "train.steps=2", "--set", "checkpoint.every=2"];

/// Writes the averaged generator of a run of DCGAN under the names of PyTorch's tutorial, with dropout between its layers.
fn as_in_the_tutorial(run: &Path, file: &Path) {
    let checkpoint = fs::read_dir(run.join("checkpoints")).unwrap().next().unwrap().unwrap().path();
    let (tensors, _) = read_safetensors(&checkpoint.join("ema.safetensors")).unwrap();
    let last =
        1 + tensors.iter().filter(|tensor| tensor.name.starts_with("up.") && tensor.name.ends_with("weight")).count();
    let tensors: Vec<NamedTensor> = tensors
        .into_iter()
        .map(|tensor| {
            let (layer, what) = tensor.name.rsplit_once('.').unwrap();
            let number = |prefix: &str| layer.strip_prefix(prefix).map(|at| 1 + at.parse::<usize>().unwrap());
            let place = match layer {
                "project" => 0,
                "project_norm" => 1,
                "to_image" => 4 * last,
                _ => number("up.").map_or_else(|| 4 * number("up_norm.").unwrap() + 1, |at| 4 * at),
            };
            let what = match what {
                "gamma" => "weight",
                "beta" => "bias",
                what => what,
            };
            NamedTensor { name: format!("main.{place}.{what}"), ..tensor }
        })
        .collect();
    fs::write(file, safetensors_bytes(&tensors, "")).unwrap();
}

/// Runs a command with a run and with its generator in a file; both write the same bytes.
fn gives_the_same(place: &Place, command: &str, words: &[&str], of_file: &[&str], output: &str) {
    place.ok(&[&[command, "run", "-o", output], words].concat());
    let right = fs::read(place.path(output)).unwrap();
    let text = place.ok(&[&[command, "--weights", "g.safetensors", "-o", output, "--force"], words, of_file].concat());
    assert!(!text.contains("step"), "{text}");
    assert!(right == fs::read(place.path(output)).unwrap(), "{command} {words:?}");
}

#[test]
fn a_run_s_generator_in_a_file_gives_the_run_s_images_and_numbers() {
    let place = Place::new();
    place.train("run", &QUICK);
    as_in_the_tutorial(&place.path("run"), &place.path("g.safetensors"));
    gives_the_same(&place, "sample", &["-n", "9", "--seed", "5"], &[], "grid.png");
    gives_the_same(&place, "sample", &["-n", "9", "--truncation", "0.5"], &[], "truncated.png");
    gives_the_same(&place, "interpolate", &["--anchors", "2", "--steps", "3"], &[], "walk.gif");
    place.ok(&["sample", "--weights", "g.safetensors", "-n", "3", "-o", "folder"]);
    assert_eq!(fs::read_dir(place.path("folder")).unwrap().count(), 3);
    let said = String::from_utf8(place.run(&["sample", "--weights", "g.safetensors", "-o", "x.png"]).stderr).unwrap();
    for part in ["the generator of DCGAN for 28×28 images of 1 channels", "latents of 8 values from N(0, 1)"] {
        assert!(said.contains(part), "{said}");
    }
    let eval = |words: &[&str]| -> Value {
        let common = ["-n", "30", "--reference-count", "20", "--features", "random:1", "--metrics", "fd,kid", "--json"];
        serde_json::from_str(&place.ok(&[&["eval"], words, &common].concat())).unwrap()
    };
    let (of_run, of_file) = (eval(&["run"]), eval(&["--weights", "g.safetensors", "--data", "digits"]));
    assert!(of_run["metrics"]["fd"].as_f64().unwrap() > 0.0);
    assert_eq!(of_run["metrics"], of_file["metrics"]);
    assert_eq!(of_run["protocol"]["reference"], of_file["protocol"]["reference"]);
    assert_eq!(of_file["protocol"]["images"]["of"], "g.safetensors");
}

#[test]
fn the_classes_of_a_file_are_given_by_the_user() {
    let place = Place::new();
    let conditional = ["--set", "condition.kind=concatenation", "--set", "data.labels=true"];
    place.train("run", &[&QUICK[..], &conditional].concat());
    as_in_the_tutorial(&place.path("run"), &place.path("g.safetensors"));
    gives_the_same(&place, "sample", &["-n", "20"], &["--one-hot", "10"], "rows.png");
    gives_the_same(&place, "sample", &["-n", "4", "--class", "3,7"], &["--one-hot", "10"], "some.png");
    let walk = ["--class", "3,7", "--steps", "2"];
    gives_the_same(&place, "interpolate", &walk, &["--one-hot", "10"], "walk.gif");
    // Without their number all of the latent is noise.
    place.ok(&["sample", "--weights", "g.safetensors", "-n", "20", "-o", "noise.png"]);
    assert!(fs::read(place.path("noise.png")).unwrap() != fs::read(place.path("rows.png")).unwrap());
    let message = place.refused(&["sample", "--weights", "g.safetensors", "--class", "3", "-o", "x.png"]);
    assert!(message.contains("does not tell how many classes") && message.contains("--one-hot"), "{message}");
    let message = place.refused(&["sample", "--weights", "g.safetensors", "--one-hot", "18", "-o", "x.png"]);
    assert!(message.contains("latents have 18 values, too few for 18 classes"), "{message}");
}

#[test]
fn a_file_for_another_command_is_refused_with_that_command() {
    let place = Place::new();
    place.train("run", &QUICK);
    as_in_the_tutorial(&place.path("run"), &place.path("g.safetensors"));
    let case = |name: &str| format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    let (trunk, old, base) = (case("esr_trunk.pth"), case("esr_old1.pth"), case("base.png"));
    let cases: [(&[&str], &str); 12] = [
        (&["sample", "--weights", &trunk], "'gannet upscale --weights"),
        (&["interpolate", "--weights", &trunk], "'gannet upscale --weights"),
        (&["eval", "--weights", &trunk, "--data", "digits"], "'gannet upscale --weights"),
        (&["sample", "--weights", &old], "'gannet translate --weights"),
        (&["upscale", "--weights", "g.safetensors", &base, "-o", "x.png"], "'gannet sample --weights g.safetensors"),
        (&["translate", "--weights", "g.safetensors", &base, "-o", "x.png"], "'gannet sample --weights g.safetensors"),
        (&["sample", "g.safetensors"], "give a file of weights with --weights"),
        (&["sample", "run", "--weights", "g.safetensors"], "--weights"),
        (&["sample", "--weights", "g.safetensors", "-o", "g.safetensors", "--force"], "saved as .png"),
        (&["sample", "--weights", "none.pth"], "none.pth"),
        (&["eval", "--weights", "g.safetensors", "--metrics", "fd"], "--data"),
        (&["eval", "--weights", "g.safetensors", "--metrics", "psnr", "--data", "digits"], "leave --weights out"),
    ];
    for (words, right) in cases {
        let message = place.refused(words);
        assert!(message.contains(right), "{words:?}: {message}");
    }
    assert!(!place.path("x.png").exists() && !place.path("grid.png").exists());
}
