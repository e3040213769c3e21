//! `cargo xtask crash`: a training that is killed, or whose file system fails, again and again.
//!
//! After each kill the run is resumed. At its end, every tensor and counter of its checkpoints, its film and its logged values
//! must be those of a run that nobody disturbed. Failing file-system calls are injected by strace, where it is installed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// A run of half a second with four checkpoints and eight samples.
const TRAIN: [&str; 22] = [
    "train",
    "digits-dcgan",
    "--threads",
    "1",
    "--set",
    "train.steps=8",
    "--set",
    "checkpoint.every=2",
    "--set",
    "sample.every=1",
    "--set",
    "log.every=1",
    "--set",
    "model.width=2",
    "--set",
    "model.latent=8",
    "--set",
    "train.batch=8",
    "--set",
    "sample.count=4",
    "--run",
    "run",
];
/// The calls by which a run's files come about.
const CALLS: [&str; 7] = ["openat", "write", "fsync", "fdatasync", "rename", "mkdir", "unlink"];
/// Starts of one run, after which it counts as stuck.
const STARTS: usize = 500;

/// Kills trainings `kills` times, then lets each file-system call of a training fail once.
pub fn run(kills: u64) -> Result<(), String> {
    let program = build()?;
    let reference = tempfile::tempdir().map_err(|error| error.to_string())?;
    finish(&program, reference.path(), None)?;
    let expected = contents(&reference.path().join("run"))?;
    println!("{} files are compared after each run", expected.len());
    let (mut done, mut runs, mut differences) = (0, 0, 0);
    while done < kills {
        let place = tempfile::tempdir().map_err(|error| error.to_string())?;
        done += killed(&program, place.path(), runs)?;
        runs += 1;
        differences += usize::from(differs(&expected, place.path())?);
    }
    println!("{done} kills of {runs} runs: {differences} differ");
    let (failed, other) = failing_calls(&program, &expected)?;
    println!("{failed} failing calls: {other} differ");
    if differences + other == 0 { Ok(()) } else { Err("a disturbed run differs from an undisturbed one".to_owned()) }
}

/// The command, as `cargo build` makes it.
fn build() -> Result<PathBuf, String> {
    let built = Command::new("cargo").args(["build", "--workspace", "--bins"]).status();
    match built {
        Ok(status) if status.success() => {}
        _ => return Err("the command cannot be built".to_owned()),
    }
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    fs::canonicalize(Path::new(&target).join("debug/gannet")).map_err(|error| error.to_string())
}

fn gannet(program: &Path, place: &Path) -> Command {
    let mut command = Command::new(program);
    let words: &[&str] = if place.join("run/recipe.toml").is_file() { &["resume", "run"] } else { &TRAIN };
    command.args(words).current_dir(place).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Starts or resumes the run until it is finished.
fn finish(program: &Path, place: &Path, before: Option<&str>) -> Result<(), String> {
    let output = gannet(program, place).output().map_err(|error| error.to_string())?;
    check_finished(&output, before.unwrap_or("nothing"))
}

/// Whether a start ended with a finished run; disturbed at its very end, the run was finished before it.
fn check_finished(output: &Output, before: &str) -> Result<(), String> {
    let message = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || message.contains("already at step") {
        return Ok(());
    }
    Err(format!("a run does not go on after {before}: {message}"))
}

/// Kills a run, a little later each time, until it ends. Returns the number of kills.
fn killed(program: &Path, place: &Path, run: u64) -> Result<u64, String> {
    for start in 0..STARTS as u64 {
        let mut child = gannet(program, place).spawn().map_err(|error| error.to_string())?;
        // Spread over the length of a start, by steps that share no factor.
        sleep(Duration::from_micros((run * 7919 + start * 104_729) % 400_000));
        if child.try_wait().is_ok_and(|ended| ended.is_some()) {
            let output = child.wait_with_output().map_err(|error| error.to_string())?;
            return check_finished(&output, "a kill").map(|()| start);
        }
        child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
    }
    Err(format!("a run does not end within {STARTS} starts"))
}

/// Lets the first, second, third … call of each kind fail. Returns how many failed, and after how many the run differs.
fn failing_calls(program: &Path, expected: &Contents) -> Result<(u64, usize), String> {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        println!("skipped: strace, which lets calls fail, is not installed");
        return Ok((0, 0));
    }
    let (mut failed, mut differences) = (0, 0);
    for call in CALLS {
        for number in 1.. {
            let place = tempfile::tempdir().map_err(|error| error.to_string())?;
            let Some(stopped) = injected(program, place.path(), call, number)? else { break };
            failed += 1;
            let before = format!("{call} number {number} fails ({stopped})");
            finish(program, place.path(), Some(&before))?;
            if differs(expected, place.path())? {
                println!("{before}: the run differs");
                differences += 1;
            }
        }
    }
    Ok((failed, differences))
}

/// Trains while one call fails; none if the run makes no such call any more. Fails on a panic.
fn injected(program: &Path, place: &Path, call: &str, number: u64) -> Result<Option<String>, String> {
    let (log, inject) = (place.join("strace"), format!("inject={call}:error=EIO:when={number}"));
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o"]).arg(&log).args(["-e", &format!("trace={call}"), "-e", &inject]).arg(program);
    let output = strace.args(TRAIN).current_dir(place).stdin(Stdio::null()).output();
    let output = output.map_err(|error| error.to_string())?;
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if message.contains("panicked") {
        return Err(format!("{call} number {number}: {message}"));
    }
    let hit = fs::read_to_string(&log).is_ok_and(|log| log.contains("INJECTED"));
    Ok(hit.then(|| message.lines().last().unwrap_or("no message").to_owned()))
}

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// What a run leaves that follows from its recipe alone: checkpoints, samples, film, and the logged values without times.
fn contents(run: &Path) -> Result<Contents, String> {
    let mut files = Contents::new();
    for folder in ["checkpoints", "samples"] {
        collect(&run.join(folder), &mut files)?;
    }
    for name in ["film.gif", "metrics.jsonl"] {
        let Ok(bytes) = fs::read(run.join(name)) else { continue };
        files.insert(run.join(name), if name == "film.gif" { bytes } else { without_times(&bytes) });
    }
    let relative = |(path, bytes): (PathBuf, Vec<u8>)| (path.strip_prefix(run).unwrap_or(&path).to_owned(), bytes);
    Ok(files.into_iter().map(relative).collect())
}

fn collect(folder: &Path, files: &mut Contents) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.insert(path.clone(), fs::read(&path).map_err(|error| error.to_string())?);
        }
    }
    Ok(())
}

fn without_times(metrics: &[u8]) -> Vec<u8> {
    let lines = String::from_utf8_lossy(metrics);
    let lines =
        lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).map(|mut line| {
            for name in ["seconds", "images_per_second"] {
                line.as_object_mut().map(|line| line.remove(name));
            }
            line.to_string()
        });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

fn differs(expected: &Contents, place: &Path) -> Result<bool, String> {
    let found = contents(&place.join("run"))?;
    let names = expected.keys().chain(found.keys());
    let different: Vec<&PathBuf> = names.filter(|name| expected.get(*name) != found.get(*name)).collect();
    if let Some(name) = different.first() {
        println!("{} differs, and {} others", name.display(), different.len() - 1);
    }
    Ok(!different.is_empty())
}
