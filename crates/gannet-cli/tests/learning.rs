//! A short run has to learn, measured by a classifier trained on other digits. Where the generator or the discriminator does
//! not learn, the measure says so.

mod common;

use common::Place;

/// Steps that take a few seconds; learning rates and the decay of the average are chosen for so short a run.
const SHORT: &str = "--set model.width=8 --set train.batch=32 --set ema.decay=0.98 \
    --set train.steps=400 --set sample.every=1000";
/// A network with this learning rate does not learn.
const STILL: &str = "1e-12";
const LEARNING: &str = "2e-3";

/// The Fréchet distance to real digits after a short run of `recipe`.
fn distance(place: &Place, recipe: &str, generator_lr: &str, discriminator_lr: &str) -> f64 {
    let run = format!("{recipe}-{generator_lr}-{discriminator_lr}");
    let rates = format!("optim.generator_lr={generator_lr} --set optim.discriminator_lr={discriminator_lr}");
    let train = format!("train {recipe} --run {run} {SHORT} --set {rates}");
    place.ok(&train.split_whitespace().collect::<Vec<_>>());
    let eval = format!("eval {run} --features classifier -n 1000 --reference-count 1000 --metrics fd --json");
    let json = place.ok(&eval.split_whitespace().collect::<Vec<_>>());
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    found["metrics"]["fd"].as_f64().unwrap()
}

#[test]
fn a_short_run_learns_and_fails_to_where_one_network_stands_still() {
    let place = Place::new();
    place.ok(&["train", "digits-lenet", "--seed", "1", "--run", "classifier", "--set", "train.steps=150"]);
    // Measured 70 and 57; the generator that has not begun to learn has 786.
    for recipe in ["digits-dcgan", "digits-lsgan"] {
        let found = distance(&place, recipe, LEARNING, LEARNING);
        assert!(found < 160.0, "{recipe} learns too little: {found}");
    }
    for (what, rates) in [("generator", [STILL, LEARNING]), ("discriminator", [LEARNING, STILL])] {
        let found = distance(&place, "digits-dcgan", rates[0], rates[1]);
        assert!(found > 500.0, "the {what} stands still, which the measure does not see: {found}");
    }
}
