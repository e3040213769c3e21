//! `gannet eval`, its numbers and its messages.

mod common;

use std::fs;
use std::path::Path;

use common::{Place, pictures};
use gannet_weights::{NamedTensor, safetensors_bytes};
use image::{Rgb, RgbImage};
use serde_json::Value;

/// Weights of a small residual network in torchvision's layout; `conv` is the first value of its first kernel.
fn network(path: &Path, conv: f32) {
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: &[usize], first: f32| {
        let count: usize = shape.iter().product();
        let value = |at: usize| ((at * 7919 % 101) as f32 - 50.0) / 500.0;
        let mut values: Vec<f32> = (0..count).map(value).collect();
        if name.ends_with("running_var") || name.contains("bn") && name.ends_with("weight") {
            values = vec![1.0; count];
        }
        values[0] += first;
        tensors.push(NamedTensor { name: name.to_owned(), shape: shape.to_vec(), values });
    };
    add("conv1.weight", &[64, 3, 7, 7], conv);
    for (conv, norm) in [("layer1.0.conv1", "layer1.0.bn1"), ("layer1.0.conv2", "layer1.0.bn2")] {
        add(&format!("{conv}.weight"), &[64, 64, 3, 3], 0.0);
        for part in ["weight", "bias", "running_mean", "running_var"] {
            add(&format!("{norm}.{part}"), &[64], 0.0);
        }
    }
    for part in ["weight", "bias", "running_mean", "running_var"] {
        add(&format!("bn1.{part}"), &[64], 0.0);
    }
    add("fc.weight", &[10, 64], 0.0);
    add("fc.bias", &[10], 0.0);
    fs::write(path, safetensors_bytes(&tensors, "")).unwrap();
}

fn plain(path: &Path, width: u32, height: u32, shade: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_fn(width, height, |x, y| Rgb([shade, (x * 5) as u8, (y * 3) as u8])).save(path).unwrap();
}

fn json(place: &Place, words: &[&str]) -> Value {
    serde_json::from_str(&place.ok(&[words, &["--json"]].concat())).unwrap()
}

const RANDOM: [&str; 2] = ["--features", "random:1"];

#[test]
fn two_folders_are_compared_without_any_model() {
    let place = Place::new();
    pictures(&place.path("a"), 20);
    pictures(&place.path("b"), 12);
    let found = json(&place, &[&["eval", "a", "--data", "b"], &RANDOM[..]].concat());
    assert!(found["metrics"]["fd"].as_f64().unwrap() >= 0.0 && found["metrics"]["kid"].is_number());
    assert_eq!(found["protocol"]["images"]["count"], 20);
    assert_eq!(found["protocol"]["reference"]["count"], 12);
    assert_eq!(found["protocol"]["images"]["size"], "40×48");
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("RANDOM WEIGHTS") && warnings.contains("112 features"), "{warnings}");
    let same = [&["eval", "a", "--data", "a", "--metrics", "fd,intra"], &RANDOM[..]].concat();
    // Nothing but what the decomposition of a covariance leaves over, which differs from one processor to the next.
    let found = json(&place, &same);
    for number in ["fd", "intra_fd"] {
        let value = found["metrics"][number].as_f64().unwrap();
        assert!((0.0..1e-9).contains(&value), "{number} {value}");
    }
    let text = place.ok(&same);
    assert!(
        text.contains("mean of 2 classes") && text.contains("random:1") && text.contains("first 20 of 20"),
        "{text}"
    );
}

#[test]
fn a_run_and_the_folder_of_its_samples_get_the_same_numbers() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=2"]);
    place.ok(&["sample", "run", "-n", "40", "-o", "samples"]);
    let metrics = |subject| {
        let words = ["eval", subject, "--data", "digits", "-n", "40", "--reference-count", "50", "--metrics", "fd,pr"];
        json(&place, &[&words[..], &RANDOM].concat())["metrics"].clone()
    };
    let (run, folder) = (metrics("run"), metrics("samples"));
    assert!(run["fd"].as_f64().unwrap() > 0.0);
    assert_eq!(run, folder);
}

#[test]
fn training_is_evaluated_on_a_schedule_and_goes_on_where_that_fails() {
    let place = Place::new();
    let eval = ["--set", "eval.every=2", "--set", "eval.features=random:1", "--set", "eval.count=16"];
    place.train("run", &[&["--set", "train.steps=4", "--set", "eval.reference_count=20"], &eval[..]].concat());
    let lines = fs::read_to_string(place.path("run/metrics.jsonl")).unwrap();
    assert_eq!(lines.matches("\"metric/fd\":").count(), 2, "{lines}");
    assert!(fs::read_to_string(place.path("run/report.html")).unwrap().contains("metric/fd"));
    // Five neighbors cannot be found among four images.
    let failing = ["--set", "train.steps=2", "--set", "eval.metrics=prdc", "--set", "eval.reference_count=4"];
    let output = place.run(&[&["train", "--run", "other"], &common::SMALL[..], &eval, &failing].concat());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.contains("no evaluation at this step"), "{message}");
    let message = place.refused(&["train", "--run", "third", "--set", "eval.every=2", "--set", "eval.metrics=fdi"]);
    assert!(message.contains("fdi") && message.contains("'fd'"), "{message}");
    assert!(!place.path("third").exists());
}

#[test]
fn mistakes_and_bad_images_are_answered_in_clear_words() {
    let place = Place::new();
    pictures(&place.path("good"), 10);
    plain(&place.path("one/a.png"), 40, 40, 9);
    for name in ["a", "b", "c"] {
        plain(&place.path(&format!("same/{name}.png")), 40, 40, 9);
    }
    plain(&place.path("mixed/a.png"), 40, 40, 9);
    plain(&place.path("mixed/b.png"), 50, 40, 99);
    fs::create_dir(place.path("broken")).unwrap();
    fs::write(place.path("broken/a.png"), b"\x89PNG\r\n\x1a\nnot really").unwrap();
    network(&place.path("net.safetensors"), 0.0);
    network(&place.path("nan.safetensors"), f32::NAN);
    let bytes = fs::read(place.path("net.safetensors")).unwrap();
    fs::write(place.path("cut.safetensors"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(place.path("notes.pth"), "hello").unwrap();
    let with = |words: &[&'static str], features: &'static str| [words, &["--features", features]].concat();
    let data: &[&str] = &["eval", "good", "--data", "good"];
    let cases: Vec<(Vec<&str>, &[&str])> = vec![
        (with(&["eval", "good", "--metrics", "fd"], "random:1"), &["fd", "--data"]),
        (with(&["eval", "good", "--data", "good", "--metrics", "fdi"], "random:1"), &["fdi", "'fd'"]),
        (with(&["eval", "good", "--data", "good", "--metrics", "fid"], "random:1"), &["fid", "fd", "inception"]),
        (with(&["eval", "good", "--metrics", "is"], "random:1"), &["is", "classifier"]),
        (with(&["eval", "one", "--data", "good", "--metrics", "fd"], "random:1"), &["at least 2"]),
        (with(&["eval", "good", "--data", "one", "--metrics", "kid"], "random:1"), &["at least 2"]),
        (with(&["eval", "good", "--data", "same", "--metrics", "prdc"], "random:1"), &["neighbors", "at least 6"]),
        (with(&["eval", "good", "--data", "good", "-n", "11"], "random:1"), &["good", "only 10", "11"]),
        (with(&["eval", "broken", "--data", "good"], "random:1"), &["broken", "a.png"]),
        (with(&["eval", "mixed", "--data", "good", "--metrics", "spectrum"], "random:1"), &["40×40", "40×50"]),
        (with(&["eval", "good", "--data", "same", "--metrics", "intra"], "random:1"), &["labels"]),
        (with(data, "random:x"), &["random:x", "number"]),
        (with(data, "resnet"), &["resnet", "inception", "cifar"]),
        (with(data, "classifier:nan.safetensors"), &["not finite", "000.png"]),
        (with(data, "classifier:cut.safetensors"), &["cut.safetensors is damaged"]),
        (with(data, "classifier:notes.pth"), &["notes.pth is a text file"]),
        (with(data, "classifier:absent.pth"), &["cannot read absent.pth"]),
        (with(data, "inception:net.safetensors"), &["net.safetensors", "Inception", "is missing"]),
        (with(data, "dinov2:net.safetensors"), &["net.safetensors", "DINOv2"]),
        (vec!["eval", "good", "--data", "same", "--metrics", "psnr"], &["partner", "--pair"]),
        (vec!["eval", "mixed", "--data", "same", "--metrics", "psnr"], &["b.png", "make them the same size"]),
        (vec!["eval", "good", "--metrics", "psnr,fd", "--data", "good"], &["fd", "pairs"]),
        (vec!["eval", "good", "--metrics", "psnr"], &["--data"]),
        (vec!["eval", "good", "--data", "good", "--metrics", "ppl"], &["generator"]),
        (vec!["eval", "good", "--data", "good", "--resize", "bigger"], &["tf1"]),
    ];
    for (words, expected) in cases {
        let message = place.refused(&words);
        for part in expected {
            assert!(message.contains(part), "gannet {}: '{part}' is missing in: {message}", words.join(" "));
        }
    }
    let found = json(&place, &with(&["eval", "same", "--data", "good", "--metrics", "fd"], "random:1"));
    assert!(found["warnings"].to_string().contains("all images look the same"), "{found}");
    let found = json(&place, &with(&["eval", "mixed", "--data", "good", "--metrics", "fd"], "random:1"));
    assert!(found["warnings"].to_string().contains("images of 2 sizes"), "{found}");
    fs::copy(place.path("broken/a.png"), place.path("good/cat/999.png")).unwrap();
    let found = json(&place, &with(&["eval", "good", "--data", "same", "--metrics", "fd"], "random:1"));
    assert!(found["warnings"].to_string().contains("999.png"), "{found}");
}

#[test]
fn weights_that_cannot_be_fetched_are_named_with_the_remedy() {
    let place = Place::new();
    pictures(&place.path("good"), 3);
    // No network is to be had through a proxy that does not exist.
    let mut command = place.command(&["eval", "good", "--data", "good", "--features", "inception"]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    let output = command.env("GANNET_CACHE", place.path("cache")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    for part in ["cannot fetch", "inception.pth", "--features inception:FILE", "cache"] {
        assert!(message.contains(part), "'{part}' is missing in: {message}");
    }
    assert!(!place.path("cache").exists());
    // A kept file that is not the published one is never used.
    fs::create_dir_all(place.path("cache/weights")).unwrap();
    fs::write(place.path("cache/weights/inception.pth"), "half of it").unwrap();
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(2) && message.contains("SHA-256") && message.contains("remove the file"),
        "{message}"
    );
}

#[test]
fn features_of_a_reference_are_kept_until_anything_changes() {
    let place = Place::new();
    pictures(&place.path("generated"), 8);
    pictures(&place.path("real"), 12);
    network(&place.path("net.safetensors"), 0.0);
    let run = || {
        let words = ["eval", "generated", "--data", "real", "--features", "classifier:net.safetensors", "--json"];
        let words = [&words[..], &["--metrics", "fd,pr"]].concat();
        let output = place.command(&words).env("GANNET_CACHE", place.path("cache")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let kept =
        || fs::read_dir(place.path("cache/features")).unwrap().map(|file| file.unwrap().path()).collect::<Vec<_>>();
    let first = run();
    let [file] = &kept()[..] else { panic!("{:?}", kept()) };
    let bytes = fs::read(file).unwrap();
    assert_eq!(run(), first, "from the cache");
    // A damaged file is reported and written again.
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(file, damaged).unwrap();
    let again = run();
    assert!(again["warnings"].to_string().contains("is damaged"), "{again}");
    assert_eq!((again["metrics"].clone(), fs::read(file).unwrap() == bytes), (first["metrics"].clone(), true));
    // Another image under the same name and of the same length in pixels is another reference.
    plain(&place.path("real/cat/000.png"), 48, 40, 200);
    assert_ne!(run()["metrics"], first["metrics"]);
    assert_eq!(kept().len(), 2);
}

#[test]
fn the_conventions_of_another_package_are_named_in_the_protocol_or_refused() {
    let place = Place::new();
    plain(&place.path("a/one.png"), 40, 30, 9);
    plain(&place.path("b/one.png"), 40, 30, 99);
    let eval = |metric, like| ["eval", "a", "--data", "b", "--metrics", metric, "--like", like];
    let own = json(&place, &eval("ssim", "scikit-image")[..6]);
    let found = json(&place, &eval("ssim", "scikit-image"));
    assert_ne!(own["metrics"]["ssim"], found["metrics"]["ssim"]);
    let protocols =
        [&own, &found].map(|found| found["protocol"].as_str().unwrap().contains("like scikit-image 0.26.0"));
    assert_eq!(protocols, [false, true]);
    for (words, expected) in [
        (&eval("ms-ssim", "scikit-image")[..], "--like scikit-image is for psnr, ssim: leave ms-ssim out"),
        (&eval("ssim", "skimage"), "scikit-image"),
        (&[&eval("kid", "clean-fid")[..], &RANDOM].concat(), "give --features inception"),
        (&[&eval("kid", "clean-fid")[..], &RANDOM, &["--resize", "tf1"]].concat(), "--resize tf1 contradicts"),
    ] {
        let message = place.refused(words);
        assert!(message.contains(expected), "{message}");
    }
}
