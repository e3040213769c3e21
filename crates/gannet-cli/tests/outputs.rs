//! Where results may go, what happens to those that cannot be written, and lines that names cannot break.

mod common;

use std::fs;

use common::{Place, SMALL, pictures};

fn small_run(place: &Place) {
    place.train("run", &["--set", "train.steps=1"]);
}

#[test]
fn the_checkpoints_and_previews_of_a_run_take_no_results() {
    let place = Place::new();
    small_run(&place);
    pictures(&place.path("in"), 2);
    let listed = || {
        let names = |part: &str| fs::read_dir(place.path(part)).unwrap().map(|entry| entry.unwrap().file_name());
        ["run/checkpoints", "run/samples", "run"].map(|part| names(part).collect::<Vec<_>>())
    };
    let before = listed();
    let mut cases: Vec<(&[&str], &str)> = vec![
        (&["sample", "run", "-n", "2", "-o", "run/checkpoints/made"], "checkpoints of the run"),
        (&["sample", "run", "-n", "2", "-o", "run/samples/made.png"], "samples of the run"),
        (&["sample", "run", "-n", "2", "-o", "in/../run/samples", "--force"], "samples of the run"),
        (&["data", "masks", "in", "-o", "run/checkpoints"], "checkpoints of the run"),
        (&["data", "export", "in", "-o", "run/samples", "--force"], "samples of the run"),
    ];
    if cfg!(unix) {
        #[cfg(unix)]
        std::os::unix::fs::symlink(place.path("run/samples"), place.path("link")).unwrap();
        cases.push((&["sample", "run", "-n", "2", "-o", "link/a.png"], "samples of the run"));
    }
    for (words, part) in cases {
        let message = place.refused(words);
        assert!(message.contains(part) && message.contains("choose another with -o"), "{words:?}: {message}");
        assert_eq!(listed(), before, "{words:?}");
    }
    // Elsewhere in a run's folder, and in other folders of these names, results are the user's own.
    place.ok(&["sample", "run", "-n", "2", "-o", "run/made"]);
    fs::create_dir(place.path("samples")).unwrap();
    place.ok(&["sample", "run", "-n", "2", "-o", "samples/a.png"]);
}

#[test]
fn a_sample_that_cannot_be_written_costs_no_other() {
    let place = Place::new();
    small_run(&place);
    fs::create_dir_all(place.path("out/0001.png/full")).unwrap();
    let output = place.run(&["sample", "run", "-n", "4", "-o", "out", "--force"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("0001.png") && message.contains("1 of 4 images were skipped; 3 images"), "{message}");
    for number in [0, 2, 3] {
        assert!(image::open(place.path(&format!("out/000{number}.png"))).is_ok(), "{number}");
    }
}

#[test]
fn a_folder_of_pictures_takes_no_results_of_its_own() {
    let place = Place::new();
    pictures(&place.path("in"), 2);
    for output in ["in", "./in/", "in/../in"] {
        let message = place.refused(&["data", "masks", "in", "-o", output]);
        assert!(message.contains("would lie among the pictures of in"), "{message}");
    }
    assert_eq!(fs::read_dir(place.path("in/cat")).unwrap().count(), 1);
    // A folder below the pictures is known again.
    place.ok(&["data", "masks", "in", "-o", "in/masks"]);
    assert!(place.ok(&["data", "masks", "in", "-o", "in/masks"]).contains("0 pictures in in/masks, 2 existed already"));
}

#[cfg(unix)]
#[test]
fn a_name_cannot_begin_a_line_of_a_check() {
    let place = Place::new();
    pictures(&place.path("in"), 2);
    fs::create_dir(place.path("in/bi\nerror: rd")).unwrap();
    fs::write(place.path("in/bi\nerror: rd/a\nerror: b.png"), "no image").unwrap();
    let text = place.ok(&["data", "check", "in"]);
    assert!(text.contains(r"bi\u{a}error: rd"), "{text}");
    assert!(text.contains(r"a\u{a}error: b.png"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("error")), "{text}");
}

#[test]
fn a_hint_ends_its_message_and_help_comes_instead_of_a_list() {
    let place = Place::new();
    let message = place.refused(&["eval", "shapes", "--data", "shapes", "--metrics", "fidd"]);
    assert!(message.trim_end().ends_with("; did you mean 'fid'?"), "{message}");
    let conditional = ["--set", "condition.kind=projection", "--set", "data.labels=true", "--set", "train.steps=1"];
    place.ok(&[&["train", "digits-dcgan", "--run", "digits"], &SMALL[..], &conditional].concat());
    let message = place.refused(&["sample", "digits", "--class", "77"]);
    assert!(message.contains("no class '77'; the classes are 0, 1") && !message.contains("?;"), "{message}");
    for (words, line) in
        [(&["--threads", "2"][..], "Use a trained network:"), (&["data", "--threads", "2"], "  export")]
    {
        let output = place.run(words);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text.contains(line) && !text.contains("[subcommands"), "{text}");
    }
}

#[test]
fn a_network_of_one_style_is_for_stylize() {
    let place = Place::new();
    pictures(&place.path("in"), 2);
    place.ok(&["train", "shapes-style", "-o", "style", "--set", "model.width=2", "--set", "train.steps=1"]);
    let message = place.refused(&["inpaint", "style", "in/cat/000.png", "--box", "1,1,3,3", "-o", "x.png"]);
    assert!(message.contains("gives pictures a style: use gannet stylize --run"), "{message}");
    place.ok(&["stylize", "in/cat/000.png", "--run", "style", "-o", "x.png"]);
}
