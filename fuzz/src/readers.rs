//! The readers: whatever takes a file of a user's.

use std::fs;
use std::path::{Path, PathBuf};

use gannet_apply::checkpoint::State;
use gannet_apply::translator::TranslatorWeights;
use gannet_data::{Split, open, read_image};
use gannet_ops::device::device;
use gannet_recipe::Recipe;
use gannet_train::sinks::jsonl;

use crate::seeds;

/// Images of a data set that are decoded, at most.
const IMAGES: usize = 3;

/// A reader of one kind of file.
pub struct Reader {
    /// Its name in reports.
    pub name: &'static str,
    /// Valid files.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads a file, by way of a folder where it needs one, and says whether it was accepted.
    pub read: fn(&[u8], &Path) -> bool,
}

/// All readers.
pub static READERS: &[Reader] = &[
    Reader { name: "picture", seeds: seeds::pictures, read: |bytes, _| gannet_data::decode("picture", bytes).is_ok() },
    Reader { name: "archive", seeds: seeds::archives, read: |bytes, at| data_set(&file(at, "archive", bytes)) },
    Reader {
        name: "idx",
        seeds: seeds::idx,
        read: |bytes, at| data_set(&folder(at, "train-images-idx3-ubyte", bytes)),
    },
    Reader { name: "cifar", seeds: seeds::cifar, read: |bytes, at| data_set(&folder(at, "data_batch_1.bin", bytes)) },
    Reader { name: "parquet", seeds: seeds::parquet, read: |bytes, at| data_set(&file(at, "table.parquet", bytes)) },
    Reader { name: "arrow", seeds: seeds::arrow, read: |bytes, at| data_set(&file(at, "table.arrow", bytes)) },
    Reader { name: "lmdb", seeds: seeds::lmdb, read: |bytes, at| data_set(&file(at, "data.mdb", bytes)) },
    Reader { name: "hdf5", seeds: seeds::hdf5, read: |bytes, at| data_set(&file(at, "arrays.h5", bytes)) },
    Reader { name: "numpy", seeds: seeds::numpy, read: |bytes, at| data_set(&folder(at, "images.npy", bytes)) },
    Reader { name: "labels", seeds: seeds::labels, read: |bytes, at| data_set(&labeled(at, bytes)) },
    Reader { name: "weights", seeds: seeds::weights, read: |bytes, at| weights(&file(at, "weights", bytes)) },
    Reader { name: "recipe", seeds: seeds::recipes, read: |bytes, _| text(bytes, recipe) },
    Reader { name: "state", seeds: seeds::states, read: |bytes, _| text(bytes, state) },
    Reader { name: "metrics", seeds: seeds::metrics, read: |bytes, at| metrics(&file(at, "metrics.jsonl", bytes)) },
];

fn file(scratch: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = scratch.join(name);
    fs::write(&path, bytes).expect("a temporary file");
    path
}

/// A folder that holds this file alone.
fn folder(scratch: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let folder = scratch.join(format!("{name}.set"));
    fs::create_dir_all(&folder).expect("a temporary folder");
    fs::write(folder.join(name), bytes).expect("a temporary file");
    folder
}

/// A folder of one picture whose label is in `dataset.json`.
fn labeled(scratch: &Path, bytes: &[u8]) -> PathBuf {
    let folder = folder(scratch, "dataset.json", bytes);
    fs::write(folder.join("a.png"), &seeds::pictures()[0]).expect("a temporary file");
    folder
}

fn data_set(path: &Path) -> bool {
    let Ok(source) = open(&path.display().to_string(), Split::Train, 0, 32) else { return false };
    let images = source.len().min(IMAGES);
    (0..images).all(|index| {
        let (name, label) = (source.name(index), source.label(index));
        // What commands do with every image: its name, its class, its pixels.
        assert!(label.is_none_or(|label| label < source.classes().len()), "{name} has no class");
        read_image(source.as_ref(), index).is_ok()
    })
}

/// Reads weights, and builds the network that they are recognized as.
fn weights(path: &Path) -> bool {
    let cpu = device("cpu").expect("a CPU");
    match TranslatorWeights::read(path) {
        Ok(found) => found.build(&cpu).is_ok(),
        // Other networks and features of networks are files of tensors too.
        Err(_) => gannet_weights::read_weights(path).is_ok(),
    }
}

fn text(bytes: &[u8], read: fn(&str) -> bool) -> bool {
    std::str::from_utf8(bytes).is_ok_and(read)
}

fn recipe(text: &str) -> bool {
    Recipe::from_toml(text, "mine.toml", &[]).is_ok()
}

fn state(text: &str) -> bool {
    State::parse(text, Path::new("state.json")).is_ok()
}

fn metrics(path: &Path) -> bool {
    jsonl::read(path).is_ok() && jsonl::truncate_after(path, 3).is_ok()
}
