//! `gannet upscale`: pictures of any size, depth and transparency, and common mistakes.

mod common;

use std::path::Path;

use common::Place;
use image::{DynamicImage, GenericImageView, ImageBuffer, Rgb, Rgba};

/// A run of a small network that has hardly learned.
fn run(place: &Place, name: &str, more: &[&str]) {
    let small =
        ["--set", "model.width=4", "--set", "model.blocks=1", "--set", "train.steps=2", "--set", "train.batch=2"];
    let shapes = [
        "train",
        "folder-srvgg",
        "--data",
        "shapes",
        "--run",
        name,
        "--set",
        "data.size=32",
        "--set",
        "data.patches=0",
    ];
    let text = place.ok(&[&shapes[..], &small, more].concat());
    assert!(text.contains(&format!("gannet upscale {name}")), "{text}");
}

fn wavy(width: u32, height: u32) -> DynamicImage {
    let value = |x: u32, y: u32| (((x * x + 3 * y) * 7) % 256) as u8;
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, |x, y| Rgb([value(x, y), value(y, x), 90])))
}

fn open(path: &Path) -> DynamicImage {
    image::open(path).unwrap()
}

#[test]
fn depth_and_transparency_stay_and_sizes_are_multiplied() {
    let place = Place::new();
    run(&place, "run", &[]);
    std::fs::create_dir(place.path("in")).unwrap();
    let deep = ImageBuffer::from_fn(9, 7, |x, y| Rgba([x as u16 * 7000, y as u16 * 9000, 1234, 30_000]));
    DynamicImage::ImageRgba16(deep).save(place.path("in/deep.png")).unwrap();
    wavy(5, 6).to_luma8().save(place.path("in/gray.png")).unwrap();
    wavy(1, 1).save(place.path("in/one.png")).unwrap();
    std::fs::write(place.path("in/text.png"), "a text").unwrap();
    let message = String::from_utf8(place.run(&["upscale", "run", "in", "-o", "out"]).stderr).unwrap();
    assert!(message.contains("text.png") && message.contains("1 of 4"), "{message}");
    let deep = open(&place.path("out/deep.png"));
    assert_eq!((deep.dimensions(), deep.color()), ((36, 28), image::ColorType::Rgba16));
    let alpha = deep.to_rgba16().pixels().map(|pixel| pixel[3]).max().unwrap();
    assert!(alpha.abs_diff(30_000) < 3, "{alpha}");
    let gray = open(&place.path("out/gray.png"));
    assert_eq!((gray.dimensions(), gray.color()), ((20, 24), image::ColorType::L8));
    assert_eq!(open(&place.path("out/one.png")).dimensions(), (4, 4));
    std::fs::remove_file(place.path("in/text.png")).unwrap();
    let text = place.ok(&["upscale", "run", "in", "-o", "out"]);
    assert!(text.contains("0 pictures in out, 3 existed already"), "{text}");
}

/// A network of another project whose output is the picture, each pixel repeated 4 × 4 times.
const NEAREST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/nearest4.pth");

#[test]
fn colors_beyond_srgb_and_metadata_are_kept() {
    let place = Place::new();
    // A profile like that of Display P3: its primaries and a gamma of 2.2, as PNG's chunks state them.
    let wide = wavy(8, 8).to_rgb8();
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    wide.write_with_encoder(encoder).unwrap();
    let chunk = |name: &[u8], numbers: &[u32]| {
        let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let named = [name, &data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let primaries = chunk(b"cHRM", &[31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000]);
    // After signature and header.
    bytes.splice(33..33, primaries);
    std::fs::write(place.path("a.png"), &bytes).unwrap();
    place.ok(&["upscale", "--weights", NEAREST, "a.png", "-o", "out.png"]);
    let large = open(&place.path("out.png")).to_rgb8();
    for (x, y, pixel) in large.enumerate_pixels() {
        assert_eq!(pixel, wide.get_pixel(x / 4, y / 4), "{x}, {y}");
    }
    let written = std::fs::read(place.path("out.png")).unwrap();
    assert!(written.windows(4).any(|name| name == b"iCCP"), "the profile is lost");
    // And once more, now from the profile.
    place.ok(&["upscale", "--weights", NEAREST, "out.png", "-o", "again.png"]);
    assert_eq!(open(&place.path("again.png")).to_rgb8().get_pixel(70, 33), wide.get_pixel(4, 2));
}

/// The checksum of a PNG's chunk.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// The promise is 2 of 255; a network of three layers sees 3 pixels far, fewer than the least overlap.
#[test]
fn tiles_are_invisible() {
    let place = Place::new();
    run(&place, "run", &[]);
    wavy(75, 90).save(place.path("a.png")).unwrap();
    let output = place.run(&["upscale", "run", "a.png", "-o", "tiles.png", "--tile", "32"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("a.png: 9 tiles that overlap by 4 pixels"), "{message}");
    place.ok(&["upscale", "run", "a.png", "-o", "whole.png", "--tile", "0"]);
    // However narrow.
    wavy(1, 70).save(place.path("thin.png")).unwrap();
    place.ok(&["upscale", "run", "thin.png", "-o", "thin-large.png", "--tile", "32"]);
    assert_eq!(open(&place.path("thin-large.png")).dimensions(), (4, 280));
    let [tiles, whole] = ["tiles.png", "whole.png"].map(|name| open(&place.path(name)).to_rgb8());
    let off = tiles.as_raw().iter().zip(whole.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(off <= 1, "off by {off}");
}

/// Bands are written one by one, with the transparency of each.
#[test]
fn bands_of_a_deep_picture_with_transparency_are_invisible() {
    let place = Place::new();
    let deep = ImageBuffer::from_fn(70, 90, |x, y| {
        Rgba([(x * 900) as u16, (y * 700) as u16, ((x * y * 37) % 65_536) as u16, ((x + y) * 400) as u16])
    });
    DynamicImage::ImageRgba16(deep).save(place.path("a.png")).unwrap();
    for (tile, name) in [("32", "tiles.png"), ("0", "whole.png")] {
        place.ok(&["upscale", "--weights", NEAREST, "a.png", "-o", name, "--tile", tile]);
    }
    let [tiles, whole] = ["tiles.png", "whole.png"].map(|name| open(&place.path(name)));
    assert_eq!((tiles.dimensions(), tiles.color()), ((280, 360), image::ColorType::Rgba16));
    assert!(tiles == whole);
}

#[test]
fn the_built_in_upscaler_needs_nothing_else() {
    let place = Place::new();
    wavy(12, 10).save(place.path("a.png")).unwrap();
    let output = place.run(&["upscale", "a.png"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && message.contains("built-in upscaler"), "{message}");
    let large = open(&place.path("a-x4.png")).to_rgb8();
    assert_eq!(large.dimensions(), (48, 40));
    let mean = |image: &image::RgbImage| image.as_raw().iter().map(|value| f64::from(*value)).sum::<f64>();
    let [small, large] = [wavy(12, 10).to_rgb8(), large].map(|image| mean(&image) / image.as_raw().len() as f64);
    assert!((small - large).abs() < 3.0, "{small} and {large}");
    assert!(place.refused(&["upscale", "a.png"]).contains("a-x4.png exists"));
    place.ok(&["upscale", "a.png", "--scale", "3"]);
    assert_eq!(open(&place.path("a-x3.png")).dimensions(), (36, 30));
    for (share, name) in [("0", "clean.png"), ("1", "real.png")] {
        place.ok(&["upscale", "a.png", "--denoise", share, "-o", name]);
    }
    let [mixed, clean, real] =
        ["a-x4.png", "clean.png", "real.png"].map(|name| open(&place.path(name)).to_rgb8().into_raw());
    assert!(clean != real);
    // Values that are cut off at black or white are left out.
    let inside = |value: u8| (1..=254).contains(&value);
    let compared: Vec<usize> = (0..mixed.len()).filter(|at| inside(clean[*at]) && inside(real[*at])).collect();
    let mean_of = |at: usize| f64::midpoint(f64::from(clean[at]), f64::from(real[at]));
    assert!(compared.len() > 500, "{}", compared.len());
    assert!(
        compared.iter().all(|at| (f64::from(mixed[*at]) - mean_of(*at)).abs() <= 1.5),
        "the default is the mean of both"
    );
    std::fs::create_dir(place.path("in")).unwrap();
    std::fs::write(place.path("net.pth"), "weights").unwrap();
    for (words, remedy) in [
        (&["upscale", "in"][..], "with -o"),
        (&["upscale", "a.png", "in/no.png"], "with -o"),
        (&["upscale", "runs/none", "a.png", "-o", "x.png"], "no picture and no run at runs/none"),
        (&["upscale", "net.pth", "a.png", "-o", "x"], "--weights"),
        (&["upscale", "a.png", "--checkpoint", "best"], "is for runs"),
        (&["upscale", "a.png", "--scale", "5"], "give 1 to 4"),
        (&["upscale", "a.png", "--denoise", "2"], "from 0 to 1"),
        (&["upscale", "a.png", "--mix", "net.pth", "-o", "x.png"], "--denoise 0"),
    ] {
        let message = place.refused(words);
        assert!(message.contains(remedy), "{words:?}: {message}");
    }
}

#[test]
fn weights_mix_and_mistakes_are_named() {
    let place = Place::new();
    run(&place, "run", &[]);
    run(&place, "other", &["--seed", "1"]);
    run(&place, "wide", &["--set", "model.width=6"]);
    run(&place, "deep", &["--set", "model.blocks=5"]);
    wavy(8, 8).save(place.path("a.png")).unwrap();
    let upscale = |words: &[&str], to: &str| {
        place.ok(&[&["upscale", "run", "a.png", "-o", to], words].concat());
        std::fs::read(place.path(to)).unwrap()
    };
    let own = upscale(&[], "own.png");
    assert!(own == upscale(&["--mix", "other", "--share", "0"], "none.png"));
    assert!(own != upscale(&["--mix", "other", "--share", "0.5"], "half.png"));
    place.ok(&["upscale", "other", "a.png", "-o", "other.png"]);
    assert!(std::fs::read(place.path("other.png")).unwrap() == upscale(&["--mix", "other", "--share", "1"], "all.png"));
    place.ok(&["train", "shapes-pix2pix", "--run", "pairs", "--set", "model.width=2", "--set", "train.steps=1"]);
    let refused = |words: &[&str], remedy: &str| {
        let message = place.refused(words);
        assert!(message.contains(remedy), "{words:?}: {message}");
    };
    for other in ["wide", "deep"] {
        refused(&["upscale", "run", "a.png", "-o", "x.png", "--mix", other], "one architecture");
    }
    refused(&["upscale", "run", "other", "a.png", "-o", "x.png"], "--mix other");
    refused(&["upscale", "run", "a.png", "-o", "x.png", "--mix", "other", "--share", "2"], "from 0 to 1");
    refused(&["upscale", "run", "a.png", "-o", "x.png", "--tile", "5"], "32 to 4096");
    refused(&["upscale", "pairs", "a.png", "-o", "x.png"], "gannet translate");
    refused(&["translate", "run", "a.png", "-o", "x.png"], "gannet upscale");
    refused(&["upscale", "run", "-o", "x.png"], "give pictures");
    refused(&["upscale", "--weights", "a.png", "a.png", "-o", "x.png"], "a.png");
    refused(&["upscale", "run", "a.png", "-o", "a.png", "--force"], "would be overwritten");
}
