//! The command, run as a user runs it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings that make any DCGAN recipe quick.
pub const SMALL: [&str; 8] =
    ["--set", "model.width=2", "--set", "train.batch=8", "--set", "sample.count=4", "--set", "model.latent=8"];

/// A folder of its own for a test, and the command run in it.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gannet"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        // What is kept between runs stays in the test's own folder.
        command.env("GANNET_CACHE", self.path("cache"));
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs what must succeed; returns its standard output.
    pub fn ok(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gannet {} failed: {error}", words.join(" "));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what must be refused: exit code 2, one message, no panic; returns the message.
    pub fn refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let error = String::from_utf8(output.stderr).unwrap();
        let call = words.join(" ");
        assert_eq!(output.status.code(), Some(2), "gannet {call}: {error}");
        assert_eq!(error.matches("error:").count(), 1, "gannet {call}: {error}");
        assert!(!error.contains("panicked") && !error.contains("backtrace") && !error.contains("RUST_"), "{error}");
        assert!(output.stdout.is_empty(), "gannet {call} printed a result");
        error
    }

    /// Trains a small run called `run` with further words.
    pub fn train(&self, run: &str, words: &[&str]) -> String {
        self.ok(&[&["train", "--run", run], &SMALL[..], words].concat())
    }
}

/// Every file of a run's checkpoints that is a function of its training state alone, with its bytes.
pub fn checkpoints(run: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = run.join("checkpoints");
    let mut files = Vec::new();
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for checkpoint in entries.filter(|path| path.extension().is_none_or(|extension| extension != "damaged")) {
        for file in std::fs::read_dir(checkpoint).unwrap() {
            let path = file.unwrap().path();
            files.push((path.strip_prefix(&folder).unwrap().to_owned(), std::fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

/// A folder of `count` small PNGs in two class folders.
pub fn pictures(folder: &Path, count: usize) {
    for number in 0..count {
        let class = folder.join(if number % 2 == 0 { "cat" } else { "dog" });
        std::fs::create_dir_all(&class).unwrap();
        let image = image::RgbImage::from_fn(48, 40, |x, y| image::Rgb([x as u8 * 5, y as u8 * 6, number as u8 * 9]));
        image.save(class.join(format!("{number:03}.png"))).unwrap();
    }
}
