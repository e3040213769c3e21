//! `gannet sample`, `interpolate` and `eval` with a file of another project's generator, and which command takes which file.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::Place;
use gannet_weights::{NamedTensor, read_safetensors, safetensors_bytes};
use serde_json::Value;

/// A few large steps, after which images are no longer gray everywhere.
const QUICK: [&str; 6] = ["--set", "train.steps=12", "--set", "checkpoint.every=12", "--set", "optim.generator_lr=0.1"];

/// A picture's bytes, which has many shades.
fn shaded(path: &Path) -> Vec<u8> {
    let shades: BTreeSet<u8> = image::open(path).unwrap().to_luma8().into_raw().into_iter().collect();
    assert!(shades.len() > 40, "{} has {} shades", path.display(), shades.len());
    fs::read(path).unwrap()
}

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
    let right = shaded(&place.path(output));
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
    gives_the_same(&place, "interpolate", &["--anchors", "2", "--steps", "3"], &[], "walk.png");
    place.ok(&["sample", "--weights", "g.safetensors", "-n", "3", "-o", "folder"]);
    assert_eq!(fs::read_dir(place.path("folder")).unwrap().count(), 3);
    let said = String::from_utf8(place.run(&["sample", "--weights", "g.safetensors", "-o", "x.png"]).stderr).unwrap();
    for part in ["the generator of DCGAN for 28×28 images of 1 channel", "latents of 8 values from N(0, 1)"] {
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

/// The keys under which training programs keep a generator, and the key that a user names.
#[test]
fn a_generator_under_a_key_is_found() {
    let place = Place::new();
    place.train("run", &QUICK);
    as_in_the_tutorial(&place.path("run"), &place.path("g.safetensors"));
    place.ok(&["sample", "--weights", "g.safetensors", "-n", "4", "-o", "right.png"]);
    let right = shaded(&place.path("right.png"));
    let (tensors, _) = read_safetensors(&place.path("g.safetensors")).unwrap();
    let under = |key: &str, factor: f32| {
        let of_key = |tensor: &NamedTensor| NamedTensor {
            name: format!("{key}.{}", tensor.name),
            values: tensor.values.iter().map(|value| factor * value).collect(),
            shape: tensor.shape.clone(),
        };
        tensors.iter().map(of_key).collect::<Vec<_>>()
    };
    let both = [under("netG_state_dict", 1.0), under("ema", 0.5)].concat();
    for (tensors, key) in [(under("netG_state_dict", 1.0), None), (both, Some("netG_state_dict"))] {
        fs::write(place.path("keyed.safetensors"), safetensors_bytes(&tensors, "")).unwrap();
        let words = ["sample", "--weights", "keyed.safetensors", "-n", "4", "-o", "keyed.png", "--force"];
        let key = key.map_or(vec![], |key| vec!["--key", key]);
        place.ok(&[&words[..], &key].concat());
        assert!(right == fs::read(place.path("keyed.png")).unwrap(), "{key:?}");
    }
    // The moving average is preferred where no key is given.
    place.ok(&["sample", "--weights", "keyed.safetensors", "-n", "4", "-o", "other.png"]);
    assert!(right != fs::read(place.path("other.png")).unwrap());
    let message = place.refused(&["sample", "--weights", "keyed.safetensors", "--key", "netD", "-o", "x.png"]);
    assert!(message.contains("no key netD") && message.contains("ema, netG_state_dict"), "{message}");
    let message = place.refused(&["sample", "run", "--key", "ema", "-o", "x.png"]);
    assert!(message.contains("--key names a part of the file of --weights"), "{message}");
    let report = place.ok(&["weights", "keyed.safetensors"]);
    assert!(report.contains("gannet sample --weights FILE"), "{report}");
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
    gives_the_same(&place, "interpolate", &walk, &["--one-hot", "10"], "walk.png");
    // Without their number all of the latent is noise.
    let four = ["sample", "--weights", "g.safetensors", "-n", "4", "-o"];
    place.ok(&[&four[..], &["class.png", "--one-hot", "10", "--class", "3"]].concat());
    place.ok(&[&four[..], &["noise.png"]].concat());
    assert!(shaded(&place.path("noise.png")) != shaded(&place.path("class.png")));
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
