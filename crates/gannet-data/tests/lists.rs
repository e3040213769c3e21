//! Splits and labels in files beside the images: lists of names, and tables of metadata.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{png, put};
use gannet_data::{DataError, Source, Split, open};

fn opened(path: &Path, split: Split) -> Result<Arc<dyn Source>, DataError> {
    open(path.to_str().unwrap(), split, 0, 32)
}

/// The names of a split's images, and their classes.
fn found(path: &Path, split: Split) -> (Vec<String>, Vec<String>) {
    let source = opened(path, split).unwrap();
    let names = (0..source.len()).map(|index| source.name(index)).collect();
    let class = |index| source.label(index).map(|label| source.classes()[label].clone());
    (names, (0..source.len()).filter_map(class).collect())
}

fn pictures(root: &Path, paths: &[&str]) {
    for (number, path) in paths.iter().enumerate() {
        put(root, path, &png(number as u8));
    }
}

#[test]
fn lists_of_names_are_splits_of_class_folders() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["images/pie/1.png", "images/pie/2.png", "images/sushi/1.png", "images/sushi/3.png"]);
    put(root.path(), "meta/train.txt", b"pie/1\nsushi/1\n");
    put(root.path(), "meta/test.txt", b"pie/2\nsushi/3\nsushi/gone\n");
    let (names, classes) = found(root.path(), Split::Train);
    assert_eq!(names, ["images/pie/1.png", "images/sushi/1.png"]);
    assert_eq!(classes, ["pie", "sushi"]);
    assert_eq!(found(root.path(), Split::Test).0, ["images/pie/2.png", "images/sushi/3.png"]);
    let source = opened(root.path(), Split::Test).unwrap();
    let layout = source.layout().unwrap();
    assert!(layout.reason.starts_with("meta/test.txt lists the test images; "), "{}", layout.reason);
    assert_eq!(layout.notes, ["1 lines of meta/test.txt name no image"]);
    assert!(layout.warnings()[1].starts_with("images: 2 left out"), "{:?}", layout.warnings());
    // Both lists were read: no text is left over.
    assert_eq!(layout.left_out.len(), 1, "{layout:?}");
}

#[test]
fn the_lists_that_name_the_most_images_count() {
    let root = tempfile::tempdir().unwrap();
    let names = ["JPEGImages/a.png", "JPEGImages/b.png", "JPEGImages/c.png", "SegmentationClass/a.png"];
    pictures(root.path(), &names.map(|name| format!("VOC2012/{name}")).iter().map(String::as_str).collect::<Vec<_>>());
    let list = |name: &str, text: &str| put(root.path(), &format!("VOC2012/ImageSets/{name}.txt"), text.as_bytes());
    list("Segmentation/train", "a\n");
    list("Segmentation/val", "b\n");
    list("Main/train", "a\nb\n");
    list("Main/val", "c\n");
    list("Main/trainval", "a\nb\nc\n");
    list("Main/cat_train", "a 1\nb -1\n");
    assert_eq!(found(root.path(), Split::Train).0, ["VOC2012/JPEGImages/a.png", "VOC2012/JPEGImages/b.png"]);
    assert_eq!(found(root.path(), Split::Test).0, ["VOC2012/JPEGImages/c.png"]);
}

#[test]
fn celeba_s_list_numbers_the_splits() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["celeba/img/1.png", "celeba/img/2.png", "celeba/img/3.png", "celeba/img/4.png"]);
    put(root.path(), "celeba/list_eval_partition.txt", b"1.png 0\n2.png 0\n3.png 1\n4.png 2\n");
    assert_eq!(found(root.path(), Split::Train).0, ["celeba/img/1.png", "celeba/img/2.png"]);
    assert_eq!(found(root.path(), Split::Test).0, ["celeba/img/4.png"]);
}

#[test]
fn cub_s_lists_number_the_images() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["CUB/images/001.A/a.png", "CUB/images/001.A/b.png", "CUB/images/002.B/c.png"]);
    put(root.path(), "CUB/images.txt", b"1 001.A/a.png\n2 001.A/b.png\n3 002.B/c.png\n");
    put(root.path(), "CUB/train_test_split.txt", b"1 0\n2 1\n3 1\n");
    assert_eq!(found(root.path(), Split::Train).0, ["CUB/images/001.A/b.png", "CUB/images/002.B/c.png"]);
    assert_eq!(found(root.path(), Split::Test), (vec!["CUB/images/001.A/a.png".to_owned()], vec!["001.A".to_owned()]));
}

#[test]
fn texts_that_name_no_images_are_no_lists() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["a.png", "b.png"]);
    put(root.path(), "train.txt", b"trained for 3 hours\nthen stopped\n");
    put(root.path(), "test.txt", b"a.png\n");
    assert_eq!(found(root.path(), Split::Train).0, ["a.png", "b.png"]);
    assert!(matches!(opened(root.path(), Split::Test), Err(DataError::NoSplit { .. })));
    put(root.path(), "train.txt", &[0xFF, 0xFE]);
    assert_eq!(found(root.path(), Split::Train).0.len(), 2);
    // Folders go before lists.
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["train/a.png", "train/b.png", "test/c.png"]);
    put(root.path(), "train.txt", b"a.png\n");
    put(root.path(), "test.txt", b"b.png\n");
    assert_eq!(found(root.path(), Split::Train).0.len(), 2);
}

#[test]
fn tables_of_metadata_have_the_labels() {
    let csv = |rows: &str| format!("file_name,text,label\n{rows}");
    let json = |name: &str, label: &str| format!("{{\"file_name\": \"{name}\", \"label\": \"{label}\"}}\n");
    let cases = [
        ("metadata.csv", csv("1.png,\"a, b\",cat\n2.png,c,ant\n3.png,d,dog\n"), csv("9.png,e,dog\n")),
        ("metadata.jsonl", json("1.png", "cat") + &json("2.png", "ant") + &json("3.png", "dog"), json("9.png", "dog")),
    ];
    for (name, train, test) in cases {
        let root = tempfile::tempdir().unwrap();
        pictures(root.path(), &["train/1.png", "train/2.png", "train/3.png", "test/9.png"]);
        put(root.path(), &format!("train/{name}"), train.as_bytes());
        put(root.path(), &format!("test/{name}"), test.as_bytes());
        assert_eq!(found(root.path(), Split::Train).1, ["cat", "ant", "dog"], "{name}");
        // A class has one number in all splits.
        let source = opened(root.path(), Split::Test).unwrap();
        assert_eq!((source.label(0), source.classes().len()), (Some(2), 3), "{name}");
        assert!(source.layout().unwrap().labels_in_files);
        put(root.path(), &format!("train/{name}"), b"file_name,\"label\n2 }\n");
        let message = opened(root.path(), Split::Train).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains("damaged"), "{message}");
    }
}

#[test]
fn other_tables_of_that_name_are_not_read() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["cat/1.png", "dog/2.png"]);
    put(root.path(), "metadata.csv", b"image_id,label\n1,\xE9t\xE9\n");
    put(root.path(), "dog/metadata.jsonl", b"{\"id\": 1, \"label\": 7}\n");
    assert_eq!(found(root.path(), Split::Train).1, ["cat", "dog"]);
}

#[test]
fn a_table_without_labels_leaves_folders_their_classes() {
    let root = tempfile::tempdir().unwrap();
    pictures(root.path(), &["cat/1.png", "dog/2.png"]);
    put(root.path(), "metadata.csv", b"file_name,text\ncat/1.png,a\ndog/2.png,b\n");
    assert_eq!(found(root.path(), Split::Train).1, ["cat", "dog"]);
    put(root.path(), "metadata.csv", b"file_name,label\ncat/1.png,7\ncat/gone.png,7\n");
    let notes = opened(root.path(), Split::Train).unwrap().layout().unwrap().notes.clone();
    assert_eq!(notes[0], "the metadata name 1 images that are not there, the first of them cat/gone.png");
    let (names, classes) = found(root.path(), Split::Train);
    assert_eq!((names.as_slice(), classes.as_slice()), (&["cat/1.png".to_owned()][..], &["7".to_owned()][..]));
}
