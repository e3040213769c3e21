//! Published data sets, where they are present: in `GANNET_DATA`, or in `shared/data` next to the repository.

use std::path::{Path, PathBuf};

use gannet_data::{Fit, ImageSpec, Loader, Source, Split, open};

/// A set's folder; prints a line and gives `None` if it is missing.
fn find(name: &str) -> Option<PathBuf> {
    let next_to_it = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("GANNET_DATA").map_or_else(next_to_it, PathBuf::from).join(name);
    if !path.exists() {
        println!("skipped: {} is missing", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path, split: Split) -> std::sync::Arc<dyn Source> {
    open(path.to_str().unwrap(), split, 0, 64).unwrap()
}

#[test]
fn mnist() {
    let Some(path) = find("mnist") else { return };
    let (train, test) = (read(&path, Split::Train), read(&path, Split::Test));
    assert_eq!((train.len(), train.classes().len(), train.label(0)), (60_000, 10, Some(5)));
    assert_eq!((test.len(), test.label(0)), (10_000, Some(7)));
    let image = train.read(0).unwrap();
    assert_eq!((image.width(), image.height()), (28, 28));
}

#[test]
fn fashion_mnist_has_no_test_part_here() {
    let Some(path) = find("fashion-mnist") else { return };
    assert_eq!(read(&path, Split::Train).len(), 60_000);
    assert!(open(path.to_str().unwrap(), Split::Test, 0, 64).is_err());
}

#[test]
fn cifar_10_from_a_folder_that_holds_one_archive() {
    let Some(path) = find("cifar10-jpg") else { return };
    let source = read(&path, Split::Train);
    assert_eq!((source.len(), source.classes().len()), (50_000, 10));
    assert_eq!((source.name(0).as_str(), source.classes()[9].as_str()), ("train/airplane/0000.jpg", "truck"));
    let spec = ImageSpec { size: 32, channels: 3, fit: Fit::Crop, flip: true, shift: 0, paired: false };
    let batch = Loader::new(source, spec, 64, 0, 100).next().unwrap();
    assert_eq!((batch.images.len(), batch.labels.len()), (64 * 3 * 1024, 64));
}

#[test]
fn photos_in_folders() {
    for (name, train, test, classes) in
        [("ants-bees", 243, None, 2), ("bsds500", 200, Some(50), 0), ("camvid-256", 367, Some(101), 0)]
    {
        let Some(path) = find(name) else { continue };
        let source = read(&path, Split::Train);
        assert_eq!((source.len(), source.classes().len()), (train, classes), "{name}");
        assert!(source.read(0).is_ok());
        let found = open(path.to_str().unwrap(), Split::Test, 0, 64).ok().map(|source| source.len());
        assert_eq!(found, test, "{name}");
    }
}
