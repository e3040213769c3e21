//! Mutated files for every reader: does any of them panic, abort, hang or ask for too much memory?
//!
//! ```text
//! cargo xtask fuzz --minutes 5        all readers in turn
//! gannet-fuzz --inputs 1000000        a number of inputs instead of a time
//! ```
//!
//! An input is a function of its number alone: a valid file, mutated by random numbers that the number seeds. A child process
//! reads the inputs, with its memory limited, and keeps the number of the current one in a file; so the parent knows which
//! input a dead or hanging child was at. What was found is written to `target/fuzz/`, made smaller where that keeps the fault.
//! Once mended, it belongs into `fuzz/corpus/READER/`, whose files a test reads again.

mod child;
mod mutate;
mod parent;
mod readers;
mod seeds;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use parent::Limit;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--minutes", minutes] => {
            number(minutes).map(|n| Limit::Time(Duration::from_secs(60 * n))).and_then(parent::run)
        }
        ["--inputs", count] => number(count).map(Limit::Inputs).and_then(parent::run),
        ["--child", first, progress] => {
            number(first).map(|first| child::run(first, &PathBuf::from(progress))).map(|()| 0)
        }
        _ => Err("usage: gannet-fuzz --minutes N | --inputs N".to_owned()),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("gannet-fuzz: {message}");
            ExitCode::from(2)
        }
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readers::READERS;

    /// Every reader accepts its seeds, so that mutations begin inside the format.
    #[test]
    fn valid_files_are_read() {
        let scratch = tempfile::tempdir().unwrap();
        for reader in READERS {
            let seeds = (reader.seeds)();
            assert!(!seeds.is_empty(), "{} has no seeds", reader.name);
            for (number, seed) in seeds.iter().enumerate() {
                assert!((reader.read)(seed, scratch.path()), "seed {number} of {} is refused", reader.name);
            }
        }
    }

    /// Faults that were found once stay mended.
    #[test]
    fn the_corpus_is_read_without_a_panic() {
        let scratch = tempfile::tempdir().unwrap();
        let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
        for reader in READERS {
            let Ok(files) = std::fs::read_dir(corpus.join(reader.name)) else { continue };
            for file in files.flatten() {
                (reader.read)(&std::fs::read(file.path()).unwrap(), scratch.path());
            }
        }
    }

    #[test]
    fn an_input_is_a_function_of_its_number() {
        let seed = vec![7; 100];
        let inputs: Vec<_> = (0..200).map(|number| mutate::mutated(&seed, &seed, number)).collect();
        assert_eq!(inputs, (0..200).map(|number| mutate::mutated(&seed, &seed, number)).collect::<Vec<_>>());
        let different = inputs.iter().collect::<std::collections::BTreeSet<_>>();
        assert!(different.len() > 150, "{} of 200 inputs differ", different.len());
    }

    /// A hundred mutations of each seed, in each test run.
    #[test]
    fn a_few_mutations_end_in_words() {
        let scratch = tempfile::tempdir().unwrap();
        for reader in READERS {
            for seed in (reader.seeds)() {
                for number in 0..100 {
                    (reader.read)(&mutate::mutated(&seed, &seed, number), scratch.path());
                }
            }
        }
    }
}
