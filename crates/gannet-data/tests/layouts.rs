//! Data sets as their authors lay them out: counts, classes, splits, and what is left out.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{SPEC, gz, idx, png, put, tar, zip};
use gannet_data::{DataError, LayoutChoice, Loader, PairedSource, PatchSource, SideBySide, Source, Split, check, open};
use image::{DynamicImage, ImageFormat, RgbImage};

fn opened(path: &Path, split: Split) -> Result<Arc<dyn Source>, DataError> {
    open(path.to_str().unwrap(), split, 0, 32)
}

fn train(path: &Path) -> Arc<dyn Source> {
    opened(path, Split::Train).unwrap()
}

fn error(path: &Path) -> String {
    opened(path, Split::Train).map(|_| ()).unwrap_err().to_string()
}

fn labels(source: &dyn Source) -> Vec<usize> {
    (0..source.len()).filter_map(|index| source.label(index)).collect()
}

/// The red of each image, which is its number.
fn reds(source: &dyn Source) -> Vec<u8> {
    (0..source.len()).map(|index| source.read(index).unwrap().to_rgb8()[(0, 0)].0[0]).collect()
}

/// A zip as StyleGAN's tool writes it: four images in two numbered folders.
fn stylegan(json: &str) -> Vec<u8> {
    let images: Vec<Vec<u8>> = (0..4).map(png).collect();
    zip(&[
        ("00000/img00000000.png", &images[0]),
        ("00000/img00000001.png", &images[1]),
        ("00001/img00000002.png", &images[2]),
        ("00001/img00000003.png", &images[3]),
        ("dataset.json", json.as_bytes()),
    ])
}

const LABELS: &str = r#"{"labels": [["00000/img00000000.png", 1], ["00000/img00000001.png", 0],
    ["00001/img00000002.png", 3], ["00001/img00000003.png", 1]]}"#;

#[test]
fn labels_of_stylegan_sets_come_from_dataset_json() {
    let root = tempfile::tempdir().unwrap();
    let source = train(&put(root.path(), "labels.zip", &stylegan(LABELS)));
    assert_eq!((source.classes().len(), labels(source.as_ref())), (4, vec![1, 0, 3, 1]));
    assert_eq!(source.warnings(), ["1 of 4 classes have no images: 2"]);
    let source = train(&put(root.path(), "none.zip", &stylegan(r#"{"labels": null}"#)));
    assert_eq!((source.len(), source.classes().len(), source.warnings().len()), (4, 0, 0));
    for number in 0..4 {
        put(root.path(), &format!("folder/0000{}/img0000000{number}.png", number / 2), &png(number));
    }
    put(root.path(), "folder/dataset.json", LABELS.as_bytes());
    assert_eq!(labels(train(&root.path().join("folder")).as_ref()), [1, 0, 3, 1]);
}

#[test]
fn what_dataset_json_lacks_or_has_too_much_is_reported() {
    let root = tempfile::tempdir().unwrap();
    let json = r#"{"labels": [["00000/img00000000.png", 0], ["00001/img00000002.png", 1], ["00007/gone.png", 1]]}"#;
    let source = train(&put(root.path(), "other.zip", &stylegan(json)));
    assert_eq!((reds(source.as_ref()), labels(source.as_ref())), (vec![0, 2], vec![0, 1]));
    let said = source.warnings().join("\n");
    assert!(
        said.contains("dataset.json names 1 images that are not there, the first of them 00007/gone.png"),
        "{said}"
    );
    assert!(said.contains("images without a label: 2 left out"), "{said}");
    let vectors = r#"{"labels": [["00000/img00000000.png", [0.5, 1.0]], ["00000/img00000001.png", [0.1, 1.0]]]}"#;
    let source = train(&put(root.path(), "vectors.zip", &stylegan(vectors)));
    assert_eq!((source.len(), source.classes().len()), (4, 0));
    assert!(source.warnings()[0].contains("labels that are not whole numbers, such as [0.5,1.0]"));
    for (json, reason) in [
        (r#"{"labels": [["a.png", 1]]}"#, "it labels none of the 4 images; it names a.png"),
        (r#"{"labels": [["00000/img00000000.png", -1]]}"#, "is no class: -1"),
        (r#"{"labels": [[1]]}"#, "is not a pair of a name and a number: [1]"),
        ("{", "it is no JSON"),
    ] {
        let message = error(&put(root.path(), "bad.zip", &stylegan(json)));
        assert!(message.contains("dataset.json: damaged") && message.contains(reason), "{message}");
    }
}

#[test]
fn archives_may_begin_names_with_a_dot_and_hold_links() {
    let root = tempfile::tempdir().unwrap();
    let images: Vec<Vec<u8>> = (0..3).map(png).collect();
    let files: [(&str, &[u8]); 3] =
        [("./imgs/0.png", &images[0]), ("./imgs/1.png", &images[1]), (".\\imgs\\2.png", &images[2])];
    let source = train(&put(root.path(), "dots.zip", &zip(&files)));
    assert_eq!((source.len(), source.name(0)), (3, "imgs/0.png".to_owned()));

    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(images[0].len() as u64);
    tar.append_data(&mut header, "set/a.png", images[0].as_slice()).unwrap();
    header.set_size(0);
    for (kind, name, target) in [
        (tar::EntryType::Link, "set/b.png", "set/a.png"),
        (tar::EntryType::Symlink, "set/deeper/c.png", "../b.png"),
        (tar::EntryType::Symlink, "set/lost.png", "../../outside.png"),
    ] {
        header.set_entry_type(kind);
        tar.append_link(&mut header, name, target).unwrap();
    }
    let source = train(&put(root.path(), "links.tar", &tar.into_inner().unwrap()));
    assert_eq!(reds(source.as_ref()), [0, 0, 0]);
    assert_eq!(source.warnings().len(), 1);
    assert!(source.warnings()[0].contains("1 links lead to no file of the archive"), "{:?}", source.warnings());
}

/// A shard of WebDataset with images of these numbers, their classes and masks.
fn shard(numbers: std::ops::Range<u8>) -> Vec<u8> {
    let mut files = Vec::new();
    for number in numbers {
        files.push((format!("{number:06}.cls"), (number % 3).to_string().into_bytes()));
        files.push((format!("{number:06}.png"), png(number)));
        files.push((format!("{number:06}.mask.png"), png(255)));
    }
    tar(&files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect::<Vec<_>>())
}

#[test]
fn shards_of_webdataset_are_one_set() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "train-000000.tar", &shard(0..4));
    put(root.path(), "train-000001.tar", &shard(4..7));
    put(root.path(), "val-000000.tar", &shard(0..2));
    let source = train(root.path());
    assert_eq!(reds(source.as_ref()), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!((labels(source.as_ref()), source.classes().len()), (vec![0, 1, 2, 0, 1, 2, 0], 3));
    assert_eq!(source.name(4), "train-000001/000004.png");
    assert!(source.warnings()[0].starts_with(".mask.png files: 7 left out"), "{:?}", source.warnings());
    let test = opened(root.path(), Split::Test).unwrap();
    assert_eq!((reds(test.as_ref()), labels(test.as_ref())), (vec![0, 1], vec![0, 1]));
    let reason = &source.layout().unwrap().reason;
    assert!(reason.starts_with("2 archives are one set, train-000000.tar to train-000001.tar; .cls files"), "{reason}");
    let single = train(&root.path().join("train-000000.tar"));
    assert_eq!(labels(single.as_ref()), [0, 1, 2, 0]);
}

#[test]
fn parts_of_a_set_are_read_together_and_other_archives_are_not() {
    let root = tempfile::tempdir().unwrap();
    for part in 1..4 {
        put(
            root.path(),
            &format!("images_part{part}.zip"),
            &zip(&[(&format!("cat/{part}.png"), &png(part)), (&format!("dog/{part}.png"), &png(part))]),
        );
    }
    let source = train(root.path());
    assert_eq!((source.len(), source.classes()), (6, ["cat".to_owned(), "dog".to_owned()].as_slice()));
    put(root.path(), "annotations.zip", &zip(&[("a.txt", b"text")]));
    assert!(error(root.path()).contains("4 archives; name the one you mean: annotations.zip, images_part1.zip"));
    let only = tempfile::tempdir().unwrap();
    put(only.path(), "test.zip", &zip(&[("a.png", &png(1))]));
    put(only.path(), "train.zip", &zip(&[("b.png", &png(2)), ("c.png", &png(3))]));
    assert_eq!(reds(opened(only.path(), Split::Test).unwrap().as_ref()), [1]);
    assert_eq!(reds(train(only.path()).as_ref()), [2, 3]);
}

/// The folders of CycleGAN's sets; 0 to 4 are A and 10 to 12 are B, of which three have equal names.
fn domains(root: &Path) {
    for number in 0..5 {
        put(root, &format!("trainA/{number}.png"), &png(number));
    }
    for number in 0..3 {
        put(root, &format!("trainB/{number}.png"), &png(10 + number));
    }
    put(root, "testA/9.png", &png(20));
    put(root, "testB/9.png", &png(30));
}

#[test]
fn the_folders_of_cyclegan_are_two_classes_and_pairs_by_name() {
    let root = tempfile::tempdir().unwrap();
    domains(root.path());
    let source = train(root.path());
    assert_eq!(
        (source.classes(), labels(source.as_ref())),
        (["A".to_owned(), "B".to_owned()].as_slice(), vec![0, 0, 0, 0, 0, 1, 1, 1])
    );
    let test = opened(root.path(), Split::Test).unwrap();
    assert_eq!((reds(test.as_ref()), labels(test.as_ref())), (vec![20, 30], vec![0, 1]));
    let pairs = PairedSource::of_classes(&source, SPEC).unwrap();
    assert_eq!(pairs.len(), 3);
    assert_eq!(pairs.name(1), "trainA/1.png | trainB/1.png");
    assert_eq!(pairs.warnings(), ["3 pairs; 2 images have no partner of the same name and are left out"]);
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    common::encoded(&DynamicImage::ImageRgb8(RgbImage::new(width, height)), ImageFormat::Png)
}

#[test]
fn halves_of_photographs_are_no_pairs() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "photos/a.png", &picture(64, 64));
    put(root.path(), "photos/b.png", &picture(64, 48));
    let message = SideBySide::new(train(&root.path().join("photos")), "do this").map(|_| ()).unwrap_err().to_string();
    assert!(
        message.contains("64×64 pixels are not two squares side by side") && message.contains("do this"),
        "{message}"
    );
    put(root.path(), "mixed/a.png", &picture(64, 64));
    put(root.path(), "mixed/b.png", &picture(128, 64));
    put(root.path(), "mixed/c.png", &picture(130, 64));
    let pairs = SideBySide::new(train(&root.path().join("mixed")), "").unwrap();
    assert!(pairs.read(0).unwrap_err().to_string().starts_with("a.png: its 64×64 pixels"));
    assert!(pairs.read(1).is_ok() && pairs.read(2).is_ok());
}

#[test]
fn a_report_says_what_a_set_was_taken_for_and_what_is_left_out() {
    let root = tempfile::tempdir().unwrap();
    for name in
        ["images/a.png", "images/b.png", "images/c.gif", "masks/a.png", "images/d.ppm", "images/e.QOI", "readme.txt"]
    {
        let image = png(1);
        put(root.path(), name, if name.ends_with("png") { &image } else { &image[..3] });
    }
    let report = check(root.path().to_str().unwrap(), LayoutChoice::Auto, Split::Train, &SPEC).unwrap();
    assert_eq!((report.count, report.usable, report.labeled), (3, 2, 0));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["layout"]["name"], "images without labels");
    let left_out = report.layout.as_ref().unwrap().left_out.iter();
    let left_out: Vec<(&str, usize)> = left_out.map(|left_out| (left_out.what.as_str(), left_out.count)).collect();
    assert_eq!(left_out, [("folder masks", 1), (".ppm", 1), (".qoi", 1), (".txt", 1)]);
    let table = report.to_string();
    for part in ["layout    images without labels: there are no class folders", "0 labeled", "left out", "1  .ppm"] {
        assert!(table.contains(part), "{part} is missing from\n{table}");
    }
}

#[test]
fn files_that_are_no_images_are_named() {
    let root = tempfile::tempdir().unwrap();
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
    put(root.path(), "lfs/a.png", pointer);
    let message = train(&root.path().join("lfs")).read(0).unwrap_err().to_string();
    assert!(message.contains("not an image but a Git LFS pointer: run `git lfs pull`"), "{message}");
    for (name, content, kind) in [
        ("one.zip", &pointer[..], "Git LFS pointer"),
        ("two.zip", b"<!DOCTYPE html><html></html>", "an HTML page: a download that failed"),
        ("model.onnx", b"\x08\x07onnx", "an ONNX network"),
        ("arrays.npz", &zip(&[("x.npy", b"\x93NUMPY")]), "x.npy: cannot be unpacked"),
        ("table/a.parquet", b"PAR1", "a.parquet: damaged"),
        ("keras/a.h5", b"\x89HDF\r\n\x1a\n", "a.h5: damaged"),
        ("pickle/a.dat", b"\x80\x04\x95", "a Python pickle"),
    ] {
        let path = put(root.path(), name, content);
        let path = if name.contains('/') { path.parent().unwrap() } else { &path };
        assert!(error(path).contains(kind), "{}", error(path));
    }
}

#[test]
fn letters_of_emnist_have_no_class_zero() {
    let root = tempfile::tempdir().unwrap();
    for (split, labels) in [("train", [1, 3, 2]), ("test", [2, 1, 1])] {
        let pixels: Vec<u8> = (0..12).collect();
        put(root.path(), &format!("emnist-letters-{split}-images-idx3-ubyte.gz"), &gz(&idx(&[3, 2, 2], &pixels)));
        put(root.path(), &format!("emnist-letters-{split}-labels-idx1-ubyte.gz"), &gz(&idx(&[3], &labels)));
    }
    let source = train(root.path());
    assert_eq!(
        (source.classes(), labels(source.as_ref())),
        (["1", "2", "3"].map(str::to_owned).as_slice(), vec![0, 2, 1])
    );
    assert_eq!(labels(opened(root.path(), Split::Test).unwrap().as_ref()), [1, 0, 0]);
    // Where one split has class 0, the other counts from 0 too.
    put(root.path(), "emnist-letters-train-labels-idx1-ubyte.gz", &gz(&idx(&[3], &[0, 3, 2])));
    assert_eq!(labels(opened(root.path(), Split::Test).unwrap().as_ref()), [2, 1, 1]);
    assert_eq!(train(root.path()).warnings(), ["1 of 4 classes have no images: 1"]);
}

#[test]
fn no_more_images_are_broken_than_there_are() {
    let folder = common::folder(18, Some(1));
    let patches = Arc::new(PatchSource::new(train(folder.path()), 9000, 8, 0));
    let error = Loader::new(patches, SPEC, 4, 0, 0).next().unwrap_err();
    assert!(matches!(error, DataError::AllBroken { count: 18, .. }), "{error}");
}
