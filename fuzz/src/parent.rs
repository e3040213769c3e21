//! The process that watches: it restarts the child behind each input that the child dies of, and keeps that input.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::child::{Inputs, panics};

/// Address space of the child in KiB: what it asks for beyond is refused, and ends it.
const MEMORY: u64 = 1 << 20;
/// The longest time for one input.
const PATIENCE: Duration = Duration::from_secs(5);
/// Faults after which the campaign ends: one kind of them fills the rest.
const ENOUGH: usize = 20;

/// How long to go on.
pub enum Limit {
    /// A time.
    Time(Duration),
    /// A number of inputs.
    Inputs(u64),
}

/// Runs a campaign; returns the number of faults.
pub fn run(limit: Limit) -> Result<usize, String> {
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (progress, began) = (place.path().join("current"), Instant::now());
    let (mut next, mut faults) = (0, Vec::new());
    while !reached(&limit, next, began) && faults.len() < ENOUGH {
        let (mut child, panicked) = start(next, &progress)?;
        let end = watch(&mut child, &panicked, &limit, (&progress, began), &mut faults);
        let _ = child.kill();
        let _ = child.wait();
        let Some((number, what)) = end else { break };
        faults.push((number, what));
        next = number + 1;
    }
    let done = current(&progress).unwrap_or(0) + 1;
    faults.truncate(ENOUGH);
    let inputs = Inputs::new();
    for (number, what) in &faults {
        println!("{what} {}", keep(&inputs, *number, what == "panic")?.display());
    }
    let seconds = began.elapsed().as_secs();
    println!("{done} inputs in {seconds} s: {} panics, aborts or hangs", faults.len());
    Ok(faults.len())
}

fn reached(limit: &Limit, inputs: u64, began: Instant) -> bool {
    match limit {
        Limit::Time(time) => began.elapsed() >= *time,
        Limit::Inputs(count) => inputs >= *count,
    }
}

/// A child that reads from input `first` on, and the numbers of the inputs that it panics on.
fn start(first: u64, progress: &Path) -> Result<(Child, Receiver<u64>), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let script = format!("ulimit -v {MEMORY}; exec \"$0\" --child {first} \"$1\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(program).arg(progress).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("cannot start a child: {error}"))?;
    let output = child.stdout.take().ok_or("the child has no output")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let numbers = BufReader::new(output).lines().map_while(Result::ok).filter_map(|line| line.parse().ok());
        // Nobody listens any more once the campaign ends.
        numbers.for_each(|number| sender.send(number).unwrap_or_default());
    });
    Ok((child, receiver))
}

/// Waits until the child dies, hangs or the limit is reached; then none. Panics are added to `faults` on the way.
fn watch(
    child: &mut Child,
    panicked: &Receiver<u64>,
    limit: &Limit,
    (progress, began): (&Path, Instant),
    faults: &mut Vec<(u64, String)>,
) -> Option<(u64, String)> {
    let (mut last, mut since) = (None, Instant::now());
    loop {
        match panicked.recv_timeout(Duration::from_millis(100)) {
            Ok(number) => faults.push((number, "panic".to_owned())),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let number = current(progress);
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return Some((number?, "abort".to_owned()));
        }
        if number != last {
            (last, since) = (number, Instant::now());
        } else if since.elapsed() > PATIENCE {
            return Some((number?, "hang".to_owned()));
        }
        if reached(limit, number.unwrap_or(0), began) || faults.len() >= ENOUGH {
            return None;
        }
    }
}

/// The number of the input that the child is at.
fn current(progress: &Path) -> Option<u64> {
    Some(u64::from_le_bytes(fs::read(progress).ok()?.try_into().ok()?))
}

/// Writes an input to `target/fuzz/READER-NUMBER`; one that only panics is made smaller first.
fn keep(inputs: &Inputs, number: u64, shrink: bool) -> Result<PathBuf, String> {
    let (reader, mut bytes) = inputs.get(number);
    if shrink {
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        std::panic::set_hook(Box::new(|_| {}));
        bytes = smaller(bytes, |bytes| panics(reader, bytes, scratch.path()));
        drop(std::panic::take_hook());
    }
    let folder = Path::new("target/fuzz");
    let path = folder.join(format!("{}-{number}", reader.name));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, &bytes));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(path)
}

/// Removes parts, from halves to single bytes, as long as the rest `fails`.
fn smaller(mut bytes: Vec<u8>, fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut part = bytes.len() / 2;
    let began = Instant::now();
    while part > 0 && began.elapsed() < PATIENCE {
        let mut at = 0;
        while at + part <= bytes.len() {
            let rest = [&bytes[..at], &bytes[at + part..]].concat();
            if fails(&rest) { bytes = rest } else { at += part }
        }
        part /= 2;
    }
    bytes
}
