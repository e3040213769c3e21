//! The commands as they are meant to be used.

mod common;

use common::{Place, SMALL, checkpoints, pictures};
use gannet_recipe::{Recipe, registry};

#[test]
fn a_run_leaves_all_that_was_promised() {
    let place = Place::new();
    let text = place.train("run", &["--set", "train.steps=6", "--set", "sample.every=3"]);
    assert!(text.contains("finished at step 6"), "{text}");
    let run = place.path("run");
    for file in ["recipe.toml", "metrics.jsonl", "film.gif", "plot.svg", "report.html", "samples/step-00000003.png"] {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    let names: Vec<String> =
        checkpoints(&run).iter().map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    for name in ["generator", "discriminator", "ema", "generator-adam", "discriminator-adam"] {
        assert!(names.contains(&format!("{name}.safetensors")), "{names:?}");
    }
    let events = std::fs::read_dir(&run).unwrap().flatten();
    assert!(events.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("events.out.tfevents.")));
    let metrics = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 6);
    for line in metrics.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for key in [
            "loss/discriminator",
            "loss/generator",
            "score/real",
            "score/fake",
            "score/fake_after",
            "grad/discriminator",
            "grad/generator",
        ] {
            assert!(line[key].as_f64().is_some_and(f64::is_finite), "{key} in {line}");
        }
    }
}

#[test]
fn every_recipe_trains_for_a_few_steps() {
    let place = Place::new();
    pictures(&place.path("pictures"), 12);
    let list = place.ok(&["recipes"]);
    let names: Vec<&str> = list.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let recipes: Vec<&str> = names.into_iter().filter(|name| name.contains('-')).collect();
    assert_eq!(recipes.len(), registry().len(), "{list}");
    for name in ["digits-gan", "digits-dcgan", "digits-lsgan", "mnist-gan", "mnist-dcgan", "mnist-lsgan"] {
        assert!(recipes.contains(&name), "{list}");
    }
    for recipe in recipes {
        let data: &[&str] = match recipe {
            _ if recipe.starts_with("mnist") => &["--data", "digits"],
            "folder-adain" => &["--data", "pictures", "--set", "data.target=shapes-striped"],
            "folder-style" => &["--data", "pictures", "--set", "stylize.image=shapes"],
            "folder-pix2pix" => &["--data", "pictures", "--set", "data.side_by_side=true"],
            _ if recipe.starts_with("folder") => &["--data", "pictures"],
            _ if recipe.starts_with("cifar10") => &["--data", "pictures", "--set", "data.hold_back=4"],
            _ => &[],
        };
        let small = small(recipe);
        let small: Vec<&str> = small.iter().map(String::as_str).collect();
        let words = [&["train", recipe, "--set", "train.steps=3"], &small[..], data].concat();
        let text = place.ok(&words);
        assert!(text.contains("finished at step 3"), "{recipe}: {text}");
    }
    let table = place.ok(&["runs"]);
    assert!(table.contains("runs/shapes-dcgan") && table.contains("3/3"), "{table}");
}

/// Settings that make any recipe quick: those that it has.
fn small(recipe: &str) -> Vec<String> {
    let own: Vec<&str> = Recipe::load(recipe, &[]).unwrap().literals().map(|(key, _)| key).collect();
    let wanted = SMALL.iter().copied().chain(["data.patches=0"]).filter(|word| *word != "--set");
    let has = |setting: &&str| setting.split_once('=').is_some_and(|(key, _)| own.contains(&key));
    wanted.filter(has).flat_map(|setting| ["--set".to_owned(), setting.to_owned()]).collect()
}

#[test]
fn samples_come_as_a_grid_or_one_by_one_and_repeat_with_their_seed() {
    let place = Place::new();
    // After fewer steps the averaged generator is still one gray to a byte.
    place.train("run", &["--set", "train.steps=40"]);
    place.ok(&["sample", "run", "-n", "9", "--seed", "5", "-o", "a.png"]);
    place.ok(&["sample", "run", "-n", "9", "--seed", "5", "-o", "b.png"]);
    place.ok(&["sample", "run", "-n", "9", "--seed", "6", "-o", "c.png"]);
    let [a, b, c] = ["a.png", "b.png", "c.png"].map(|name| std::fs::read(place.path(name)).unwrap());
    assert!(a == b && a != c);
    place.ok(&["sample", "run", "-n", "3", "--seed", "5", "-o", "one-by-one"]);
    let names: Vec<_> = std::fs::read_dir(place.path("one-by-one")).unwrap().collect();
    assert_eq!(names.len(), 3);
    let image = image::open(place.path("one-by-one/0000.png")).unwrap();
    assert_eq!((image.width(), image.height()), (28, 28));
    let message = place.refused(&["sample", "run", "-o", "a.png"]);
    assert!(message.contains("--force"), "{message}");
    assert!(std::fs::read(place.path("a.png")).unwrap() == a, "a refused command wrote");
}

#[test]
fn a_conditional_generator_gives_the_requested_classes() {
    let place = Place::new();
    let small = ["--data", "digits", "--set", "train.steps=3"];
    place.ok(&[&["train", "mnist-cgan", "--run", "run"], &SMALL[..], &small[..]].concat());
    let resolved = std::fs::read_to_string(place.path("run/recipe.toml")).unwrap();
    assert!(resolved.contains("classes = \"0/1/2/3/4/5/6/7/8/9\""), "{resolved}");
    let text = place.ok(&["sample", "run", "-n", "20", "-o", "all.png"]);
    assert!(text.starts_with("20 images"), "{text}");
    let grid = image::open(place.path("all.png")).unwrap();
    assert_eq!((grid.width(), grid.height()), (2 * (2 * 32 + 2) + 2, 10 * (2 * 32 + 2) + 2), "a class a row");
    place.ok(&["sample", "run", "-n", "9", "--class", "3", "--truncation", "0.7", "-o", "three.png"]);
    place.ok(&["sample", "run", "-n", "6", "--class", "3,7", "-o", "folders"]);
    for class in ["3", "7"] {
        assert_eq!(std::fs::read_dir(place.path("folders").join(class)).unwrap().count(), 3);
    }
    place.ok(&["interpolate", "run", "--class", "3,7,1", "--steps", "4", "-o", "walk.png"]);
    let strip = image::open(place.path("walk.png")).unwrap();
    assert_eq!(strip.height(), 2 * (2 * 32 + 2) + 2);
    place.ok(&["train", "digits-lenet", "--seed", "1", "--run", "classifier", "--set", "train.steps=5"]);
    let eval = place.ok(&["eval", "run", "--features", "classifier", "--metrics", "classes", "-n", "100"]);
    assert!(eval.contains("accuracy"), "{eval}");
    assert!(place.refused(&["sample", "run", "--class", "11", "-o", "x.png"]).contains("no class '11'"));
    place.train("plain", &["--set", "train.steps=2"]);
    assert!(place.refused(&["sample", "plain", "--class", "1", "-o", "x.png"]).contains("unconditional"));
}

#[test]
fn unsupervised_categories_are_matched_to_classes() {
    let place = Place::new();
    let small = ["--data", "digits", "--set", "train.steps=3"];
    place.ok(&[&["train", "mnist-infogan", "--run", "run"], &SMALL[..], &small[..]].concat());
    place.ok(&["train", "digits-lenet", "--seed", "1", "--run", "classifier", "--set", "train.steps=5"]);
    let eval = place.ok(&["eval", "run", "--features", "classifier", "--metrics", "classes", "-n", "100"]);
    assert!(eval.contains("best matching"), "{eval}");
    place.ok(&["sample", "run", "-n", "20", "--class", "0,9", "-o", "two.png"]);
}

#[test]
fn augmentations_are_displayed_before_training() {
    let place = Place::new();
    let words = ["train", "digits-dcgan", "--preview-augment", "seen.png"];
    for kind in ["diff", "ada"] {
        let text = place.ok(&[&words[..], &["--force", "--set", &format!("augment.kind={kind}")]].concat());
        assert!(text.contains("seen.png") && place.path("seen.png").is_file(), "{text}");
    }
    assert!(!place.path("runs").exists(), "nothing is trained");
    assert!(place.refused(&[&words[..], &["--force"]].concat()).contains("augment.kind=diff"));
}

/// A run that diverges says so, is rolled back as often as it may, and fails at last.
#[test]
fn a_run_that_diverges_is_rolled_back_and_fails_at_last() {
    let place = Place::new();
    let huge = ["--set", "optim.discriminator_lr=1e30", "--set", "optim.generator_lr=1e30", "--set", "model.norm=none"];
    let rest = ["--set", "train.steps=40", "--set", "checkpoint.every=1", "--set", "doctor.rollbacks=2"];
    let output = place.run(&[&["train", "--run", "run"], &SMALL[..], &huge, &rest].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.matches("doctor, step").count(), 3, "{error}");
    assert!(error.contains("diverged") && error.contains("(2 of 2 times)"), "{error}");
    let report = std::fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(report.contains("Doctor") && report.contains("diverged"));
}

#[test]
fn a_walk_is_an_animation_or_a_picture() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=2"]);
    place.ok(&["interpolate", "run", "--anchors", "3", "--steps", "4", "-o", "walk.gif"]);
    place.ok(&["interpolate", "run", "--anchors", "3", "--steps", "4", "--loop", "-o", "walk.png"]);
    let mut animation = gif::Decoder::new(std::fs::File::open(place.path("walk.gif")).unwrap()).unwrap();
    let mut frames = 0;
    while animation.read_next_frame().unwrap().is_some() {
        frames += 1;
    }
    assert_eq!(frames, 1 + 2 * 4);
    let strip = image::open(place.path("walk.png")).unwrap();
    assert_eq!((strip.width(), strip.height()), (5 * (2 * 28 + 2) + 2, 3 * (2 * 28 + 2) + 2));
}

#[test]
fn a_generator_is_evaluated_by_a_classifier_of_ones_own() {
    let place = Place::new();
    place.train("run", &["--set", "train.steps=2"]);
    place.ok(&["train", "digits-lenet", "--seed", "1", "--run", "classifier", "--set", "train.steps=5"]);
    let json =
        place.ok(&["eval", "run", "--features", "classifier", "-n", "100", "--reference-count", "100", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(found["metrics"]["fd"].as_f64().is_some_and(|distance| distance > 0.0), "{json}");
    let count = |side: &str| found["protocol"][side]["count"].as_u64();
    assert_eq!((count("images"), count("reference")), (Some(100), Some(100)));
    let shares: f64 =
        found["metrics"]["classes"].as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).sum();
    assert!((shares - 1.0).abs() < 1e-9);
    let text = place.ok(&["eval", "digits", "--split", "test", "--features", "classifier", "-n", "50"]);
    assert!(text.contains("accuracy"), "{text}");
    assert!(place.refused(&["eval", "run", "--features", "run"]).contains("classifier"));
    assert!(place.refused(&["sample", "classifier"]).contains("generates no images"));
}

#[test]
fn data_are_displayed_before_training() {
    let place = Place::new();
    pictures(&place.path("pictures"), 4);
    let report = place.ok(&["data", "check", "pictures"]);
    for word in ["48", "40", "cat", "dog", "RGB8", "crop"] {
        assert!(report.contains(word), "{word} is missing in {report}");
    }
    let list = place.ok(&["data", "list", "pictures"]);
    assert_eq!(list.lines().count(), 4);
    assert!(list.contains("cat/000.png"), "{list}");
}

#[test]
fn recipes_and_keys_explain_themselves() {
    let place = Place::new();
    assert!(place.ok(&["recipes", "mnist-lsgan"]).contains("kind = \"least-squares\""));
    assert!(place.ok(&["recipes", "--keys"]).contains("train.accumulate = 1"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.ok(&["completions", shell]).contains("interpolate"), "{shell}");
    }
    // A recipe that was printed can be edited and trained.
    std::fs::write(place.path("mine.toml"), place.ok(&["recipes", "digits-gan"])).unwrap();
    place.ok(&["train", "mine.toml", "--run", "run", "--set", "train.steps=1", "--set", "train.batch=2"]);
}
