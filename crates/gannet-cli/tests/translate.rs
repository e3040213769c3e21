//! `gannet translate`: pictures of any size through a run's network or another project's file, and common mistakes.

mod common;

use std::path::Path;

use common::{Place, pictures};

const SMALL: [&str; 6] = ["--set", "model.width=2", "--set", "train.steps=3", "--set", "train.batch=2"];

/// A picture of this size.
fn picture(path: &Path, width: u32, height: u32) {
    image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, 90])).save(path).unwrap();
}

fn size(path: &Path) -> (u32, u32) {
    image::image_dimensions(path).unwrap()
}

#[test]
fn pictures_keep_their_size_and_a_job_goes_on_where_it_stopped() {
    let place = Place::new();
    let text = place.ok(&[&["train", "shapes-pix2pix", "--run", "run"], &SMALL[..]].concat());
    assert!(text.contains("gannet translate run"), "{text}");
    let folder = place.path("in");
    std::fs::create_dir_all(folder.join("more")).unwrap();
    picture(&folder.join("a.png"), 50, 33);
    // A file's content counts, not its ending.
    picture(&folder.join("more/b.png"), 7, 64);
    std::fs::rename(folder.join("more/b.png"), folder.join("more/b.jpg")).unwrap();
    std::fs::write(folder.join("c.png"), "a text, whatever its name says").unwrap();
    let message = String::from_utf8(place.run(&["translate", "run", "in", "-o", "out"]).stderr).unwrap();
    assert!(message.contains("c.png") && message.contains("1 of 3"), "{message}");
    assert_eq!(size(&place.path("out/a.png")), (50, 33));
    assert_eq!(size(&place.path("out/more/b.png")), (7, 64));
    assert!(!place.path("out/c.png").exists());
    // What is there stays as it is; what is not is made.
    std::fs::write(place.path("out/a.png"), "mine").unwrap();
    picture(&folder.join("c.png"), 1, 1);
    let text = place.ok(&["translate", "run", "in", "-o", "out"]);
    assert!(text.contains("1 picture in out, 2 existed already"), "{text}");
    assert_eq!(size(&place.path("out/c.png")), (1, 1));
    assert_eq!(std::fs::read(place.path("out/a.png")).unwrap(), b"mine");
    place.ok(&["translate", "run", "in", "-o", "out", "--force"]);
    assert_eq!(size(&place.path("out/a.png")), (50, 33));
    // One picture to one file, the same each time, and squared as in training if asked for.
    place.ok(&["translate", "run", "in/a.png", "-o", "one.png"]);
    let bytes = |name: &str| std::fs::read(place.path(name)).unwrap();
    assert!(bytes("one.png") == bytes("out/a.png"));
    place.ok(&["translate", "run", "in/a.png", "-o", "square.png", "--size", "32", "--half", "left"]);
    assert_eq!(size(&place.path("square.png")), (32, 32));
}

#[test]
fn depth_and_transparency_stay_and_further_frames_are_reported() {
    let place = Place::new();
    place.ok(&[&["train", "shapes-pix2pix", "--run", "run"], &SMALL[..]].concat());
    let deep = |x: u32, y: u32| image::Rgba([x as u16 * 3000, y as u16 * 5000, 777, 40_000 + x as u16]);
    let deep = image::ImageBuffer::from_fn(20, 12, deep);
    image::DynamicImage::ImageRgba16(deep.clone()).save(place.path("deep.png")).unwrap();
    place.ok(&["translate", "run", "deep.png", "-o", "out.png"]);
    let made = image::open(place.path("out.png")).unwrap();
    assert_eq!(made.color(), image::ColorType::Rgba16);
    let made = made.to_rgba16();
    assert!(made.pixels().zip(deep.pixels()).all(|(made, given)| made[3] == given[3]));
    assert!(made.pixels().any(|pixel| pixel[0] % 257 != 0), "the result has 8 bits");
    // Without transparency and depth the result has none either.
    picture(&place.path("plain.png"), 8, 8);
    place.ok(&["translate", "run", "plain.png", "-o", "plain-out.png"]);
    assert_eq!(image::open(place.path("plain-out.png")).unwrap().color(), image::ColorType::Rgb8);
    std::fs::create_dir(place.path("in")).unwrap();
    let frames = include_bytes!("../../gannet-data/tests/fixtures/frames.png");
    ["in/a.png", "in/b.png"].iter().for_each(|name| std::fs::write(place.path(name), frames).unwrap());
    let output = place.run(&["translate", "run", "in", "-o", "out"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{message}");
    assert_eq!(message.matches("frames").count(), 1, "{message}");
    assert!(message.contains("a.png has 4 frames; only the first is used (the same for 1 other image)"), "{message}");
}

#[test]
fn nothing_is_overwritten_and_mistakes_are_named() {
    let place = Place::new();
    place.ok(&[&["train", "shapes-pix2pix", "--run", "run"], &SMALL[..]].concat());
    picture(&place.path("a.png"), 8, 8);
    let before = std::fs::read(place.path("a.png")).unwrap();
    let refused = |words: &[&str], remedy: &str| {
        let message = place.refused(&[&["translate"], words].concat());
        assert!(message.contains(remedy), "{words:?}: {message}");
    };
    refused(&["run", "a.png", "-o", "a.png"], "a.png");
    refused(&["run", "a.png", "-o", "a.png", "--force"], "would be overwritten");
    refused(&["run", "a.png", "-o", "out.jpg"], "saved as .png");
    refused(&["run", "absent.png", "-o", "out.png"], "absent.png");
    refused(&["run", "-o", "out.png"], "give pictures");
    refused(&["absent", "a.png", "-o", "out.png"], "no run in absent");
    refused(&["run", "a.png", "-o", "out.png", "--back"], "in one direction only");
    refused(&["--weights", "a.png", "a.png", "-o", "out.png"], "a.png");
    std::fs::create_dir(place.path("folder")).unwrap();
    picture(&place.path("folder/a.png"), 8, 8);
    refused(&["run", "a.png", "folder", "-o", "out"], "both become");
    refused(&["run", "folder", "-o", "folder", "--force"], "among the pictures of folder");
    refused(&["run", "a.png", "-o", "out.png", "--noise"], "not trained with");
    // What an earlier start wrote below its input is no input of the next.
    place.ok(&["translate", "run", "folder", "-o", "folder/out"]);
    let text = place.ok(&["translate", "run", "folder", "-o", "folder/out"]);
    assert!(text.contains("0 pictures in folder/out, 1 existed already"), "{text}");
    std::fs::remove_dir_all(place.path("folder/out")).unwrap();
    refused(&["run", "folder", "-o", "one.png"], "need a folder");
    assert!(std::fs::read(place.path("a.png")).unwrap() == before);
    let message = place.refused(&["sample", "run", "-o", "x.png"]);
    assert!(message.contains("gannet translate run"), "{message}");
    place.train("generator", &["--set", "train.steps=2"]);
    refused(&["generator", "a.png", "-o", "out.png"], "translates no images");
}

#[test]
fn a_cycle_goes_both_ways_and_two_class_folders_are_two_kinds() {
    let place = Place::new();
    pictures(&place.path("pictures"), 12);
    let small = ["--set", "model.blocks=1", "--set", "data.size=16"];
    place.ok(&[&["train", "folder-cyclegan", "--data", "pictures", "--run", "run"], &SMALL[..], &small].concat());
    place.ok(&["translate", "run", "pictures/cat/000.png", "-o", "there.png"]);
    place.ok(&["translate", "run", "pictures/cat/000.png", "-o", "back.png", "--back"]);
    picture(&place.path("tiny.png"), 1, 3);
    place.ok(&["translate", "run", "tiny.png", "-o", "tiny-made.png"]);
    assert_eq!(size(&place.path("tiny-made.png")), (1, 3));
    let bytes = |name: &str| std::fs::read(place.path(name)).unwrap();
    assert!(bytes("there.png") != bytes("back.png"));
    let message = place.refused(&["train", "folder-cut", "--data", "pictures/cat", "--run", "other"]);
    assert!(message.contains("two domains"), "{message}");
}

#[test]
fn images_are_exported_as_training_sees_them_and_measured_by_patches_and_labels() {
    let place = Place::new();
    let pairs = place.path("pairs");
    std::fs::create_dir(&pairs).unwrap();
    for number in 0..4_u32 {
        let color = |x: u32| {
            if x < 20 {
                [128, 64, 128]
            } else if x < 30 {
                [0, 0, 0]
            } else {
                [0, 128, 192]
            }
        };
        image::RgbImage::from_fn(40, 20, |x, y| image::Rgb(if (x + y) % 7 == number { [9, 9, 9] } else { color(x) }))
            .save(pairs.join(format!("{number}.png")))
            .unwrap();
    }
    for half in ["left", "right"] {
        place.ok(&["data", "export", "pairs", "--half", half, "--size", "20", "-o", half]);
        assert_eq!(size(&place.path(half).join("3.png")), (20, 20));
    }
    std::fs::copy(pairs.join("0.png"), pairs.join("0.bmp")).unwrap();
    place.ok(&["data", "export", "pairs", "--size", "20", "-o", "both"]);
    assert!(place.path("both/0.bmp.png").exists() && place.path("both/0.png.png").exists());
    std::fs::remove_file(pairs.join("0.bmp")).unwrap();
    let message = place.refused(&["data", "export", "pairs", "--size", "20", "-o", "pairs", "--force"]);
    assert!(message.contains("would be overwritten"), "{message}");
    let labels = ["--metrics", "labels", "--palette", "804080,000000,0080c0"];
    let same = place.ok(&[&["eval", "right", "--data", "right"], &labels[..]].concat());
    assert!(same.contains("labels  1.0000"), "{same}");
    let other = place.ok(&[&["eval", "left", "--data", "right"], &labels[..]].concat());
    assert!(other.contains("labels  0.1") || other.contains("labels  0.0"), "{other}");
    let patches = ["--patches", "200", "--patch-size", "8", "--metrics", "fd", "--features", "random:0"];
    let near = place.ok(&[&["eval", "right", "--data", "right"], &patches[..]].concat());
    assert!(near.contains("fd  0.0000") && near.contains("200 patches of 8×8"), "{near}");
    assert!(place.refused(&["eval", "left", "--data", "right", "--metrics", "labels"]).contains("--palette"));
    assert!(
        place
            .refused(&["eval", "left", "--data", "right", "--metrics", "psnr", "--patches", "9"])
            .contains("--patches")
    );
}
