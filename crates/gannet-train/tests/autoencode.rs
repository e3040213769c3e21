//! Autoencoders in training: each kind trains all its networks and continues exactly from a checkpoint.

mod common;

use std::sync::Arc;

use gannet_data::{Batch, Loader, Source, Split};
use gannet_ops::device::device;
use gannet_recipe::Recipe;
use gannet_train::tasks::{Task, build};

const SMALL: [&str; 7] = [
    "data.source=shapes",
    "data.size=32",
    "data.channels=3",
    "train.batch=4",
    "model.width=4",
    "model.hidden=8",
    "model.latent=3",
];

fn recipe(settings: &[&str]) -> Recipe {
    common::recipe(&[&["task=autoencode"], settings].concat(), &SMALL).unwrap()
}

fn source(split: Split) -> Arc<dyn Source> {
    gannet_data::open("shapes", split, 0, 32).unwrap()
}

fn task(recipe: &Recipe) -> Box<dyn Task> {
    let few = gannet_data::Subset::new(source(Split::Test), (0..16).collect());
    build(recipe, &source(Split::Train), Some(Arc::new(few)), &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe) -> Vec<Batch> {
    let mut loader = Loader::new(source(Split::Train), recipe.batch_spec(), recipe.train.batch, 0, 0);
    (0..4).map(|_| loader.next().unwrap()).collect()
}

const KINDS: [&[&str]; 6] = [
    &["autoencode.kind=plain", "autoencode.noise=0.3"],
    &["autoencode.kind=variational", "autoencode.likelihood=bernoulli", "train.accumulate=2"],
    &["autoencode.kind=adversarial", "model.kind=mlp"],
    &["autoencode.adversarial=1", "autoencode.features=1", "loss.kind=least-squares"],
    &["autoencode.adversarial=1", "model.kind=r3gan", "penalty.r1=1", "loss.kind=least-squares"],
    &["autoencode.kind=adversarial", "autoencode.adversarial=1", "model.kind=sngan", "loss.kind=least-squares"],
];

#[test]
fn every_kind_trains_all_its_networks_and_continues_from_a_checkpoint() {
    for settings in KINDS {
        let recipe = recipe(settings);
        let batches = batches(&recipe);
        let parts = recipe.train.batches();
        let inputs = |step: usize| batches[(step - 1) * parts % 4..][..parts].to_vec();
        let mut whole = task(&recipe);
        let before = whole.state();
        let measured = whole.step(inputs(1), 1);
        assert!(measured.iter().all(|(_, value)| value.is_finite()), "{settings:?}: {measured:?}");
        let middle = whole.state();
        for ((name, old), (_, new)) in before.tensors.iter().zip(&middle.tensors) {
            let moved = old.iter().zip(new).filter(|(old, new)| old != new).count();
            // Where residual branches start at 0, a first step leaves what is inside them alone.
            assert!(moved > 0 || name.ends_with("adam"), "{settings:?}: {name} does not change");
        }
        whole.step(inputs(2), 2);
        let mut resumed = task(&recipe);
        resumed.restore(middle).unwrap();
        resumed.step(inputs(2), 2);
        assert!(whole.state() == resumed.state(), "{settings:?}: differs after resuming");
        let (name, value) = whole.checkpoint_score().unwrap();
        assert!(name.starts_with("checkpoint_score/") && value > 0.0, "{settings:?}: {name} {value}");
        assert_eq!(whole.preview().unwrap().columns, 6);
        assert_eq!(whole.sample(0, 2).unwrap().dims(), [2, 3, 32, 32]);
    }
}

#[test]
fn the_evidence_bound_falls_in_training() {
    let recipe = recipe(&["optim.generator_lr=5e-3", "ema.decay=0"]);
    let mut task = task(&recipe);
    let before = task.checkpoint_score().unwrap();
    assert_eq!(before.0, "checkpoint_score/elbo");
    for step in 1..=60 {
        task.step(batches(&recipe)[step as usize % 4..][..1].to_vec(), step);
    }
    let after = task.checkpoint_score().unwrap().1;
    assert!(after < 0.7 * before.1, "from {} to {after}", before.1);
}
