//! `gannet stylize`: by optimization and by networks, and common mistakes.

mod common;

use common::Place;
use image::{DynamicImage, ImageBuffer, Rgb, Rgba};

/// By how many percent the style distance went down, of what was reported.
fn reduction(message: &str) -> f64 {
    let share = message.split("after, ").nth(1).and_then(|rest| rest.split("% lower").next());
    share.unwrap_or_else(|| panic!("{message}")).parse().unwrap()
}

fn paintings(place: &Place) {
    let stripes =
        ImageBuffer::from_fn(40, 40, |x, y| if (x + y) % 6 < 3 { Rgb([250u8, 40, 20]) } else { Rgb([20, 30, 90]) });
    stripes.save(place.path("painting.png")).unwrap();
    let smooth = ImageBuffer::from_fn(48, 36, |x, y| Rgb([(x * 4) as u8, 200 - (y * 3) as u8, 120]));
    smooth.save(place.path("photo.png")).unwrap();
}

#[test]
fn pixels_move_towards_the_painting() {
    let place = Place::new();
    paintings(&place);
    let stylize = |words: &[&str], to: &str| {
        let given = ["stylize", "photo.png", "--style", "painting.png", "--size", "0", "--style-size", "0", "-o", to];
        let output = place.run(&[&given, words].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{message}");
        assert!(message.contains("random features"), "{message}");
        (reduction(&message), image::open(place.path(to)).unwrap())
    };
    let (strong, stylized) = stylize(&["--steps", "60"], "a.png");
    assert!(strong > 50.0, "{strong}");
    assert_eq!((stylized.width(), stylized.height()), (48, 36));
    // The same again, and less of it where it counts for less.
    assert_eq!(stylize(&["--steps", "60"], "b.png").1, stylized);
    assert!(stylize(&["--steps", "60", "--strength", "0.001"], "c.png").0 < strong);
    // Brightness alone: what two channels differ by stays, but for what is cut off.
    let kept = stylize(&["--steps", "20", "--keep-colors"], "d.png").1.to_rgb8();
    let given = image::open(place.path("photo.png")).unwrap().to_rgb8();
    let differs = |a: &Rgb<u8>| i16::from(a[0]) - i16::from(a[2]);
    let inside = |a: &Rgb<u8>| a.0.iter().all(|value| (1..255).contains(value));
    let pairs = kept.pixels().zip(given.pixels()).filter(|(kept, _)| inside(kept));
    assert!(pairs.clone().count() > 100 && pairs.clone().all(|(a, b)| (differs(a) - differs(b)).abs() <= 1));
}

#[test]
fn a_network_stylizes_folders_and_keeps_transparency() {
    let place = Place::new();
    paintings(&place);
    let words =
        ["--set", "model.width=4", "--set", "model.blocks=1", "--set", "train.steps=30", "--set", "train.batch=2"];
    let given =
        ["train", "shapes-style", "--run", "run", "--set", "stylize.image=painting.png", "--set", "data.size=32"];
    let text = place.ok(&[&given[..], &words].concat());
    assert!(text.contains("gannet stylize PICTURE --run run"), "{text}");
    std::fs::create_dir(place.path("in")).unwrap();
    let clear = ImageBuffer::from_fn(50, 41, |x, y| Rgba([x as u16 * 900, y as u16 * 1200, 9, x as u16 * 1000]));
    DynamicImage::ImageRgba16(clear.clone()).save(place.path("in/a.png")).unwrap();
    DynamicImage::new_luma8(3, 60).save(place.path("in/b.png")).unwrap();
    std::fs::write(place.path("in/c.png"), "a text").unwrap();
    let output = place.run(&["stylize", "in", "--run", "run", "--size", "0", "-o", "out"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("c.png") && message.contains("1 of 3"), "{message}");
    let stylized = image::open(place.path("out/a.png")).unwrap();
    assert_eq!((stylized.color(), stylized.width(), stylized.height()), (image::ColorType::Rgba16, 50, 41));
    for (found, given) in stylized.to_rgba16().pixels().zip(clear.pixels()) {
        assert_eq!(found[3], given[3]);
    }
    // A picture of another size than the usual one is resized, which is reported once.
    std::fs::remove_file(place.path("in/c.png")).unwrap();
    let output = place.run(&["stylize", "in", "--run", "run", "--size", "40", "-o", "small"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("a.png: 50×41 pixels become 40×33; --size 0 keeps the size of pictures"), "{message}");
    assert_eq!(message.matches("--size 0").count(), 1, "{message}");
    // What is too narrow for the features is made wider.
    assert_eq!(image::image_dimensions(place.path("out/b.png")).unwrap(), (32, 60));
}

/// Also one that it was not trained on.
#[test]
fn an_adain_network_takes_any_style_image() {
    let place = Place::new();
    paintings(&place);
    let settings = ["data.target=shapes-striped", "data.size=32", "adain.size=40", "data.patches=2", "data.limit=50"];
    let settings = settings.into_iter().chain(["train.steps=12", "train.batch=2"]);
    let words: Vec<&str> = settings.flat_map(|setting| ["--set", setting]).collect();
    let text = place.ok(&[&["train", "folder-adain", "--data", "shapes", "--run", "run"], &words[..]].concat());
    assert!(text.contains("gannet stylize PICTURE --run run --style PAINTING"), "{text}");
    let stylize = |words: &[&str], to: &str| {
        let given = ["stylize", "photo.png", "--run", "run", "--size", "0", "--style", "painting.png", "-o", to];
        let output = place.run(&[&given, words].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && message.contains("random features"), "{message}");
        image::open(place.path(to)).unwrap()
    };
    let whole = stylize(&[], "a.png");
    assert_eq!((whole.width(), whole.height()), (48, 36));
    assert_eq!(stylize(&["--strength", "1"], "b.png"), whole);
    // A share of the style, and another size of the style image.
    let own = stylize(&["--strength", "0"], "c.png");
    assert!(own != whole && stylize(&["--strength", "0.5"], "d.png") != own);
    assert_ne!(stylize(&["--style-size", "0", "--keep-colors"], "e.png"), whole);
    let given = ["stylize", "photo.png", "--run", "run", "-o", "x.png"];
    for (words, remedy) in [
        (&[][..], "--style PAINTING"),
        (&["--style", "painting.png", "--strength", "1.5"], "give a share, from 0"),
        (&["--style", "painting.png", "--strength", "-0.5"], "0 or more"),
        (&["--style", "absent.png"], "no style image at absent.png"),
    ] {
        let message = place.refused(&[&given, words].concat());
        assert!(message.contains(remedy), "{words:?}: {message}");
    }
    let message = place.refused(&["translate", "run", "photo.png", "-o", "x.png"]);
    assert!(message.contains("gannet stylize PICTURE --run run --style PAINTING"), "{message}");
    let message = place.refused(&["train", "folder-adain", "--data", "shapes", "--run", "none"]);
    assert!(message.contains("data.target"), "{message}");
}

#[test]
fn mistakes_are_named() {
    let place = Place::new();
    paintings(&place);
    place.ok(&["train", "shapes-pix2pix", "--run", "pairs", "--set", "model.width=2", "--set", "train.steps=1"]);
    for (words, remedy) in [
        (&["photo.png"][..], "--style"),
        (&["photo.png", "--style", "absent.png"], "no style image at absent.png"),
        (&["photo.png", "--style", "painting.png", "--features", "eyes"], "random, vgg16:PATH or vgg19:PATH"),
        (&["photo.png", "--style", "painting.png", "--features", "vgg19:absent"], "absent"),
        (&["photo.png", "--style", "painting.png", "--strength", "-1"], "0 or more"),
        (&["photo.png", "--run", "pairs"], "transfers no style"),
        (&["photo.png", "--run", "absent"], "no run in absent"),
        (&["photo.png", "--weights", "photo.png"], "photo.png"),
    ] {
        let message = place.refused(&[&["stylize"], words, &["-o", "x.png"]].concat());
        assert!(message.contains(remedy), "{words:?}: {message}");
    }
    let message = place.refused(&["train", "folder-style", "--data", "shapes", "--run", "none"]);
    assert!(message.contains("stylize.image"), "{message}");
}
