//! Tables of images as the programs wrote them that own the formats: scripts/reference/tables.py says which.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{DataError, Source, Split, open, read_image};

fn table(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/reference/tables").join(name)
}

fn opened(path: &Path, split: Split) -> Result<Arc<dyn Source>, DataError> {
    open(path.to_str().unwrap(), split, 0, 16)
}

/// Whether an image is number `k` of the script.
fn is_image(source: &dyn Source, index: usize, k: usize) -> bool {
    let image = read_image(source, index).unwrap().to_rgb8();
    let pixel = |x: u32, y: u32| image.get_pixel(x, y).0 == [10 * k as u8, x as u8, y as u8];
    image.dimensions() == (5, 6) && (0..30).all(|at| pixel(at % 5, at / 5))
}

#[test]
fn every_table_has_its_images_in_order_with_their_labels() {
    for (name, classes) in [
        ("train.parquet", ["cat", "dog"]),
        ("saved.arrow", ["cat", "dog"]),
        ("biggan.h5", ["0", "1"]),
        ("medmnist.npz", ["0", "1"]),
    ] {
        let set = opened(&table(name), Split::Train).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((set.len(), set.classes()), (6, &classes.map(str::to_owned)[..]), "{name}");
        for k in 0..6 {
            assert!(is_image(set.as_ref(), k, k), "{name}: image {k}");
            assert_eq!(set.label(k), Some(k % 2), "{name}: image {k}");
        }
        let layout = set.layout().unwrap();
        assert!(layout.reason.contains("has the"), "{name}: {layout:?}");
    }
    assert_eq!(opened(&table("medmnist.npz"), Split::Test).unwrap().len(), 3);
}

#[test]
fn a_database_has_its_images_under_their_keys() {
    let set = opened(&table("data.mdb"), Split::Train).unwrap();
    assert_eq!((set.len(), set.classes().len()), (7, 0));
    for k in 0..6 {
        assert!(is_image(set.as_ref(), k, k) && set.name(k) == format!("photo{k}.png"), "{k}: {}", set.name(k));
    }
    // Its value has pages of its own.
    let large = read_image(set.as_ref(), 6).unwrap();
    assert_eq!((large.width(), large.height()), (50, 40));
}

#[test]
fn a_folder_of_tables_has_shards_and_splits() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(root.path().join("README.md"), "a card").unwrap();
    for name in [
        "train-00000-of-00002-0a1b2c3d4e5f6071.parquet",
        "train-00001-of-00002-ffeeddccbbaa9988.parquet",
        "test-00000-of-00001-0123456789abcdef.parquet",
    ] {
        std::fs::copy(table("train.parquet"), data.join(name)).unwrap();
    }
    let train = opened(root.path(), Split::Train).unwrap();
    assert_eq!((train.len(), train.classes().len(), train.label(11)), (12, 2, Some(1)));
    assert!(is_image(train.as_ref(), 7, 1));
    assert_eq!(opened(root.path(), Split::Test).unwrap().len(), 6);
    // What save_to_disk writes: a folder for each split, with the state of the table beside it.
    let saved = tempfile::tempdir().unwrap();
    for split in ["train", "test"] {
        std::fs::create_dir(saved.path().join(split)).unwrap();
        std::fs::copy(table("saved.arrow"), saved.path().join(split).join("data-00000-of-00001.arrow")).unwrap();
        std::fs::write(saved.path().join(split).join("state.json"), "{}").unwrap();
    }
    assert_eq!(opened(saved.path(), Split::Train).unwrap().len(), 6);
    assert_eq!(opened(saved.path(), Split::Test).unwrap().len(), 6);
}

#[test]
fn a_single_array_is_a_set() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("x.npy");
    let mut zip = zip::ZipArchive::new(std::fs::File::open(table("medmnist.npz")).unwrap()).unwrap();
    std::io::copy(&mut zip.by_name("test_images.npy").unwrap(), &mut std::fs::File::create(&path).unwrap()).unwrap();
    std::fs::write(root.path().join("other.png"), "no part of it").unwrap();
    let set = opened(&path, Split::Train).unwrap();
    assert!(set.len() == 3 && is_image(set.as_ref(), 2, 2));
}

#[test]
fn a_table_of_paths_is_refused_with_the_way_out() {
    let error = opened(&table("paths.parquet"), Split::Train).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("without images, only paths such as /photos/0.png"), "{error}");
    assert!(error.contains("embed_external_files"), "{error}");
}

#[test]
fn damaged_tables_end_in_words() {
    let root = tempfile::tempdir().unwrap();
    for name in ["train.parquet", "saved.arrow", "data.mdb", "biggan.h5"] {
        let bytes = std::fs::read(table(name)).unwrap();
        for part in [bytes.len() / 3, bytes.len() * 2 / 3] {
            let path = root.path().join(name);
            std::fs::write(&path, &bytes[..part]).unwrap();
            // A database is damaged only where something of it is gone.
            if let Ok(set) = opened(&path, Split::Train) {
                assert!((0..set.len()).any(|index| read_image(set.as_ref(), index).is_err()), "{name} to {part} bytes");
            }
        }
    }
}
