//! `gannet train --from FILE`: runs that start from the published weights of another project.

mod common;

use std::fs;

use common::Place;
use image::{Rgba, RgbaImage};
use serde_json::{Map, Value, json};

const SRVGG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/nearest4.pth");

/// The words that train a small upscaler for one step from a file.
fn upscaler<'a>(run: &'a str, from: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let words = ["train", "folder-srvgg", "--data", "shapes", "--run", run, "--from", from];
    let small =
        ["--set", "data.size=32", "--set", "data.patches=0", "--set", "train.steps=1", "--set", "train.batch=2"];
    [&words[..], &small, more].concat()
}

fn colored(x: u32, y: u32) -> Rgba<u8> {
    Rgba([(x * 40) as u8, (y * 30) as u8, ((x ^ y) * 25) as u8, 255])
}

/// A generator of pytorch-CycleGAN-and-pix2pix of one block and width 4, all of whose weights are 0: its images are gray.
fn gray_generator(place: &Place, name: &str) {
    let shapes: [(&str, [usize; 4]); 8] = [
        ("model.1", [4, 3, 7, 7]),
        ("model.4", [8, 4, 3, 3]),
        ("model.7", [16, 8, 3, 3]),
        ("model.10.conv_block.1", [16, 16, 3, 3]),
        ("model.10.conv_block.5", [16, 16, 3, 3]),
        ("model.11", [16, 8, 3, 3]),
        ("model.14", [8, 4, 3, 3]),
        ("model.18", [3, 4, 7, 7]),
    ];
    let (mut header, mut at) = (Map::new(), 0);
    for (layer, shape) in shapes {
        let transposed = matches!(layer, "model.11" | "model.14");
        let bias = if transposed { shape[1] } else { shape[0] };
        for (what, shape) in [("weight", &shape[..]), ("bias", &[bias][..])] {
            let bytes = 4 * shape.iter().product::<usize>();
            let tensor = json!({"dtype": "F32", "shape": shape, "data_offsets": [at, at + bytes]});
            header.insert(format!("{layer}.{what}"), tensor);
            at += bytes;
        }
    }
    let header = Value::Object(header).to_string();
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; at]].concat();
    fs::write(place.path(name), bytes).unwrap();
}

#[test]
fn an_upscaler_starts_from_published_weights() {
    let place = Place::new();
    let message = place.refused(&upscaler("run", SRVGG, &[]));
    for text in ["nearest4.pth", "SRVGG", "--set model.width=8", "--set model.blocks=2"] {
        assert!(message.contains(text), "{text}: {message}");
    }
    assert!(!message.contains("model.kind") && !place.path("run").exists(), "{message}");
    let output = place.run(&upscaler("run", SRVGG, &["--set", "model.width=8", "--set", "model.blocks=2"]));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("nearest4.pth: SRVGG for 4 times the size"), "{said}");
    RgbaImage::from_fn(6, 5, colored).save(place.path("small.png")).unwrap();
    place.ok(&["upscale", "run", "small.png", "-o", "large.png", "--checkpoint", "0"]);
    let large = image::open(place.path("large.png")).unwrap().to_rgba8();
    assert!(large.enumerate_pixels().all(|(x, y, pixel)| *pixel == colored(x / 4, y / 4)));
    let kept = place.run(&["resume", "run", "--set", "train.steps=2"]);
    assert!(kept.status.success());
}

/// Of several networks in a file, the key chooses.
#[test]
fn a_key_chooses_the_start() {
    let place = Place::new();
    let wrapped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/reference/weight_files/wrapped.pth");
    let network = ["--set", "upscale.scale=2", "--set", "model.width=4", "--set", "model.blocks=2"];
    let train = |key: &'static str| upscaler("run", wrapped, &[&network[..], &["--key", key]].concat());
    let output = place.run(&train("params"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    RgbaImage::from_fn(6, 5, colored).save(place.path("small.png")).unwrap();
    place.ok(&["upscale", "run", "small.png", "-o", "large.png", "--checkpoint", "0"]);
    let large = image::open(place.path("large.png")).unwrap().to_rgba8();
    assert!(large.enumerate_pixels().all(|(x, y, pixel)| *pixel == colored(x / 2, y / 2)), "these weights are 0");
    assert!(place.refused(&[&train("ema")[..], &["--force"]].concat()).contains("it has no key ema"));
    assert!(place.refused(&["train", "--key", "params"]).contains("give that with --from"));
}

#[test]
fn another_kind_of_network_is_named_with_what_trains_it() {
    let place = Place::new();
    let message = place.refused(&upscaler("run", SRVGG, &["--set", "model.kind=rrdb", "--set", "model.width=8"]));
    assert!(message.contains("--set model.kind=srvgg --set model.blocks=2"), "{message}");
    let message = place.refused(&["train", "digits-dcgan", "--run", "run", "--from", SRVGG]);
    assert!(message.contains("SRVGG") && message.contains("task generate starts from runs alone"), "{message}");
    fs::write(place.path("no.pth"), "no weights").unwrap();
    assert!(place.refused(&upscaler("run", "no.pth", &[])).contains("no.pth"));
    let two = format!("{SRVGG},{SRVGG}");
    let message = place.refused(&upscaler("run", &two, &["--set", "model.width=8", "--set", "model.blocks=2"]));
    assert!(message.contains("task upscale starts from 1 file, not 2"), "{message}");
    assert!(place.refused(&upscaler("run", "absent.pth", &[])).contains("absent.pth"));
    assert!(!place.path("run").exists());
}

#[test]
fn a_cyclegan_starts_from_one_file_or_two() {
    let place = Place::new();
    gray_generator(&place, "a2b.safetensors");
    gray_generator(&place, "b2a.safetensors");
    let words = "train shapes-cyclegan --set model.kind=resnet --set model.generator_norm=instance --set model.width=4 \
                 --set model.blocks=1 --set train.steps=1 --set train.batch=1";
    RgbaImage::from_fn(16, 16, colored).save(place.path("a.png")).unwrap();
    for (run, from, both) in [("one", "a2b.safetensors", false), ("two", "a2b.safetensors,b2a.safetensors", true)] {
        let words: Vec<&str> = words.split(' ').chain(["--run", run, "--from", from]).collect();
        let output = place.run(&words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert_eq!(said.contains("the second direction starts from random weights"), !both);
        for (back, gray) in [(false, true), (true, both)] {
            let mut words = vec!["translate", run, "a.png", "-o", "b.png", "--checkpoint", "0", "--force"];
            words.extend(back.then_some("--back"));
            place.ok(&words);
            let picture = image::open(place.path("b.png")).unwrap().to_rgb8();
            let even = picture.pixels().all(|pixel| pixel.0.iter().all(|value| value.abs_diff(128) <= 1));
            assert_eq!(even, gray, "{run}, {back}");
        }
    }
}
