//! Recipes in files, and `--set`.

use std::fs;
use std::path::Path;

use super::{read, refusal, set};
use crate::{Fit, LossKind, Recipe, changes_allowed_in_lab, changes_allowed_on_resume};

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_says_what_differs_from_its_base_and_the_base_from_the_defaults() {
    let recipe = read("base = 'digits-lsgan'\n[loss]\nc = 0.5\n[train]\nsteps = 7").unwrap();
    assert_eq!((recipe.loss.kind, recipe.loss.c, recipe.train.steps), (LossKind::LeastSquares, 0.5, 7));
    assert_eq!((recipe.model.width, recipe.optim.beta1), (32, 0.5));
    assert_eq!((recipe.name.as_str(), recipe.method.as_str()), ("mine", "LSGAN"));
}

#[test]
fn a_base_may_be_a_file_beside_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "below.toml", "name = 'other'\nbase = 'digits-gan'\n[model]\nhidden = 9");
    let path = write(folder.path(), "above.toml", "base = './below.toml'\n[model]\nlatent = 3");
    let recipe = Recipe::load(&path, &["train.steps=5".into()]).unwrap();
    assert_eq!((recipe.model.hidden, recipe.model.latent, recipe.train.steps), (9, 3, 5));
    assert_eq!(recipe.name, "above");
}

#[test]
fn recipes_based_on_each_other_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "a.toml", "base = 'b.toml'");
    write(folder.path(), "b.toml", "base = './a.toml'");
    let message = refusal(Recipe::load(&first, &[]));
    assert!(message.contains("in a circle: recipe ") && message.contains("a.toml → recipe "), "{message}");
    let own = write(folder.path(), "own.toml", "base = 'own.toml'");
    assert!(refusal(Recipe::load(&own, &[])).contains("circle"));
    let shadow = write(folder.path(), "digits-gan.toml", "base = 'digits-gan'");
    assert_eq!(Recipe::load(&shadow, &[]).unwrap().method, "GAN");
}

#[test]
fn an_override_needs_no_quotes_and_the_later_one_wins() {
    let recipe = set(&[
        "loss.kind=least-squares",
        "data.fit = \"pad\"",
        "task = generate",
        "train.steps=1",
        "train.steps = 2_000",
    ])
    .unwrap();
    assert_eq!((recipe.loss.kind, recipe.data.fit, recipe.train.steps), (LossKind::LeastSquares, Fit::Pad, 2000));
    let recipe = set(&["data.source=2024", "optim.beta1=0", "data.flip=true", "seed=9"]).unwrap();
    assert_eq!((recipe.data.source.as_str(), recipe.optim.beta1), ("2024", 0.0));
    assert!(recipe.data.flip && recipe.seed == 9);
    assert_eq!(set(&["data.source=my photos/a=b"]).unwrap().data.source, "my photos/a=b");
}

#[test]
fn a_mistake_is_placed_where_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "below.toml", "[train]\nbatch = 0");
    let path = write(folder.path(), "above.toml", "base = 'below.toml'\n[train]\nbatch = 1");
    assert!(refusal(Recipe::load(&path, &[])).contains("below.toml)"));
    let broken = refusal(read("seed = 1\n\n[train\nsteps = 2"));
    assert!(broken.starts_with("recipe mine.toml, line 3 is not valid TOML: "), "{broken}");
    assert_eq!(
        refusal(set(&["train.batch=0"])),
        "train.batch must be a whole number from 1 to 65536, not 0 (in --set)"
    );
    assert_eq!(refusal(set(&["train.step=0"])), "unknown key 'train.step' in --set; did you mean 'train.steps'?");
    for malformed in ["foo", "=5", ""] {
        assert!(refusal(set(&[malformed])).contains("write it as key=value"), "{malformed}");
    }
}

#[test]
fn an_unknown_recipe_names_the_nearest() {
    assert_eq!(
        refusal(Recipe::load("mnst-dcgan", &[])),
        "no recipe called 'mnst-dcgan'; did you mean 'mnist-dcgan'? 'gannet recipes' lists all"
    );
    assert_eq!(refusal(Recipe::load("zebra", &[])), "no recipe called 'zebra'; 'gannet recipes' lists all");
    assert_eq!(
        refusal(read("base = 'digits-gam'")),
        "no recipe called 'digits-gam' (the base of recipe mine.toml); did you mean 'digits-gan'? \
         'gannet recipes' lists all"
    );
    assert!(refusal(Recipe::load("absent.toml", &[])).starts_with("cannot read the recipe absent.toml: "));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("portraits.toml"), "").unwrap();
    std::fs::write(folder.path().join("mine.toml"), "base = 'portrait'").unwrap();
    let mine = folder.path().join("mine.toml");
    let message = refusal(Recipe::load(mine.to_str().unwrap(), &[]));
    assert!(message.contains("did you mean 'portraits.toml'?"), "{message}");
    assert!(refusal(Recipe::load(path, &[])).ends_with(&format!("gannet train folder-dcgan --data {path}")));
}

#[test]
fn a_resumed_run_keeps_what_decides_its_course() {
    let old = set(&[]).unwrap();
    let free = ["train.steps=9", "sample.every=3", "checkpoint.every=3", "log.every=5", "data.source=moved"];
    assert!(changes_allowed_on_resume(&old, &set(&free).unwrap()).is_ok());
    for fixed in ["train.batch=9", "seed=1", "optim.beta1=0.1", "data.fit=pad", "model.width=8"] {
        let message = refusal(changes_allowed_on_resume(&old, &set(&[fixed]).unwrap()));
        let key = fixed.split('=').next().unwrap();
        assert!(message.starts_with(key) && message.contains("gannet train --from RUN"), "{message}");
    }
}

#[test]
fn another_task_or_network_is_the_change_that_is_named() {
    let old = set(&[]).unwrap();
    let message = refusal(changes_allowed_on_resume(&old, &set(&["task=autoencode"]).unwrap()));
    assert!(message.starts_with("task cannot change") && message.contains("(it is \"generate\", \"autoencode\""));
    let message = refusal(changes_allowed_on_resume(&old, &set(&["model.kind=mlp"]).unwrap()));
    assert!(message.starts_with("model.kind cannot change when a run is resumed"), "{message}");
}

#[test]
fn the_lab_keeps_its_task_networks_and_images() {
    let own = set(&[]).unwrap();
    assert!(changes_allowed_in_lab(&own, &set(&["loss.kind=hinge", "train.steps=9", "seed=4"]).unwrap()).is_ok());
    for fixed in ["model.kind=mlp", "data.flip=true", "eval.every=5", "log.every=2"] {
        let message = refusal(changes_allowed_in_lab(&own, &set(&[fixed]).unwrap()));
        let key = fixed.split('=').next().unwrap();
        assert!(message.starts_with(&format!("{key} cannot change in the lab")), "{message}");
    }
}
