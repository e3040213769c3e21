//! Nothing of a user's is lost: what is replaced, what is refused, and what names from data may do.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use common::{Place, SMALL, pictures};

/// A folder of pictures of these names.
fn named_pictures(folder: &Path, names: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    for name in names {
        image::RgbImage::from_fn(20, 16, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 7]))
            .save(folder.join(name))
            .unwrap();
    }
}

/// All files below a folder with their bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push((path.clone(), fs::read(&path).unwrap())) }
    }
    found.sort();
    found
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_that_is_replaced_loses_what_gannet_wrote_and_nothing_else() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=4", "--set", "checkpoint.every=2"]);
    let theirs = ["run/photos/me.jpg", "run/.git/HEAD", "run/samples/best.png", "run/thesis.tex"];
    for name in theirs {
        fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
        fs::write(place.path(name), name).unwrap();
    }
    let again = [&["train", "--run", "run", "--set", "train.steps=1", "--force"], &SMALL[..]].concat();
    let output = place.run(&again);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{message}");
    assert!(
        message.contains("kept in run") && message.contains("photos") && message.contains("samples/best.png"),
        "{message}"
    );
    theirs.iter().for_each(|name| assert_eq!(fs::read_to_string(place.path(name)).unwrap(), *name));
    assert_eq!(names(&place.path("run/checkpoints")), ["step-00000001"]);
    assert_eq!(fs::read_to_string(place.path("run/metrics.jsonl")).unwrap().lines().count(), 1);
    // What lies in a checkpoint would be lost with it.
    fs::write(place.path("run/checkpoints/step-00000001/notes.txt"), "mine").unwrap();
    let before = files(&place.path("run"));
    assert!(place.refused(&again).contains("notes.txt"));
    assert!(files(&place.path("run")) == before);
}

#[test]
fn a_run_that_is_read_is_not_replaced() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=1"]);
    pictures(&place.path("run/photos"), 12);
    fs::write(place.path("run/painting.png"), fs::read(place.path("run/photos/cat/000.png")).unwrap()).unwrap();
    let before = files(&place.path("run"));
    let folder: &[&str] = &["train", "folder-dcgan", "--set", "data.size=32", "--set", "train.steps=1", "--force"];
    let mut cases: Vec<Vec<&str>> = vec![
        [folder, &["--run", "run", "--data", "run/photos"]].concat(),
        [folder, &["--run", "run", "--data", "./run/../run/photos"]].concat(),
        [&["train", "--run", "run", "--from", "run", "--force", "--set", "train.steps=1"], &SMALL[..]].concat(),
        ["train", "shapes-style", "--run", "run", "--force", "--set", "stylize.image=run/painting.png"].to_vec(),
    ];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink("run", place.path("link")).unwrap();
        cases.push([folder, &["--run", "link", "--data", "run/photos"]].concat());
    }
    for words in cases {
        let message = place.refused(&words);
        assert!(message.contains("lies in") && message.contains("--run"), "{words:?}: {message}");
        assert!(files(&place.path("run")) == before, "{words:?}");
    }
}

#[test]
fn a_recipe_that_gannet_did_not_write_makes_no_run_of_a_folder() {
    let place = Place::new();
    for text in ["", "[[ingredient]]\nname = \"flour\"\n"] {
        pictures(&place.path("cook"), 4);
        fs::write(place.path("cook/recipe.toml"), text).unwrap();
        let before = files(&place.path("cook"));
        let words = ["train", "--run", "cook", "--force", "--set", "train.steps=1"];
        let message = place.refused(&[&words[..], &SMALL].concat());
        assert!(message.contains("cook") && message.contains("--run"), "{message}");
        assert!(files(&place.path("cook")) == before);
    }
}

#[test]
fn a_picture_that_cannot_be_written_costs_no_other() {
    let place = Place::new();
    let long = format!("{}.png", "n".repeat(251));
    named_pictures(&place.path("in"), &["a.png", "b.png", "c.png", &long]);
    // In the place of one result there is a folder; another one is a file that a crash left empty.
    fs::create_dir_all(place.path("out/b.png/full")).unwrap();
    let output = place.run(&["data", "masks", "in", "-o", "out", "--force"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("b.png") && message.contains("1 of 4"), "{message}");
    assert_eq!(names(&place.path("out")), ["a.png", "b.png", "c.png", &long]);
    fs::write(place.path("out/c.png"), "").unwrap();
    place.ok(&["data", "masks", "in", "-o", "out"]);
    assert_eq!(image::image_dimensions(place.path("out/c.png")).unwrap(), (20, 16));
    let output = place.run(&["data", "export", "in", "--size", "8", "-o", "out", "--force"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 of 4"));
    assert_eq!(image::image_dimensions(place.path("out/c.png")).unwrap(), (8, 8));
}

/// Two jobs that share a folder, one of which is killed: the other one's pictures, and a third job's, are whole.
#[test]
fn a_killed_job_leaves_no_broken_picture() {
    let place = Place::new();
    let list: Vec<String> = (0..40).map(|number| format!("{number}.png")).collect();
    named_pictures(&place.path("in"), &list.iter().map(String::as_str).collect::<Vec<_>>());
    fs::create_dir(place.path("out")).unwrap();
    fs::write(place.path("out/7.png.part"), "mine").unwrap();
    let words = ["data", "masks", "in", "-o", "out", "--force"];
    for delay in [30, 60, 90] {
        let start = || place.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (mut killed, mut other) = (start(), start());
        sleep(Duration::from_millis(delay));
        let _ = killed.kill();
        killed.wait().unwrap();
        assert!(other.wait().unwrap().success());
    }
    place.ok(&words);
    for name in &list {
        assert_eq!(image::image_dimensions(place.path("out").join(name)).unwrap(), (20, 16), "{name}");
    }
    assert_eq!(fs::read_to_string(place.path("out/7.png.part")).unwrap(), "mine");
    // What the killed ones left is gone as well.
    assert_eq!(names(&place.path("out")).len(), 41);
}

#[test]
fn what_a_command_reads_is_not_overwritten() {
    let place = Place::new();
    named_pictures(&place.path("in"), &["a.png", "b.png"]);
    place.ok(&["data", "masks", "in", "-o", "masks"]);
    named_pictures(&place.path(""), &["painting.png", "other.png"]);
    fs::hard_link(place.path("masks/a.png"), place.path("hard.png")).unwrap();
    let mut outputs = vec!["masks/a.png", "./masks/../masks/a.png"];
    if cfg!(unix) {
        outputs.push("hard.png");
        #[cfg(unix)]
        std::os::unix::fs::symlink("masks/a.png", place.path("soft.png")).unwrap();
        outputs.push("soft.png");
    }
    let before = files(&place.path(""));
    let mut cases: Vec<Vec<&str>> = outputs
        .into_iter()
        .map(|output| vec!["inpaint", "--diffuse", "in/a.png", "masks/a.png", "-o", output, "--force"])
        .collect();
    cases.push(vec!["inpaint", "--diffuse", "in", "masks", "-o", "masks", "--force"]);
    cases.push(vec![
        "stylize",
        "other.png",
        "--style",
        "painting.png",
        "--size",
        "16",
        "-o",
        "painting.png",
        "--force",
    ]);
    cases.push(vec!["eval", "in", "--data", "in", "--metrics", "neighbors", "--picture", "in/a.png", "--force"]);
    cases.push(vec!["train", "folder-r3gan", "--data", "in", "--preview-augment", "in/a.png", "--force"]);
    for words in cases {
        let message = place.refused(&words);
        assert!(message.contains("would be overwritten"), "{words:?}: {message}");
        assert!(files(&place.path("")) == before, "{words:?}");
    }
}

#[test]
fn pictures_of_one_stem_have_results_of_their_own() {
    let place = Place::new();
    named_pictures(&place.path("in"), &["a.bmp", "a.png", "b.bmp"]);
    let output = place.run(&["data", "masks", "in", "-o", "masks"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && message.contains("a.bmp becomes a.bmp.png, and 1 more"), "{message}");
    assert_eq!(names(&place.path("masks")), ["a.bmp.png", "a.png.png", "b.png"]);
    // Alone, each is known by the same name.
    for (input, report) in [("in/a.png", "0 pictures"), ("in/a.bmp", "0 pictures"), ("in/b.bmp", "0 pictures")] {
        assert!(place.ok(&["data", "masks", input, "-o", "masks"]).contains(report), "{input}");
    }
    fs::create_dir(place.path("alone")).unwrap();
    place.ok(&["data", "masks", "in/a.bmp", "-o", "alone"]);
    place.ok(&["data", "masks", "in/a.png", "-o", "alone"]);
    assert_eq!(names(&place.path("alone")), ["a.bmp.png", "a.png.png"]);
    place.ok(&["inpaint", "--diffuse", "in", "masks", "-o", "filled"]);
    assert_eq!(names(&place.path("filled")), ["a.bmp.png", "a.png.png", "b.png"]);
    place.ok(&["data", "export", "in", "--size", "8", "-o", "squares"]);
    assert_eq!(names(&place.path("squares")), ["a.bmp.png", "a.png.png", "b.png"]);
}

/// CIFAR's list of class names is text, and any text may be in it.
#[test]
fn class_names_lead_to_no_other_folder() {
    let place = Place::new();
    fs::create_dir(place.path("cifar")).unwrap();
    let batch: Vec<u8> = (0..24_u8).flat_map(|number| [vec![number % 3], vec![number * 9; 3072]].concat()).collect();
    fs::write(place.path("cifar/data_batch_1.bin"), &batch).unwrap();
    fs::write(place.path("cifar/test_batch.bin"), &batch).unwrap();
    fs::write(place.path("cifar/batches.meta.txt"), "..\na/b\ncat\n").unwrap();
    let words = [
        "cifar10-dcgan",
        "--data",
        "cifar",
        "--set",
        "condition.kind=projection",
        "--set",
        "data.labels=true",
        "--set",
        "train.steps=1",
    ];
    place.train("run", &words);
    fs::create_dir(place.path("o")).unwrap();
    place.ok(&["sample", "run", "-n", "30", "-o", "o/made"]);
    assert_eq!(names(&place.path("o")), ["made"]);
    assert_eq!(names(&place.path("o/made")), ["%2E.", "a%2Fb", "cat"]);
    place.ok(&["sample", "run", "--class", "a/b", "-n", "2", "-o", "o/one"]);
    assert_eq!(names(&place.path("o/one/a%2Fb")), ["0000.png", "0001.png"]);
}

#[cfg(unix)]
#[test]
fn names_reach_the_terminal_escaped() {
    let place = Place::new();
    named_pictures(&place.path("in"), &["\u{1b}[2Ja.png", "\u{9b}31mb.png", "\u{202e}gpj.png", "line\nerror: x.png"]);
    fs::write(place.path("in/\u{1b}]0;title\u{7}.png"), "no image").unwrap();
    let weights = place.path("\u{1b}[31mw.pth");
    fs::write(&weights, "no weights").unwrap();
    let commands: &[&[&str]] = &[
        &["data", "list", "in"],
        &["data", "check", "in"],
        &["data", "check", "in", "--json"],
        &["data", "masks", "in", "-o", "out"],
        &["data", "export", "in", "--size", "8", "-o", "squares"],
        &["upscale", "--weights", weights.to_str().unwrap(), "in", "-o", "large"],
        &["sample", "\u{1b}[2Jno run"],
        &["train", "\u{1b}[2J"],
        &["runs", "\u{1b}[2J"],
        &["data", "nothing", "\u{1b}[2J"],
    ];
    for words in commands {
        let output = place.run(words);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!text.is_empty() && !text.contains(bad), "{words:?}: {text:?}");
    }
    let list = place.ok(&["data", "list", "in"]);
    assert!(list.contains(r"\u{1b}[2Ja.png") && list.lines().count() == 5, "{list}");
    let json: serde_json::Value = serde_json::from_str(&place.ok(&["data", "check", "in", "--json"])).unwrap();
    assert_eq!(json["broken"][0]["name"], "\u{1b}]0;title\u{7}.png");
}

/// As root, who may read everything, the command is run as another user.
#[cfg(target_os = "linux")]
#[test]
fn a_run_that_may_not_be_read_is_named_so() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    place.train("run", &["--set", "train.steps=1"]);
    let mode = |path: &str, mode| fs::set_permissions(place.path(path), fs::Permissions::from_mode(mode)).unwrap();
    mode("", 0o755);
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        if fs::read_dir(place.path("run")).is_ok() || fs::read_dir(place.path("run/checkpoints")).is_ok() {
            command.uid(65_534);
        }
        let Ok(output) = command.output() else { return None };
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        Some(String::from_utf8(output.stderr).unwrap())
    };
    let commands: &[&[&str]] = &[
        &["train", "--run", "run"],
        &["train", "--run", "run", "--force"],
        &["resume", "run"],
        &["sample", "run", "-o", "/tmp/none.png"],
        &["runs", "run"],
    ];
    mode("run", 0o000);
    for words in commands {
        // Where another user may not start the program, there is nothing to test.
        let Some(message) = run(words) else { break };
        assert!(message.contains("cannot read run") && message.contains("denied"), "{words:?}: {message}");
    }
    mode("run", 0o755);
    mode("run/checkpoints", 0o000);
    if let Some(message) = run(&["sample", "run", "-o", "/tmp/none.png"]) {
        assert!(message.contains("cannot read run/checkpoints") && message.contains("denied"), "{message}");
    }
    mode("run/checkpoints", 0o755);
}
