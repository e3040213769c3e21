//! Which files of a run's folder Gannet wrote. Whatever else lies there is the user's, and stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gannet_apply::run::{CHECKPOINTS_FOLDER, RECIPE_FILE};
use gannet_weights::is_unfinished;

/// The file that is locked while a process trains.
pub const LOCK: &str = "gannet.lock";

/// Files that a run writes beside its recipe, folders and event files.
const FILES: [&str; 5] = ["metrics.jsonl", "metrics.jsonl.damaged", "film.gif", "plot.svg", "report.html"];

/// What a name stands for in a folder of a run.
#[derive(Clone, Copy)]
enum Known {
    /// A file that goes with the run.
    File,
    /// A folder that goes with the run if nothing else lies in it.
    Folder(fn(&str) -> Option<Known>),
    /// A file that outlives the run.
    Stays,
}

/// What is removed with a run, and what is not.
#[derive(Debug, Default)]
pub struct RunFiles {
    files: Vec<PathBuf>,
    /// inner ones first
    folders: Vec<PathBuf>,
    /// Files and folders that Gannet did not write, relative to the run's folder, in order of their names.
    pub foreign: Vec<PathBuf>,
}

impl RunFiles {
    /// What lies in the folder `run`, apart from the recipe and the lock.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn list(run: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        found.add(run, Path::new(""), in_run)?;
        found.foreign.sort();
        Ok(found)
    }

    fn add(&mut self, run: &Path, below: &Path, known: fn(&str) -> Option<Known>) -> io::Result<()> {
        for entry in fs::read_dir(run.join(below))? {
            let name = entry?.file_name();
            let relative = below.join(&name);
            let path = run.join(&relative);
            match (name.to_str().and_then(known), path.is_dir()) {
                (Some(Known::File), false) => self.files.push(path),
                (Some(Known::Folder(inside)), true) => {
                    self.add(run, &relative, inside)?;
                    self.folders.push(path);
                }
                (Some(Known::Stays), false) => {}
                _ => self.foreign.push(relative),
            }
        }
        Ok(())
    }

    /// A foreign file inside a checkpoint, whose folder cannot be used again without losing it.
    pub fn foreign_in_checkpoint(&self) -> Option<&Path> {
        let inside = |path: &&PathBuf| path.starts_with(CHECKPOINTS_FOLDER) && path.components().count() > 2;
        self.foreign.iter().find(inside).map(PathBuf::as_path)
    }

    /// Removes the run's files, and those of its folders that are empty then.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove(&self) -> io::Result<()> {
        self.files.iter().try_for_each(fs::remove_file)?;
        for folder in &self.folders {
            // What holds something else, and a link to a folder, stay.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

fn in_run(name: &str) -> Option<Known> {
    match name {
        LOCK | RECIPE_FILE => Some(Known::Stays),
        CHECKPOINTS_FOLDER => Some(Known::Folder(in_checkpoints)),
        "samples" => Some(Known::Folder(in_samples)),
        _ if FILES.contains(&name) || is_event_file(name) || is_unfinished(name.as_ref()) => Some(Known::File),
        _ => None,
    }
}

/// TensorBoard's files are called `events.out.tfevents.SECONDS.gannet.NUMBER`.
fn is_event_file(name: &str) -> bool {
    let numbers = name.strip_prefix("events.out.tfevents.").and_then(|rest| rest.split_once(".gannet."));
    numbers.is_some_and(|(seconds, number)| is_number(seconds) && is_number(number))
}

fn in_samples(name: &str) -> Option<Known> {
    let step = name.strip_prefix("step-").and_then(|rest| rest.strip_suffix(".png"));
    (step.is_some_and(is_number) || is_unfinished(name.as_ref())).then_some(Known::File)
}

fn in_checkpoints(name: &str) -> Option<Known> {
    let step = name.strip_prefix("step-").map(|rest| rest.strip_suffix(".damaged").unwrap_or(rest));
    let is_checkpoint = step.is_some_and(is_number);
    (is_checkpoint || is_unfinished(name.as_ref())).then_some(Known::Folder(in_checkpoint))
}

fn in_checkpoint(name: &str) -> Option<Known> {
    let is_ours = name == "state.json" || name.ends_with(".safetensors") || is_unfinished(name.as_ref());
    // A checkpoint that was being removed lies below another folder.
    if name == "removed" { Some(Known::Folder(in_checkpoint)) } else { is_ours.then_some(Known::File) }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, name: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }

    #[test]
    fn what_a_run_writes_goes_and_everything_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let ours = [
            "metrics.jsonl",
            "events.out.tfevents.1732888888.gannet.000",
            "film.gif",
            "plot.svg",
            "report.html",
            ".gannet-0123456789ab.part",
            "samples/step-00000500.png",
            "checkpoints/step-00000500/state.json",
            "checkpoints/step-00000500/generator.safetensors",
            "checkpoints/step-00000600.damaged/ema.safetensors",
            "checkpoints/.gannet-0123456789ab.part/removed/ema.safetensors",
        ];
        let theirs = [
            ".git/HEAD",
            "checkpoints/notes.txt",
            "events.out.tfevents.1732888888.host.1.0",
            "film.gif.bak",
            "photos/a.png",
            "samples/best.png",
            "thesis.tex",
        ];
        ours.iter().chain(&theirs).chain(&["recipe.toml", "gannet.lock"]).for_each(|name| write(root.path(), name));
        let found = RunFiles::list(root.path()).unwrap();
        let foreign: Vec<&str> = found.foreign.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(foreign, [".git", theirs[1], theirs[2], theirs[3], "photos", theirs[5], theirs[6]]);
        assert_eq!(found.foreign_in_checkpoint(), None);
        found.remove().unwrap();
        ours.iter().for_each(|name| assert!(!root.path().join(name).exists(), "{name}"));
        for name in theirs.iter().chain(&["recipe.toml", "gannet.lock"]) {
            assert_eq!(fs::read_to_string(root.path().join(name)).unwrap(), *name);
        }
        assert!(!root.path().join("checkpoints/step-00000500").exists());
    }

    #[test]
    fn a_note_inside_a_checkpoint_is_found() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "checkpoints/step-00000500/notes.txt");
        let found = RunFiles::list(root.path()).unwrap();
        assert_eq!(found.foreign_in_checkpoint(), Some(Path::new("checkpoints/step-00000500/notes.txt")));
    }

    /// Only what a run writes is named like it: a folder that is called as a file is the user's.
    #[test]
    fn a_folder_with_a_files_name_stays() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "film.gif/frame.png");
        RunFiles::list(root.path()).unwrap().remove().unwrap();
        assert!(root.path().join("film.gif/frame.png").exists());
    }
}
