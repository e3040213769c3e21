//! The process that reads: it may die.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::mutate::mutated;
use crate::readers::{READERS, Reader};

/// Input number `number`: its reader and its bytes.
pub struct Inputs {
    seeds: Vec<(&'static Reader, Vec<Vec<u8>>)>,
}

impl Inputs {
    /// The seeds of every reader.
    pub fn new() -> Self {
        Self { seeds: READERS.iter().map(|reader| (reader, (reader.seeds)())).collect() }
    }

    /// Readers take turns, and then their seeds.
    pub fn get(&self, number: u64) -> (&'static Reader, Vec<u8>) {
        let readers = self.seeds.len() as u64;
        let (reader, seeds) = &self.seeds[(number % readers) as usize];
        let turn = (number / readers) as usize;
        (reader, mutated(&seeds[turn % seeds.len()], &seeds[(turn / 7) % seeds.len()], number))
    }
}

/// Reads inputs from number `first` on until it is killed. The number of the current one is the content of `progress`; a
/// panic is one line on standard output.
pub fn run(first: u64, progress: &Path) {
    let inputs = Inputs::new();
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut current = File::create(progress).expect("the parent's folder");
    std::panic::set_hook(Box::new(|_| {}));
    for number in first.. {
        let (reader, bytes) = inputs.get(number);
        let written = current.seek(SeekFrom::Start(0)).and_then(|_| current.write_all(&number.to_le_bytes()));
        written.expect("the parent's folder");
        if panics(reader, &bytes, scratch.path()) {
            println!("{number}");
        }
    }
}

/// Whether the reader panics on these bytes.
pub fn panics(reader: &Reader, bytes: &[u8], scratch: &Path) -> bool {
    catch_unwind(AssertUnwindSafe(|| (reader.read)(bytes, scratch))).is_err()
}
