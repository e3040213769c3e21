//! `gannet reconstruct`.

mod common;

use common::{Place, SMALL};

#[test]
fn pictures_are_put_side_by_side_with_their_reconstructions() {
    let place = Place::new();
    let text = place.ok(&[&["train", "shapes-vae-gan", "--run", "run", "--set", "train.steps=3"], &SMALL[..]].concat());
    assert!(text.contains("gannet reconstruct run"), "{text}");
    place.ok(&["data", "export", "shapes", "--split", "test", "--size", "48", "-n", "3", "-o", "in"]);
    let text = place.ok(&["reconstruct", "run", "in", "-o", "out", "--side-by-side"]);
    assert!(text.contains("3 pictures in out"), "{text}");
    let made = std::fs::read_dir(place.path("out")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(image::image_dimensions(&made).unwrap(), (64, 32));
    // The option's name in earlier versions.
    place.ok(&["reconstruct", "run", "in", "-o", "beside", "--beside"]);
    let file = made.file_name().unwrap();
    assert!(std::fs::read(place.path("beside").join(file)).unwrap() == std::fs::read(&made).unwrap());
    place.ok(&["sample", "run", "-n", "4", "-o", "noise.png"]);
    place.train("generator", &["--set", "train.steps=2"]);
    let message = place.refused(&["reconstruct", "generator", "in", "-o", "other"]);
    assert!(message.contains("task autoencode"), "{message}");
    let message = place.refused(&["translate", "run", "in", "-o", "other"]);
    assert!(message.contains("translates no images"), "{message}");
}
