//! Files that were read wrongly once (`cases/README.md`): the command gives the values of other programs
//! (`scripts/reference/cases.py`).

mod common;

use std::fs;
use std::path::Path;

use common::Place;
use image::{Rgba, RgbaImage};
use serde_json::Value;

fn case(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/cases.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn open(path: impl AsRef<Path>) -> RgbaImage {
    image::open(path).unwrap().to_rgba8()
}

/// Runs what must succeed; returns what it says on standard error.
fn said(place: &Place, words: &[&str]) -> String {
    let output = place.run(words);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{words:?}: {text}");
    text
}

fn checked(place: &Place, name: &str, words: &[&str]) -> Value {
    serde_json::from_str(&place.ok(&[&["data", "check", &case(name), "--json"], words].concat())).unwrap()
}

/// The classes of a check, as a map from name to count.
fn classes(check: &Value) -> Value {
    let classes = check["classes"].as_array().unwrap();
    classes.iter().map(|class| (class["name"].as_str().unwrap().to_owned(), class["count"].clone())).collect()
}

/// A network that keeps size and pixels, made as `nearest4.pth` is: zero weights.
fn identity(place: &Place) -> String {
    let mut header = serde_json::Map::new();
    let mut at = 0;
    let shapes: [(&str, &[usize]); 8] = [
        ("body.0.weight", &[4, 3, 3, 3]),
        ("body.0.bias", &[4]),
        ("body.1.weight", &[4]),
        ("body.2.weight", &[4, 4, 3, 3]),
        ("body.2.bias", &[4]),
        ("body.3.weight", &[4]),
        ("body.4.weight", &[3, 4, 3, 3]),
        ("body.4.bias", &[3]),
    ];
    for (name, shape) in shapes {
        let bytes = 4 * shape.iter().product::<usize>();
        let tensor = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [at, at + bytes]});
        header.insert(name.to_owned(), tensor);
        at += bytes;
    }
    let header = Value::Object(header).to_string();
    let path = place.path("identity.safetensors");
    fs::write(&path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; at]].concat()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The color of each pixel of a folder's only picture, as training sees it: in sRGB.
fn training_color(place: &Place, picture: &Path) -> [u8; 3] {
    let _ = fs::remove_dir_all(place.path("one"));
    let _ = fs::remove_dir_all(place.path("seen"));
    fs::create_dir(place.path("one")).unwrap();
    fs::copy(picture, place.path("one/a.png")).unwrap();
    place.ok(&["data", "export", "one", "--size", "8", "-o", "seen"]);
    let seen = open(place.path("seen/a.png"));
    let Rgba([red, green, blue, _]) = *seen.get_pixel(0, 0);
    assert!(seen.pixels().all(|pixel| pixel.0[..3] == [red, green, blue]));
    [red, green, blue]
}

#[test]
fn display_p3_is_one_color_in_every_command() {
    let place = Place::new();
    let (flat, identity) = (case("p3-flat.png"), identity(&place));
    let right: Vec<u8> = serde_json::from_value(reference()["p3"].clone()).unwrap();
    assert_eq!(right, [216, 69, 50]);
    let near = |color: [u8; 3]| color.iter().zip(&right).all(|(a, b)| a.abs_diff(*b) <= 1);
    assert!(near(training_color(&place, Path::new(&flat))));
    for words in [
        &["upscale", "--weights", &case("nearest4.pth"), &flat][..],
        &["translate", "--weights", &identity, &flat],
        &["inpaint", "--diffuse", &flat, "--box", "4,4,9,9"],
    ] {
        place.ok(&[words, &["-o", "out.png"]].concat());
        assert!(fs::read(place.path("out.png")).unwrap().windows(4).any(|name| name == b"iCCP"), "{words:?}");
        assert!(open(place.path("out.png")).pixels().all(|pixel| pixel.0 == [200, 80, 60, 255]), "{words:?}");
        assert!(near(training_color(&place, &place.path("out.png"))), "{words:?}");
        fs::remove_file(place.path("out.png")).unwrap();
    }
}

#[test]
fn black_under_transparency_is_seen_nowhere() {
    let place = Place::new();
    let sprite = open(case("sprite-black.png"));
    let yellow = [230, 200, 40];
    place.ok(&["upscale", "--weights", &case("nearest4.pth"), &case("sprite-black.png"), "-o", "large.png"]);
    let large = open(place.path("large.png"));
    assert_eq!(large.dimensions(), (240, 160));
    let rim = large.pixels().filter(|pixel| (1..255).contains(&pixel[3])).count();
    assert!(rim > 100, "{rim} half-transparent pixels");
    assert!(large.pixels().filter(|pixel| pixel[3] > 0).all(|pixel| pixel.0[..3] == yellow));
    // Away from the rim the alpha is the sprite's.
    for (x, y, pixel) in sprite.enumerate_pixels() {
        let around = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (x as i32 + dx, y as i32 + dy)));
        let is_same = |(x, y): (i32, i32)| {
            let inside = (0..60).contains(&x) && (0..40).contains(&y);
            !inside || sprite[(x as u32, y as u32)][3] == pixel[3]
        };
        if around.into_iter().all(is_same) {
            assert_eq!(large[(4 * x + 2, 4 * y + 1)][3], pixel[3], "{x}, {y}");
        }
    }
    place.ok(&["inpaint", "--diffuse", &case("sprite-black.png"), "--box", "4,15,12,8", "-o", "filled.png"]);
    for (x, y, pixel) in open(place.path("filled.png")).enumerate_pixels() {
        let boxed = (4..16).contains(&x) && (15..23).contains(&y);
        assert_eq!(*pixel, if boxed { Rgba([230, 200, 40, 255]) } else { sprite[(x, y)] }, "{x}, {y}");
    }
}

#[test]
fn strokes_on_transparent_white_are_the_mask() {
    let place = Place::new();
    let (base, mask) = (open(case("base.png")), open(case("mask-alpha-white.png")));
    place.ok(&["inpaint", "--diffuse", &case("base.png"), &case("mask-alpha-white.png"), "-o", "out.png"]);
    let made = open(place.path("out.png"));
    let changed: Vec<(u32, u32)> =
        made.enumerate_pixels().filter(|(x, y, pixel)| **pixel != base[(*x, *y)]).map(|(x, y, _)| (x, y)).collect();
    assert!(changed.iter().all(|at| mask[*at][3] == 255), "a pixel outside of the strokes changed");
    let strokes = reference()["strokes"].as_u64().unwrap() as usize;
    assert!(changed.len() > strokes * 9 / 10, "{} of {strokes} pixels changed", changed.len());
}

#[test]
fn only_the_first_frame_is_used_and_that_is_said() {
    let place = Place::new();
    let (base, frames) = (open(case("base.png")), reference()["frames"].take());
    for (name, line) in [
        ("anim.png", "anim.png has 4 frames; only the first is used"),
        ("anim.webp", "anim.webp has 4 frames; only the first is used"),
        ("multi.tif", "multi.tif has 2 pages; only the first is used"),
    ] {
        assert_eq!(frames[name][1], true);
        let text = said(&place, &["upscale", "--weights", &case("nearest4.pth"), &case(name), "-o", "out.png"]);
        assert_eq!(text.matches(line).count(), 1, "{text}");
        for (x, y, pixel) in open(place.path("out.png")).enumerate_pixels() {
            assert_eq!(*pixel, base[(x / 4, y / 4)], "{name}: {x}, {y}");
        }
        fs::remove_file(place.path("out.png")).unwrap();
        fs::create_dir(place.path("in")).unwrap();
        fs::copy(case(name), place.path("in").join(name)).unwrap();
        let check: Value = serde_json::from_str(&place.ok(&["data", "check", "in", "--json"])).unwrap();
        assert!(check["notes"].to_string().contains(line), "{check}");
        assert!(said(&place, &["data", "export", "in", "-o", "out", "--force"]).contains(line));
        fs::remove_dir_all(place.path("in")).unwrap();
    }
}

#[test]
fn associated_alpha_is_divided_out_once() {
    let place = Place::new();
    place.ok(&["upscale", "--weights", &case("nearest4.pth"), &case("tiff/tif_rgba_assoc.tif"), "-o", "out.png"]);
    let made = open(place.path("out.png"));
    assert_eq!(made.dimensions(), (256, 256));
    let pixels: Vec<(u32, u32, [f64; 4])> = serde_json::from_value(reference()["associated"].clone()).unwrap();
    assert_eq!(pixels.len(), 49);
    for (x, y, right) in pixels {
        let pixel = made[(4 * x + 1, 4 * y + 1)];
        let off = (0..3).map(|channel| (f64::from(pixel[channel]) - right[channel]).abs()).fold(0.0, f64::max);
        assert!(right[3] == 0.0 || off <= 1.0, "{x}, {y}: {pixel:?} for {right:?}");
    }
}

/// Gannet's picture is within a rounding step of PyTorch's.
fn has_values(picture: &Path, right: &Value) {
    let made = image::open(picture).unwrap();
    assert_eq!(serde_json::json!([made.width(), made.height()]), right["size"]);
    let channels = right["mean"].as_array().unwrap().len();
    assert_eq!(usize::from(made.color().channel_count()), channels, "{}", picture.display());
    let made = made.to_rgba8();
    let pixels: Vec<(u32, u32, Vec<f64>)> = serde_json::from_value(right["pixels"].clone()).unwrap();
    for (x, y, right) in pixels {
        for (value, right) in made[(x, y)].0.iter().zip(&right) {
            assert!((f64::from(*value) - right).abs() <= 0.6, "{x}, {y}: {value} for {right}");
        }
    }
    for (channel, right) in right["mean"].as_array().unwrap().iter().enumerate() {
        let mean =
            made.pixels().map(|pixel| f64::from(pixel[channel])).sum::<f64>() / f64::from(made.width() * made.height());
        assert!((mean - right.as_f64().unwrap()).abs() < 0.2, "{mean} for {right}");
    }
}

#[test]
fn every_name_of_esrgan_loads_with_pytorchs_result() {
    let place = Place::new();
    for (command, name, picture) in [
        ("upscale", "esr_trunk.pth", "base.png"),
        ("upscale", "esr_state_dict.pth", "base.png"),
        ("translate", "esr_old1.pth", "base.png"),
        ("upscale", "esrgan-rgba.pth", "sprite-black.png"),
    ] {
        place.ok(&[command, "--weights", &case(name), &case(picture), "-o", "out.png", "--force"]);
        has_values(&place.path("out.png"), &reference()["networks"][name]);
    }
    let message = place.refused(&["upscale", "--weights", &case("esr_old1.pth"), &case("base.png"), "-o", "x.png"]);
    assert!(message.contains("for 1 times the size") && message.contains("gannet translate"), "{message}");
    // A picture without transparency has three channels in the result of a network of four.
    place.ok(&["upscale", "--weights", &case("esrgan-rgba.pth"), &case("base.png"), "-o", "rgb.png"]);
    assert_eq!(image::open(place.path("rgb.png")).unwrap().color(), image::ColorType::Rgb8);
}

#[test]
fn archives_hold_all_their_names() {
    let place = Place::new();
    let check = checked(&place, "dotslash.zip", &[]);
    assert_eq!((&check["count"], &check["usable"], &check["labeled"]), (&6.into(), &6.into(), &0.into()));
    let check = checked(&place, "hl.tar", &[]);
    assert_eq!((&check["count"], &check["usable"], &check["labeled"]), (&9.into(), &9.into(), &0.into()));
    place.ok(&["data", "export", &case("hl.tar"), "-o", "out"]);
    for number in 0..3 {
        let read = |name: String| fs::read(place.path("out/hl").join(name)).unwrap();
        assert!(read(format!("{number}.png")) == read(format!("{number}_again.png")), "{number}");
    }
}

#[test]
fn labels_are_those_of_the_files() {
    let place = Place::new();
    let labels = &reference()["labels"];
    let check = checked(&place, "sg.zip", &[]);
    assert_eq!((&check["count"], &classes(&check)), (&12.into(), &labels["sg.zip"]));
    // The labels of an export are the same, though its folders are classes.
    place.ok(&["data", "export", &case("sg.zip"), "-o", "out"]);
    for number in 0..12 {
        let name = format!("out/{}/{:05}/img{number:08}.png", number % 2, number / 4);
        assert!(place.path(&name).exists(), "{name}");
    }
    let check = checked(&place, "webdataset-shards", &[]);
    assert_eq!((&check["count"], &classes(&check)), (&60.into(), &labels["train"]));
    let check = checked(&place, "webdataset-shards", &["--split", "test"]);
    assert_eq!((&check["count"], &classes(&check)), (&7.into(), &labels["val"]));
}

const QUICK: [&str; 10] = [
    "--set",
    "model.width=2",
    "--set",
    "train.steps=1",
    "--set",
    "train.batch=2",
    "--set",
    "data.size=32",
    "--set",
    "checkpoint.every=1",
];

#[test]
fn two_domains_train_each_task_of_two_and_single_photographs_none() {
    let place = Place::new();
    for (split, count, right) in [("train", 22, [12, 10]), ("test", 6, [3, 3])] {
        let check = checked(&place, "cyclegan-layout", &["--split", split]);
        let right = serde_json::json!({"A": right[0], "B": right[1]});
        assert_eq!((&check["count"], classes(&check)), (&count.into(), right), "{split}");
    }
    let train = |recipe: &str, data: &str| {
        [&["train", recipe, "--run", recipe, "--data", &case(data)], &QUICK[..]].concat().join(" ")
    };
    for recipe in ["folder-cyclegan", "folder-cut", "folder-pix2pix"] {
        let words = train(recipe, "cyclegan-layout");
        let text = said(&place, &words.split(' ').collect::<Vec<_>>());
        let pairs = "10 pairs; 2 images have no partner of the same name";
        assert_eq!(text.contains(pairs), recipe == "folder-pix2pix", "{recipe}: {text}");
    }
    let words = train("folder-pix2pix", "pix2pix-not-pairs");
    let message = place.refused(&words.replace("--run folder-pix2pix", "--run no").split(' ').collect::<Vec<_>>());
    assert!(message.contains("64×64 pixels are not two squares side by side"), "{message}");
    assert!(!place.path("no").exists());
}
