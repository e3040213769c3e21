//! Containers and formats, from files written by the tests.

mod common;

use std::path::Path;

use common::{encoded, gz, idx, numbered_image, png, put, tar, zip};
use gannet_data::{DataError, Source, Split, list, open};
use image::ImageFormat;

fn train(path: &Path) -> Result<std::sync::Arc<dyn Source>, DataError> {
    open(path.to_str().unwrap(), Split::Train, 0, 32)
}

fn error(path: &Path) -> String {
    train(path).map(|_| ()).unwrap_err().to_string()
}

/// The red of each image, which is its number.
fn reds(source: &dyn Source) -> Vec<u8> {
    (0..source.len()).map(|index| source.read(index).unwrap().to_rgb8()[(0, 0)].0[0]).collect()
}

fn two_classes() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("set/train/dog/b.png", png(4)),
        ("set/train/cat/a.png", png(1)),
        ("set/train/cat/b.bmp", encoded(&numbered_image(2), ImageFormat::Bmp)),
        ("set/train/dog/a.webp", encoded(&numbered_image(3), ImageFormat::WebP)),
        ("set/val/cat/z.png", png(9)),
        ("set/readme.txt", b"hello".to_vec()),
        ("__MACOSX/set/train/cat/._a.png", b"junk".to_vec()),
        ("set/train/.hidden/a.png", b"junk".to_vec()),
        ("set/train/cat/Thumbs.db", b"junk".to_vec()),
    ]
}

#[test]
fn class_folders_read_the_same_in_every_container() {
    let root = tempfile::tempdir().unwrap();
    let files = two_classes();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    for (name, bytes) in &files {
        put(root.path(), &format!("folder/{name}"), bytes);
    }
    let packed = tar(&files);
    let paths = [
        root.path().join("folder"),
        put(root.path(), "set.zip", &zip(&files)),
        put(root.path(), "set.tar", &packed),
        put(root.path(), "set.tar.gz", &gz(&packed)),
        put(root.path(), "named-otherwise", &gz(&packed)),
        put(root.path(), "around/set.tgz", &gz(&packed)).parent().unwrap().to_owned(),
    ];
    let fingerprint = train(&paths[0]).unwrap().fingerprint();
    for path in paths {
        let source = train(&path).unwrap();
        assert_eq!(reds(source.as_ref()), [1, 2, 3, 4], "{}", path.display());
        assert_eq!(source.classes(), ["cat", "dog"]);
        assert_eq!((0..4).filter_map(|i| source.label(i)).collect::<Vec<_>>(), [0, 0, 1, 1]);
        assert_eq!(source.name(0), "set/train/cat/a.png");
        assert_eq!(source.fingerprint(), fingerprint);
        let test = open(path.to_str().unwrap(), Split::Test, 0, 32).unwrap();
        assert_eq!(reds(test.as_ref()), [9]);
    }
}

#[test]
fn images_are_recognized_by_content_not_by_name() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.jpg", &png(1));
    put(root.path(), "b", &png(2));
    put(root.path(), "c.data", &png(3));
    put(root.path(), "d.png", b"only a text");
    put(root.path(), "e.gif", b"GIF89a......................");
    put(root.path(), "f.txt", b"a note");
    let source = train(root.path()).unwrap();
    assert_eq!(source.len(), 5);
    assert_eq!(source.read(0).unwrap().to_rgb8()[(0, 0)].0[0], 1);
    assert!(source.read(3).unwrap_err().to_string().contains("d.png: not a PNG"));
    assert!(source.read(4).unwrap_err().to_string().contains("e.gif: Gif images are not supported"));
}

#[test]
fn a_fingerprint_shows_a_changed_set() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.png", &png(1));
    put(root.path(), "b.png", &png(2));
    let before = train(root.path()).unwrap().fingerprint();
    assert_eq!(train(root.path()).unwrap().fingerprint(), before);
    put(root.path(), "c.png", &png(3));
    assert_ne!(train(root.path()).unwrap().fingerprint(), before);
}

#[test]
fn a_listing_gives_names_and_labels() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "cat/a.png", &png(1));
    put(root.path(), "dog/b.png", &png(1));
    let items = list(root.path().to_str().unwrap(), Split::Train).unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((items[1].name.as_str(), items[1].label.as_deref()), ("dog/b.png", Some("dog")));
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.png", &png(1));
    std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.path().join("dangling.png")).unwrap();
    assert_eq!(train(root.path()).unwrap().len(), 1);
}

#[test]
fn places_without_images_say_so() {
    let root = tempfile::tempdir().unwrap();
    let missing = root.path().join("missing");
    assert!(error(&missing).contains("no such file or folder") && error(&missing).contains("missing"));
    assert!(error(root.path()).contains("holds no images and no other file"), "{}", error(root.path()));
    std::fs::create_dir_all(root.path().join("sub/deeper")).unwrap();
    assert!(error(root.path()).contains("holds no images"));
    put(root.path(), "sub/notes.txt", b"a note");
    assert!(error(root.path()).contains("its only file is sub/notes.txt"), "{}", error(root.path()));
    let text = put(root.path(), "text.txt", b"not an archive at all");
    assert!(error(&text).contains("not an archive"));
    let image = put(root.path(), "one.png", &png(1));
    assert!(error(&image).contains("a single image; give the folder"), "{}", error(&image));
    let empty = put(root.path(), "empty.zip", b"");
    assert!(error(&empty).contains("an empty file"));
    let fake = put(root.path(), "fake.zip", b"not an archive at all");
    assert!(error(&fake).contains("damaged: not what its name says"));
    assert!(error(&put(root.path(), "no.zip", &zip(&[("a.txt", b"x")]))).contains("holds no images"));
}

#[test]
fn a_missing_split_is_an_error_that_helps() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "a.png", &png(1));
    let error = open(root.path().to_str().unwrap(), Split::Test, 0, 32).map(|_| ()).unwrap_err();
    assert!(matches!(error, DataError::NoSplit { .. }));
    assert!(error.to_string().contains("has no test images; use its training images"), "{error}");
}

#[test]
fn one_archive_next_to_text_files_stands_for_its_folder() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "readme.md", b"about");
    put(root.path(), "train.zip", &zip(&[("a.png", &png(1)), ("b.png", &png(2))]));
    assert_eq!(train(root.path()).unwrap().len(), 2);
    put(root.path(), "test.zip", &zip(&[("a.png", &png(1))]));
    assert_eq!(train(root.path()).unwrap().len(), 2);
    put(root.path(), "train.zip", b"");
    std::fs::rename(root.path().join("train.zip"), root.path().join("other.zip")).unwrap();
    assert!(error(root.path()).contains("2 archives; name the one you mean"), "{}", error(root.path()));
}

fn mnist(root: &Path) {
    let pixels: Vec<u8> = (0..3 * 4).collect();
    put(root, "train-images-idx3-ubyte.gz", &gz(&idx(&[3, 2, 2], &pixels)));
    put(root, "train-labels-idx1-ubyte.gz", &gz(&idx(&[3], &[2, 0, 1])));
}

#[test]
fn mnist_files_are_read_plain_and_packed() {
    let root = tempfile::tempdir().unwrap();
    mnist(root.path());
    put(root.path(), "t10k-images.idx3-ubyte", &idx(&[1, 2, 2], &[9; 4]));
    let source = train(root.path()).unwrap();
    assert_eq!((source.len(), source.classes().len(), source.label(0)), (3, 3, Some(2)));
    assert_eq!(source.read(1).unwrap().to_luma8().into_raw(), [4, 5, 6, 7]);
    assert_eq!(source.name(2), "train[2]");
    let test = open(root.path().to_str().unwrap(), Split::Test, 0, 32).unwrap();
    assert_eq!((test.len(), test.label(0), test.classes().len()), (1, None, 0));
}

#[test]
fn damaged_mnist_files_are_named() {
    let root = tempfile::tempdir().unwrap();
    mnist(root.path());
    let packed = gz(&idx(&[100, 28, 28], &[7; 78_400]));
    put(root.path(), "train-images-idx3-ubyte.gz", &packed[..packed.len() / 2]);
    assert!(error(root.path()).contains("train-images-idx3-ubyte.gz: damaged"), "{}", error(root.path()));
    put(root.path(), "train-images-idx3-ubyte.gz", &gz(&idx(&[3, 2, 2], &[1; 11])));
    assert!(error(root.path()).contains("its header says 3×2×2 bytes, it holds 11"), "{}", error(root.path()));
    put(root.path(), "train-images-idx3-ubyte.gz", &gz(&idx(&[u32::MAX; 3], &[1; 12])));
    assert!(error(root.path()).contains("damaged"));
    put(root.path(), "train-images-idx3-ubyte.gz", &gz(&[0, 0, 9, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert!(error(root.path()).contains("starts with [00, 00, 08, 03]"), "{}", error(root.path()));
    put(root.path(), "train-images-idx3-ubyte.gz", &gz(&idx(&[2, 2, 2], &[1; 8])));
    assert!(error(root.path()).contains("2 images but 3 labels"), "{}", error(root.path()));
}

#[test]
fn two_sets_in_one_place_are_not_mixed() {
    let root = tempfile::tempdir().unwrap();
    mnist(&root.path().join("digits"));
    put(root.path(), "digits/train-images-idx3-ubyte", &idx(&[3, 2, 2], &[1; 12]));
    put(root.path(), "photos/deeper/a.png", &png(1));
    assert_eq!(train(root.path()).unwrap().len(), 3, "the unpacked file lies next to the packed one");
    mnist(&root.path().join("clothes"));
    let text = error(root.path());
    assert!(text.contains("clothes/train-images") && text.contains("two data sets"), "{text}");
    put(root.path(), "a.png", &png(1));
    assert_eq!(train(root.path()).unwrap().len(), 2, "images at the top are what is meant");
    put(root.path(), "cifar/a/train.bin", &cifar_record(&[3, 7], [1, 2, 3]));
    put(root.path(), "cifar/b/train.bin", &cifar_record(&[3, 7], [1, 2, 3]));
    assert!(error(&root.path().join("cifar")).contains("two data sets"));
}

fn cifar_record(labels: &[u8], color: [u8; 3]) -> Vec<u8> {
    labels.iter().copied().chain(color.into_iter().flat_map(|v| [v; 1024])).collect()
}

#[test]
fn cifar_batches_are_read_from_folders_and_archives() {
    let root = tempfile::tempdir().unwrap();
    let first = [cifar_record(&[1], [10, 20, 30]), cifar_record(&[0], [11, 21, 31])].concat();
    let files: [(&str, &[u8]); 4] = [
        ("cifar/data_batch_1.bin", &first),
        ("cifar/data_batch_2.bin", &cifar_record(&[1], [12, 22, 32])),
        ("cifar/test_batch.bin", &cifar_record(&[0], [9, 9, 9])),
        ("cifar/batches.meta.txt", b"plane\ncar\n\n"),
    ];
    let archive = put(root.path(), "cifar.tar.gz", &gz(&tar(&files)));
    for (name, bytes) in files {
        put(root.path(), &format!("folder/{name}"), bytes);
    }
    for path in [archive, root.path().join("folder")] {
        let source = train(&path).unwrap();
        assert_eq!(reds(source.as_ref()), [10, 11, 12]);
        assert_eq!(source.read(1).unwrap().to_rgb8()[(31, 31)].0, [11, 21, 31]);
        assert_eq!((source.classes(), source.label(0)), (["plane".to_owned(), "car".to_owned()].as_slice(), Some(1)));
        assert_eq!(open(path.to_str().unwrap(), Split::Test, 0, 32).unwrap().len(), 1);
    }
    put(root.path(), "folder/cifar/data_batch_2.bin", &[0; 3000]);
    assert!(error(&root.path().join("folder")).contains("data_batch_2.bin: damaged: 3000 bytes"));
}

#[test]
fn cifar_100_counts_the_fine_label() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "train.bin", &cifar_record(&[3, 7], [1, 2, 3]));
    let source = train(root.path()).unwrap();
    assert_eq!((source.len(), source.label(0), source.classes().len()), (1, Some(7), 8));
}

#[test]
fn truncated_archives_are_damaged() {
    let root = tempfile::tempdir().unwrap();
    let (a, b) = (png(1), png(2));
    let files: [(&str, &[u8]); 2] = [("a.png", &a), ("b.png", &b)];
    let packed = tar(&files);
    for (name, bytes, keep) in
        [("cut.zip", zip(&files), 200), ("cut.tar", packed.clone(), 1600), ("cut.tar.gz", gz(&packed), 200)]
    {
        let path = put(root.path(), name, &bytes[..keep]);
        assert!(error(&path).contains(&format!("{name}: damaged")), "{}", error(&path));
    }
}

#[test]
fn unknown_sizes_of_shapes_are_refused() {
    assert!(open("shapes", Split::Train, 0, 0).map(|_| ()).unwrap_err().to_string().contains("4 to 4096"));
    assert_eq!(open("shapes", Split::Test, 0, 48).unwrap().read(0).unwrap().width(), 48);
}
