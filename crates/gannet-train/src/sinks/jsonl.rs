//! `metrics.jsonl`: one JSON object a logged step, appended as it happens.
//!
//! A run that resumes at step S first drops the lines beyond S and a half-written last line. Each line follows from
//! its step alone (wall time apart), so the file of a killed and resumed run equals that of an uninterrupted one. Lines
//! that cannot be read, after a power failure say, do not keep a run from going on: the file is kept as
//! `metrics.jsonl.damaged` and the readable ones stay.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gannet_weights::{read_file, write_atomic};
use serde::de::DeserializeOwned;

use crate::events::{Event, Sink, SinkError, Step};

/// The metrics file of the run in `folder`.
pub fn metrics_path(folder: &Path) -> PathBuf {
    folder.join("metrics.jsonl")
}

/// Appends every [`Step`] to `metrics.jsonl`.
pub struct JsonLines {
    path: PathBuf,
    file: File,
}

impl JsonLines {
    /// Opens the metrics of the run in `folder` to go on after `start_step` (0 for a new run), with the warning of
    /// [`truncate_after`].
    pub fn open(folder: &Path, start_step: u64) -> Result<(Self, Option<String>), SinkError> {
        let path = metrics_path(folder);
        let (file, repaired) = Self::reopened(&path, start_step)?;
        Ok((Self { path, file }, repaired))
    }

    /// The file without what was logged beyond `step`.
    fn reopened(path: &Path, step: u64) -> Result<(File, Option<String>), SinkError> {
        let repaired = truncate_after(path, step)?;
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(SinkError::write(path))?;
        Ok((file, repaired))
    }

    fn append(&mut self, step: &Step) -> io::Result<()> {
        let mut line = serde_json::to_vec(step)?;
        line.push(b'\n');
        let whole = self.file.metadata()?.len();
        // One unbuffered write a line: a killed process leaves whole lines and at most one torn one.
        self.file.write_all(&line).inspect_err(|_| {
            // On a full disk, say: later lines must not be glued to the torn one.
            let _ = self.file.set_len(whole);
        })
    }
}

impl Sink for JsonLines {
    fn on(&mut self, event: &Event) -> Result<(), SinkError> {
        match event {
            Event::Step(step) => self.append(step),
            Event::Saving { .. } | Event::Finished(_) => self.file.sync_data(),
            // What is done again is logged again.
            Event::RolledBack { to, .. } => {
                let (again, _) = Self::reopened(&self.path, *to)?;
                self.file = again;
                Ok(())
            }
            _ => Ok(()),
        }
        .map_err(SinkError::write(&self.path))
    }
}

/// Drops from the metrics at `path` all lines of steps > `step` and a last line without its end. Where another line is
/// damaged, the file as it was is kept next to it. A warning says so, and also where the line of `step` is missing, as each
/// checkpoint has one.
pub fn truncate_after(path: &Path, step: u64) -> Result<Option<String>, SinkError> {
    let bytes = read_bytes(path)?.unwrap_or_default();
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut damage, mut last) = (None, 0);
    for (number, line) in whole_lines(&bytes) {
        match parse::<Step>(path, number, line) {
            Ok(logged) if logged.step <= step => {
                kept.extend_from_slice(line);
                last = logged.step;
            }
            Ok(_) => {}
            Err(error) => drop(damage.get_or_insert(error)),
        }
    }
    let aside = path.with_extension("jsonl.damaged");
    if damage.is_some() {
        write_atomic(&aside, &bytes).map_err(SinkError::write(&aside))?;
    }
    if kept.len() < bytes.len() {
        write_atomic(path, &kept).map_err(SinkError::write(path))?;
    }
    let damage = damage.map(|damage| format!("{damage}; its readable lines stay, the whole is {}", aside.display()));
    let lost = format!(
        "{} ends at step {last}, and the checkpoint is of step {step}: what was logged between them is lost",
        path.display()
    );
    Ok(damage.or_else(|| (last < step).then_some(lost)))
}

/// All steps logged at `path`, in order; none if the file is missing. A last line without its end is ignored.
pub fn read(path: &Path) -> Result<Vec<Step>, SinkError> {
    let Some(bytes) = read_bytes(path)? else { return Ok(Vec::new()) };
    whole_lines(&bytes).map(|(number, line)| parse(path, number, line)).collect()
}

fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, SinkError> {
    match read_file(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SinkError::read(path)(error)),
    }
}

/// The lines with their line feed, numbered from 1; a last one that lacks it was torn by a kill and is left out.
fn whole_lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")))
}

fn parse<T: DeserializeOwned>(path: &Path, number: usize, line: &[u8]) -> Result<T, SinkError> {
    serde_json::from_slice(line)
        .map_err(|error| SinkError::Damaged { path: path.to_owned(), what: format!("line {number}: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> Event {
        let scalars = vec![("loss/generator".into(), 1.0 / step as f64)];
        Event::Step(Step { step, scalars, ..Step::default() })
    }

    fn log(folder: &Path, steps: std::ops::RangeInclusive<u64>) -> Vec<u8> {
        let (mut sink, _) = JsonLines::open(folder, steps.start() - 1).unwrap();
        steps.for_each(|number| sink.on(&step(number)).unwrap());
        std::fs::read(metrics_path(folder)).unwrap()
    }

    #[test]
    fn a_resumed_file_equals_an_uninterrupted_one_wherever_the_kill_fell() {
        let whole = log(tempfile::tempdir().unwrap().path(), 1..=9);
        let folder = tempfile::tempdir().unwrap();
        let path = metrics_path(folder.path());
        let covered = whole.split_inclusive(|byte| *byte == b'\n').take(4).map(<[u8]>::len).sum();
        for cut in covered..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(log(folder.path(), 5..=9), whole, "cut at byte {cut}");
        }
    }

    #[test]
    fn what_was_logged_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path(), 1..=3);
        let steps = read(&metrics_path(folder.path())).unwrap();
        assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(steps[2].scalar("loss/generator"), Some(1.0 / 3.0));
    }

    #[test]
    fn a_damaged_line_is_named_and_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = metrics_path(folder.path());
        let whole = String::from_utf8(log(folder.path(), 1..=3)).unwrap();
        let lines: Vec<&str> = whole.split_inclusive('\n').collect();
        // No JSON, and JSON that is no logged step.
        for bad in ["rubbish\n", "{\"step\":2}\n"] {
            let text = [lines[0], bad, lines[2]].concat();
            std::fs::write(&path, &text).unwrap();
            let warning = truncate_after(&path, 1).unwrap().unwrap();
            assert!(warning.contains("metrics.jsonl is damaged: line 2"), "{warning}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), lines[0]);
            assert_eq!(read(&path).unwrap().len(), 1);
            assert_eq!(std::fs::read_to_string(path.with_extension("jsonl.damaged")).unwrap(), text);
        }
    }

    #[test]
    fn lines_that_a_checkpoint_counts_on_are_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = metrics_path(folder.path());
        log(folder.path(), 1..=3);
        assert_eq!(truncate_after(&path, 3).unwrap(), None);
        let warning = truncate_after(&path, 5).unwrap().unwrap();
        assert!(warning.contains("ends at step 3") && warning.contains("checkpoint is of step 5"), "{warning}");
        std::fs::remove_file(&path).unwrap();
        assert!(truncate_after(&path, 5).unwrap().unwrap().contains("ends at step 0"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused() {
        let path = Path::new("/dev/zero");
        assert!(truncate_after(path, 5).unwrap_err().to_string().contains("a device, not a file"));
    }

    #[test]
    fn no_file_means_no_steps() {
        let path = Path::new("/nowhere/metrics.jsonl");
        assert_eq!(truncate_after(path, 0).unwrap(), None);
        assert!(read(path).unwrap().is_empty());
    }
}
