//! Runs that are stopped, killed and damaged.

mod common;

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Place, SMALL, checkpoints};

const TWENTY: [&str; 4] = ["--set", "train.steps=20", "--set", "checkpoint.every=2"];

#[test]
fn a_resumed_run_equals_an_uninterrupted_one_in_every_byte() {
    let place = Place::new();
    let accumulate = ["--set", "train.accumulate=2", "--set", "data.flip=true"];
    place.train("whole", &[&TWENTY[..], &accumulate].concat());
    place.train("parts", &[&["--set", "train.steps=7", "--set", "checkpoint.every=2"], &accumulate[..]].concat());
    place.ok(&["resume", "parts", "--set", "train.steps=20"]);
    let (whole, parts) = (checkpoints(&place.path("whole")), checkpoints(&place.path("parts")));
    assert_eq!(whole.len(), parts.len());
    for ((name, whole), (other, parts)) in whole.iter().zip(&parts) {
        assert_eq!(name, other);
        assert!(whole == parts, "{} differs", name.display());
    }
}

/// Kills the run without warning again and again, each time a little later, until it is done.
#[test]
fn a_killed_run_always_resumes_and_ends_in_the_same_bytes() {
    let place = Place::new();
    place.train("whole", &TWENTY);
    let start = [&["train", "--run", "killed"], &SMALL[..], &TWENTY].concat();
    let mut kills = 0;
    for delay in (0..).map(|round| Duration::from_millis(40 + 17 * round)) {
        let began = place.path("killed/recipe.toml").is_file();
        let words: &[&str] = if began { &["resume", "killed"] } else { &start };
        let mut child = place.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        sleep(delay);
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            break;
        }
        let message = String::from_utf8_lossy(&output.stderr);
        // The kill before this one fell between the report and the process's end.
        if kills > 0 && message.contains("already at step 20 of 20") {
            break;
        }
        assert_ne!(output.status.code(), Some(2), "{message}");
        kills += 1;
        assert!(kills < 200, "the run never ends");
    }
    assert!(kills > 0, "nothing was killed");
    assert!(checkpoints(&place.path("killed")) == checkpoints(&place.path("whole")), "after {kills} kills");
}

/// As a kill leaves it that falls into the removal of an old checkpoint behind the last one.
#[test]
fn what_is_half_removed_is_gone_after_the_next_start() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "checkpoint.every=2"]);
    let [half, mine] = [".gannet-0123456789ab.part", "mine.part"].map(|name| place.path("run/checkpoints").join(name));
    std::fs::create_dir_all(half.join("removed")).unwrap();
    std::fs::write(half.join("removed/ema.safetensors"), "half").unwrap();
    std::fs::write(&mine, "mine").unwrap();
    assert!(place.refused(&["resume", "run"]).contains("already at step 4"));
    assert!(!half.exists() && mine.exists());
}

/// As a kill leaves it that falls between the last checkpoint and the film.
#[test]
fn a_run_that_was_killed_after_its_last_checkpoint_gets_its_film_and_report() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "sample.every=1", "--set", "checkpoint.every=2"]);
    let film = std::fs::read(place.path("run/film.gif")).unwrap();
    std::fs::write(place.path("run/film.gif"), "short").unwrap();
    std::fs::write(place.path("run/report.html"), "<span class=\"state in training\">in training</span>").unwrap();
    let text = place.ok(&["resume", "run"]);
    assert!(text.contains("finished at step 4"), "{text}");
    assert!(std::fs::read(place.path("run/film.gif")).unwrap() == film);
    assert!(std::fs::read_to_string(place.path("run/report.html")).unwrap().contains("finished at step 4"));
    assert!(place.refused(&["resume", "run"]).contains("already at step 4"));
}

#[test]
fn metrics_that_are_damaged_or_short_cause_a_warning_and_stop_nothing() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "log.every=1", "--set", "checkpoint.every=2"]);
    let path = place.path("run/metrics.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let go_on = |text: String, steps: usize| {
        std::fs::write(&path, text).unwrap();
        let output = place.run(&["resume", "run", "--set", &format!("train.steps={steps}")]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{message}");
        message
    };
    let damaged = [lines[0], "{\"step\":2}\n", lines[2], lines[3]].concat();
    assert!(go_on(damaged, 5).contains("line 2"));
    let message = go_on(lines[..2].concat(), 6);
    assert!(message.contains("ends at step 2") && message.contains("the checkpoint is of step 5"), "{message}");
}

#[test]
fn a_changed_state_is_damage_and_never_other_weights() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "checkpoint.every=2"]);
    let path = place.path("run/checkpoints/step-00000004/state.json");
    let text = std::fs::read_to_string(&path).unwrap();
    for (from, to) in [("\"step\": 4", "\"step\": 3"), ("ema.safetensors", "../ema.safetensors"), (": 4,", ": 5,")] {
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let message = place.refused(&["sample", "run", "--checkpoint", "4", "-n", "1", "-o", "one.png"]);
        assert!(message.contains("state.json is damaged"), "{message}");
    }
    // A whole state, but of another step.
    std::fs::copy(place.path("run/checkpoints/step-00000002/state.json"), &path).unwrap();
    let message = place.refused(&["sample", "run", "--checkpoint", "4", "-n", "1", "-o", "one.png"]);
    assert!(message.contains("it is of step 2, and its folder of step 4"), "{message}");
}

#[test]
fn other_kernels_than_the_checkpoint_s_cause_a_warning() {
    let place = Place::new();
    let words = [&["train", "--run", "run", "--set", "train.steps=1"], &SMALL[..]].concat();
    let trained = place.command(&words).env("GANNET_SIMD", "plain").output().unwrap();
    assert!(trained.status.success());
    let resume = |set: &str, steps: &str| {
        let output = place.command(&["resume", "run", "--set", steps]).env("GANNET_SIMD", set).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, message) = resume("plain", "train.steps=2");
    assert!(code == Some(0) && !message.contains("kernels"), "{message}");
    let (code, message) = resume("mmx", "train.steps=3");
    assert!(code == Some(2) && message.contains("GANNET_SIMD is 'mmx': set it to plain"), "{message}");
    if resume("avx2", "train.steps=2").1.contains("GANNET_SIMD") {
        return println!("skipped: this processor has no other instructions");
    }
    let (code, message) = resume("avx2", "train.steps=3");
    assert!(code == Some(0) && message.contains("computed with plain kernels"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_run_s_folder_is_refused_and_not_waited_for() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=1"]);
    for file in ["metrics.jsonl", "checkpoints/step-00000001/state.json", "checkpoints/step-00000001/ema.safetensors"] {
        let (path, aside) = (place.path(&format!("run/{file}")), place.path("aside"));
        std::fs::rename(&path, &aside).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let message = place.refused(&["resume", "run", "--set", "train.steps=2"]);
        assert!(message.contains("a pipe or a device, not a file"), "{message}");
        std::fs::remove_file(&path).unwrap();
        std::fs::rename(&aside, &path).unwrap();
    }
}

#[test]
fn a_damaged_checkpoint_is_reported_and_the_one_before_it_serves() {
    let place = Place::new();
    place.train("whole", &TWENTY);
    place.train("run", &["--set", "train.steps=6", "--set", "checkpoint.every=2"]);
    let broken = place.path("run/checkpoints/step-00000006/generator.safetensors");
    let bytes = std::fs::read(&broken).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let output = place.run(&["resume", "run", "--set", "train.steps=20"]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && message.contains("generator.safetensors is damaged"), "{message}");
    assert!(checkpoints(&place.path("run")) == checkpoints(&place.path("whole")));
}

#[test]
fn a_run_whose_checkpoints_are_all_damaged_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "checkpoint.every=2"]);
    for step in ["00000002", "00000004"] {
        std::fs::write(place.path(&format!("run/checkpoints/step-{step}/ema.safetensors")), "rubbish").unwrap();
    }
    let metrics = std::fs::read(place.path("run/metrics.jsonl")).unwrap();
    let message = place.refused(&["resume", "run", "--set", "train.steps=8"]);
    assert!(message.contains("ema.safetensors is damaged") && message.contains("--force"), "{message}");
    assert_eq!(std::fs::read(place.path("run/metrics.jsonl")).unwrap(), metrics);
    assert!(place.refused(&["sample", "run"]).contains("damaged"));
}

#[test]
fn pruning_keeps_the_checkpoint_just_made_whatever_lies_beyond_it() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=12", "--set", "checkpoint.every=4", "--set", "checkpoint.keep=3"]);
    for step in ["00000008", "00000012"] {
        std::fs::write(place.path(&format!("run/checkpoints/step-{step}/ema.safetensors")), "rubbish").unwrap();
    }
    place.ok(&["resume", "run", "--set", "checkpoint.every=2", "--set", "checkpoint.keep=1"]);
    place.ok(&["sample", "run", "--checkpoint", "12", "-n", "1", "-o", "one.png"]);
    assert!(place.path("run/checkpoints/step-00000008.damaged").is_dir());
}

#[test]
fn a_folder_in_which_a_run_was_killed_before_it_began_is_no_obstacle() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("run/checkpoints/.gannet-0123456789ab.part")).unwrap();
    std::fs::write(place.path("run/gannet.lock"), "").unwrap();
    std::fs::write(place.path("run/.gannet-0123456789ab.part"), "summ").unwrap();
    place.train("run", &["--set", "train.steps=1"]);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let place = Place::new();
    let settings = ["--set", "train.steps=3", "--set", "model.width=16", "--set", "train.batch=32"];
    for threads in ["1", "2"] {
        let words = ["train", "--run", threads, "--set", "sample.count=4", "--threads", threads];
        place.ok(&[&words[..], &settings[..]].concat());
    }
    assert!(checkpoints(&place.path("1")) == checkpoints(&place.path("2")));
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let place = Place::new();
    let words = [&["train", "--run", "run", "--set", "train.steps=100000"], &SMALL[..]].concat();
    let child = place.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let metrics = place.path("run/metrics.jsonl");
    let began = Instant::now();
    while std::fs::metadata(&metrics).map_or(0, |file| file.len()) == 0 && began.elapsed().as_secs() < 60 {
        sleep(Duration::from_millis(20));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("interrupted at step") && text.contains("gannet resume run"), "{text}");
    assert!(!checkpoints(&place.path("run")).is_empty());
    assert!(place.path("run/report.html").is_file());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_and_keeps_the_last_good_checkpoint() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "checkpoint.every=2"]);
    let before = checkpoints(&place.path("run"));
    // No file may grow beyond 8 blocks of 1024 bytes: what a full disk looks like to a program.
    let gannet = env!("CARGO_BIN_EXE_gannet");
    let script = format!("trap '' XFSZ; ulimit -f 8; exec {gannet} resume run --set train.steps=20");
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(place.path("")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("cannot write") && message.contains("last good checkpoint"), "{message}");
    assert!(checkpoints(&place.path("run")) == before);
    place.ok(&["resume", "run", "--set", "train.steps=6"]);
}

#[test]
fn a_run_goes_on_from_another_ones_weights() {
    let place = Place::new();
    place.train("first", &["--set", "train.steps=4"]);
    place.train("second", &["--set", "train.steps=1", "--from", "first", "--seed", "3"]);
    let weights = |run: &str, step: u64| {
        std::fs::read(place.path(&format!("{run}/checkpoints/step-{step:08}/generator.safetensors"))).unwrap()
    };
    // Only the step in the header differs.
    let tail = |bytes: Vec<u8>| bytes[bytes.len() - 4096..].to_vec();
    assert!(tail(weights("first", 4)) == tail(weights("second", 0)));
    let other = ["train", "--run", "third", "--from", "first", "--set", "train.steps=1", "--set", "model.width=4"];
    let message = place.refused(&other);
    assert!(message.contains("shape") || message.contains("fit"), "{message}");
    assert!(!place.path("third").exists(), "a refused run left a folder");
}
