//! Autoencoders in training: each kind learns with all its networks, goes on after a checkpoint as if nothing had happened, and what
//! makes no sense is refused.

use std::sync::Arc;

use gannet_data::{Batch, Loader, Source, Split};
use gannet_ops::device::device;
use gannet_train::recipe::Recipe;
use gannet_train::tasks::{Task, batch_spec, build};

const SMALL: [&str; 8] = [
    "task=autoencode",
    "data.source=shapes",
    "data.size=32",
    "data.channels=3",
    "model.width=4",
    "model.hidden=8",
    "model.latent=3",
    "train.batch=4",
];

fn recipe(settings: &[&str]) -> Result<Recipe, String> {
    let settings: Vec<String> = SMALL.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
    Recipe::from_toml("", "the test", &settings).map_err(|refusal| refusal.to_string())
}

fn source(split: Split) -> Arc<dyn Source> {
    gannet_data::open("shapes", split, 0, 32).unwrap()
}

fn task(recipe: &Recipe) -> Box<dyn Task> {
    let few = gannet_data::Subset::new(source(Split::Test), (0..16).collect());
    build(recipe, &source(Split::Train), Some(Arc::new(few)), &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe) -> Vec<Batch> {
    let mut loader = Loader::new(source(Split::Train), batch_spec(recipe), recipe.train.batch, 0, 0);
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
fn every_kind_learns_with_all_its_networks_and_goes_on_after_a_checkpoint() {
    for settings in KINDS {
        let recipe = recipe(settings).unwrap();
        let batches = batches(&recipe);
        let parts = recipe.train.batches();
        let given = |step: usize| batches[(step - 1) * parts % 4..][..parts].to_vec();
        let mut whole = task(&recipe);
        let before = whole.state();
        let measured = whole.step(given(1), 1);
        assert!(measured.iter().all(|(_, value)| value.is_finite()), "{settings:?}: {measured:?}");
        let middle = whole.state();
        for ((name, old), (_, new)) in before.tensors.iter().zip(&middle.tensors) {
            let moved = old.iter().zip(new).filter(|(old, new)| old != new).count();
            // Where residual branches start at 0, a first step leaves what is inside them alone.
            assert!(moved > 0 || name.ends_with("adam"), "{settings:?}: {name} stands still");
        }
        whole.step(given(2), 2);
        let mut resumed = task(&recipe);
        resumed.restore(middle).unwrap();
        resumed.step(given(2), 2);
        assert!(whole.state() == resumed.state(), "{settings:?}: goes on elsewhere");
        let (name, value) = whole.judge().unwrap();
        assert!(name.starts_with("judge/") && value > 0.0, "{settings:?}: {name} {value}");
        assert_eq!(whole.preview().unwrap().columns, 6);
        assert_eq!(whole.draw(0, 2).unwrap().dims(), [2, 3, 32, 32]);
    }
}

#[test]
fn a_bound_falls_while_it_is_learned() {
    let recipe = recipe(&["optim.generator_lr=5e-3", "ema.decay=0"]).unwrap();
    let mut task = task(&recipe);
    let before = task.judge().unwrap();
    assert_eq!(before.0, "judge/bound");
    for step in 1..=60 {
        task.step(batches(&recipe)[step as usize % 4..][..1].to_vec(), step);
    }
    let after = task.judge().unwrap().1;
    assert!(after < 0.7 * before.1, "from {} to {after}", before.1);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_remedy() {
    for (settings, remedy) in [
        (&["model.kind=lenet"][..], "model.kind = \"dcgan\""),
        (&["model.kind=unet"], "task = \"translate\""),
        (&["autoencode.features=1"], "autoencode.adversarial above 0"),
        (&["autoencode.reconstruction=0"], "autoencode.reconstruction above 0"),
        (&["augment.kind=diff"], "leave it at its default"),
        (&["model.minibatch_std=true"], "leave it at its default"),
        (&["penalty.r1=1"], "for a discriminator"),
        (&["penalty.lecam=1"], "leave it at its default"),
        (&["condition.kind=concatenation", "data.labels=true"], "leave it at its default"),
    ] {
        let refusal = recipe(settings).unwrap_err();
        assert!(refusal.contains(remedy), "{settings:?}: {refusal}");
    }
}
