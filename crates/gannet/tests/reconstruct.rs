//! `gannet reconstruct`: pictures through an autoencoder.

mod common;

use common::{Place, SMALL};

#[test]
fn pictures_come_back_beside_themselves_and_noise_makes_others() {
    let place = Place::new();
    let text = place.ok(&[&["train", "shapes-vae-gan", "--run", "run", "--set", "train.steps=3"], &SMALL[..]].concat());
    assert!(text.contains("gannet reconstruct run"), "{text}");
    place.ok(&["data", "export", "shapes", "--split", "test", "--size", "48", "-n", "3", "-o", "in"]);
    let text = place.ok(&["reconstruct", "run", "in", "-o", "out", "--beside"]);
    assert!(text.contains("3 pictures in out"), "{text}");
    let made = std::fs::read_dir(place.path("out")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(image::image_dimensions(&made).unwrap(), (64, 32));
    place.ok(&["sample", "run", "-n", "4", "-o", "noise.png"]);
    place.train("generator", &["--set", "train.steps=2"]);
    let message = place.refused(&["reconstruct", "generator", "in", "-o", "other"]);
    assert!(message.contains("task autoencode"), "{message}");
    let message = place.refused(&["translate", "run", "in", "-o", "other"]);
    assert!(message.contains("translates nothing"), "{message}");
}
