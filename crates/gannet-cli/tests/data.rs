//! `gannet data`, and training on data sets as their authors lay them out.

mod common;

use std::path::Path;

use common::Place;

fn picture(path: &Path, width: u32, height: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, 90])).save(path).unwrap();
}

/// The folders of CycleGAN's sets; `common` of the names are in both domains.
fn domains(root: &Path, common: usize) {
    for number in 0..6 {
        picture(&root.join(format!("trainA/{number}.png")), 32, 32);
        let name = if number < common { format!("{number}") } else { format!("other-{number}") };
        picture(&root.join(format!("trainB/{name}.png")), 32, 32);
    }
    picture(&root.join("testA/a.png"), 32, 32);
    picture(&root.join("testB/a.png"), 32, 32);
}

const QUICK: [&str; 10] = [
    "--set",
    "model.width=2",
    "--set",
    "train.steps=2",
    "--set",
    "train.batch=2",
    "--set",
    "data.size=32",
    "--set",
    "checkpoint.every=2",
];

/// Trains on the folder `data`; returns what is printed.
fn trained(place: &Place, recipe: &str, run: &str, words: &[&str]) -> String {
    let output = place.run(&[&["train", recipe, "--run", run, "--data", "data"], &QUICK[..], words].concat());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{recipe}: {error}");
    error + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn two_domains_are_no_silent_mix_and_need_no_test_images() {
    let place = Place::new();
    domains(&place.path("data"), 4);
    let text = trained(&place, "folder-dcgan", "generate", &[]);
    assert!(text.contains("holds two domains, A and B"), "{text}");
    // Without test images of one domain there is no held-out set, and no failure.
    std::fs::remove_dir_all(place.path("data/testB")).unwrap();
    trained(&place, "folder-cyclegan", "one-sided", &[]);
}

#[test]
fn photographs_are_not_cut_in_halves_in_silence() {
    let place = Place::new();
    for number in 0..4 {
        picture(&place.path(&format!("data/{number}.png")), 32, 32);
    }
    let words = [&["train", "folder-pix2pix", "--data", "data"], &QUICK[..]].concat();
    let message = place.refused(&words);
    for part in ["32×32 pixels are not two squares side by side", "data.target", "data.side_by_side=true"] {
        assert!(message.contains(part), "{message}");
    }
    trained(&place, "folder-pix2pix", "halves", &["--set", "data.side_by_side=true"]);
    std::fs::remove_dir_all(place.path("data")).unwrap();
    (0..4).for_each(|number| picture(&place.path(&format!("data/{number}.png")), 64, 32));
    trained(&place, "folder-pix2pix", "pairs", &[]);
}

/// MNIST's training files, with labels 1, 0, 1.
fn mnist(root: &Path) {
    std::fs::create_dir_all(root).unwrap();
    let images = [&[0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2][..], &[9; 12]].concat();
    std::fs::write(root.join("train-images-idx3-ubyte"), images).unwrap();
    std::fs::write(root.join("train-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 3, 1, 0, 1]).unwrap();
}

#[test]
fn mnist_and_cifar_are_exported_to_class_folders() {
    let place = Place::new();
    mnist(&place.path("mnist"));
    place.ok(&["data", "export", "mnist", "--size", "8", "-o", "out"]);
    for name in ["1/train-00000.png", "0/train-00001.png", "1/train-00002.png"] {
        assert_eq!(image::image_dimensions(place.path("out").join(name)).unwrap(), (8, 8));
    }
    let list = place.ok(&["data", "list", "out"]);
    assert!(list.contains("0/train-00001.png"), "{list}");
    let record = |label: u8| [&[label][..], &[7; 3072]].concat();
    std::fs::create_dir_all(place.path("cifar")).unwrap();
    std::fs::write(place.path("cifar/data_batch_1.bin"), [record(1), record(0)].concat()).unwrap();
    std::fs::write(place.path("cifar/batches.meta.txt"), "plane\ncar/van\n").unwrap();
    place.ok(&["data", "export", "cifar", "-o", "cifar-out"]);
    assert!(place.path("cifar-out/plane/train-00001.png").exists());
    assert!(place.path("cifar-out/car%2Fvan/train-00000.png").exists());
}

#[test]
fn a_check_says_what_a_folder_was_taken_for() {
    let place = Place::new();
    domains(&place.path("data"), 6);
    std::fs::write(place.path("data/notes.txt"), "notes").unwrap();
    let text = place.ok(&["data", "check", "data"]);
    assert!(
        text.contains("layout    split folders of several classes: trainA and trainB hold training images"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&place.ok(&["data", "check", "data", "--json"])).unwrap();
    assert_eq!(json["layout"]["left_out"][0]["what"], ".txt");
    assert_eq!((&json["labeled"], &json["classes"][1]["name"]), (&12.into(), &"B".into()));
}

#[test]
fn an_export_of_a_set_without_labels_has_none() {
    let place = Place::new();
    for name in ["00000/a.png", "00000/b.png", "00001/a.png"] {
        picture(&place.path("data").join(name), 16, 16);
    }
    std::fs::write(place.path("data/dataset.json"), r#"{"labels": null}"#).unwrap();
    place.ok(&["data", "export", "data", "-o", "out"]);
    for name in ["00000-a.png", "00000-b.png", "00001-a.png"] {
        assert!(place.path("out").join(name).exists(), "{name}");
    }
    let json: serde_json::Value = serde_json::from_str(&place.ok(&["data", "check", "out", "--json"])).unwrap();
    assert_eq!((&json["count"], &json["labeled"]), (&3.into(), &0.into()));
}
