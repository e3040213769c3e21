//! `gannet inpaint`: masks, transparency and rectangles; known pixels stay bit for bit; common mistakes.

mod common;

use common::Place;
use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba};

/// Of two stages, the second of which has contextual attention.
fn run(place: &Place) {
    let sets = ["model.width=2", "model.stages=2", "train.steps=2", "train.batch=2", "data.patches=0", "data.size=32"];
    let small = sets.iter().flat_map(|set| ["--set", set]);
    let words = ["train", "folder-inpaint", "--data", "shapes", "--run", "run"];
    place.ok(&words.into_iter().chain(small).collect::<Vec<_>>());
}

fn picture(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, y| Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]))
}

/// White where `x` and `y` are in the middle third.
fn mask(width: u32, height: u32) -> GrayImage {
    let inside = |at: u32, length: u32| (length / 3..2 * length / 3).contains(&at);
    ImageBuffer::from_fn(width, height, |x, y| Luma([if inside(x, width) && inside(y, height) { 255 } else { 0 }]))
}

#[test]
fn known_pixels_stay_bit_for_bit() {
    let place = Place::new();
    run(&place);
    picture(50, 41).save(place.path("a.png")).unwrap();
    mask(50, 41).save(place.path("mask.png")).unwrap();
    for (words, to) in [(&["run"][..], "net.png"), (&["--diffuse"], "diffused.png")] {
        place.ok(&[&["inpaint"], words, &["a.png", "mask.png", "-o", to]].concat());
        let made = image::open(place.path(to)).unwrap().to_rgb8();
        let mut moved = 0;
        for (x, y, pixel) in made.enumerate_pixels() {
            let same = *pixel == picture(50, 41)[(x, y)];
            assert!(same || mask(50, 41)[(x, y)][0] > 0, "{to}: {x}, {y}");
            moved += usize::from(!same);
        }
        assert!(moved > 100, "{to}: {moved}");
    }
    // A rectangle in place of the mask.
    place.ok(&["inpaint", "run", "a.png", "--box", "16,13,17,14", "-o", "box.png"]);
    assert!(std::fs::read(place.path("box.png")).unwrap() == std::fs::read(place.path("net.png")).unwrap());
}

#[test]
fn what_is_transparent_becomes_opaque_at_all_depths() {
    let place = Place::new();
    run(&place);
    let holed = ImageBuffer::from_fn(20, 12, |x, _| Rgba([x as u16 * 3000, 7, 65_535, if x < 5 { 0 } else { 60_000 }]));
    DynamicImage::ImageRgba16(holed).save(place.path("a.png")).unwrap();
    place.ok(&["inpaint", "run", "a.png", "--alpha", "-o", "out.png"]);
    let made = image::open(place.path("out.png")).unwrap();
    assert_eq!(made.color(), image::ColorType::Rgba16);
    for (x, _, pixel) in made.to_rgba16().enumerate_pixels() {
        let known = x >= 5;
        assert_eq!(pixel[3], if known { 60_000 } else { 65_535 });
        assert!(!known || (pixel[0], pixel[1], pixel[2]) == (x as u16 * 3000, 7, 65_535));
    }
}

#[test]
fn a_mask_with_frames_is_its_first_and_that_is_said_once() {
    let place = Place::new();
    picture(20, 12).save(place.path("a.png")).unwrap();
    std::fs::write(place.path("frames.png"), include_bytes!("../../gannet-data/tests/fixtures/frames.png")).unwrap();
    let output = place.run(&["inpaint", "--diffuse", "a.png", "frames.png", "-o", "framed.png"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.matches("frames.png has 4 frames; only the first is used").count(), 1, "{message}");
}

#[test]
fn folders_have_a_mask_of_each_name_and_broken_ones_cost_no_other() {
    let place = Place::new();
    run(&place);
    std::fs::create_dir_all(place.path("in/more")).unwrap();
    picture(12, 12).save(place.path("in/a.png")).unwrap();
    picture(9, 30).save(place.path("in/more/b.png")).unwrap();
    place.ok(&["data", "masks", "in", "-o", "masks", "--kind", "irregular", "--share", "0.3"]);
    // The option's name in earlier versions.
    place.ok(&["data", "masks", "in", "-o", "same", "--holes", "irregular", "--share", "0.3"]);
    let [masks, same] = ["masks/a.png", "same/a.png"].map(|name| std::fs::read(place.path(name)).unwrap());
    assert!(masks == same);
    let missing = image::open(place.path("masks/more/b.png")).unwrap().to_luma8();
    assert_eq!(missing.dimensions(), (9, 30));
    picture(9, 9).save(place.path("in/c.png")).unwrap();
    std::fs::write(place.path("in/d.png"), "a text").unwrap();
    let message = String::from_utf8(place.run(&["inpaint", "run", "in", "masks", "-o", "out"]).stderr).unwrap();
    assert!(
        message.contains("c.png has no mask") && message.contains("d.png") && message.contains("2 of 4"),
        "{message}"
    );
    assert!(place.path("out/a.png").exists() && place.path("out/more/b.png").exists());
    assert!(!place.path("out/c.png").exists());
}

#[test]
fn mistakes_are_named() {
    let place = Place::new();
    run(&place);
    picture(12, 12).save(place.path("a.png")).unwrap();
    for (name, hole) in [("empty.png", 0), ("full.png", 255)] {
        GrayImage::from_pixel(12, 12, Luma([hole])).save(place.path(name)).unwrap();
    }
    mask(10, 12).save(place.path("other.png")).unwrap();
    std::fs::create_dir(place.path("two")).unwrap();
    for name in ["two/a.png", "two/a.bmp"] {
        mask(12, 12).save(place.path(name)).unwrap();
    }
    place.ok(&["train", "shapes-pix2pix", "-o", "pairs", "--set", "model.width=2", "--set", "train.steps=1"]);
    for (words, remedy) in [
        (&["run", "a.png", "empty.png"][..], "the mask of a.png is empty"),
        (&["run", "a.png", "full.png"], "the mask covers all of a.png"),
        (&["run", "a.png", "other.png"], "its mask 10×12"),
        (&["run", "a.png", "--alpha"], "no transparency"),
        (&["run", "a.png", "--box", "1,2,3"], "four numbers"),
        (&["run", "a.png", "absent.png"], "absent.png"),
        (&["run", "a.png", "two"], "masks of one name"),
        (&["run", "a.png"], "give pictures"),
        (&["pairs", "a.png", "--box", "1,1,3,3"], "use gannet translate"),
    ] {
        let message = place.refused(&[&["inpaint"], words, &["-o", "x.png"]].concat());
        assert!(message.contains(remedy), "{words:?}: {message}");
    }
    let message = place.refused(&["translate", "run", "a.png", "-o", "x.png"]);
    assert!(message.contains("use gannet inpaint"), "{message}");
}
