//! Conditions and augmentations with every architecture: what a recipe accepts trains, and contradictions are refused.

mod common;

use gannet_data::Batch;
use gannet_nn::{NetworkKind, Role};
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_recipe::{Choice, ConditionKind, Recipe};
use gannet_train::events::Scalars;
use gannet_train::tasks::adversarial::GanTask;
use gannet_train::tasks::gan_task;

const BATCH: usize = 4;
const SIZE: usize = 32;
const CLASSES: usize = 3;

/// The setting of each network that tasks of GANs can have.
fn kinds() -> impl Iterator<Item = String> {
    NetworkKind::of_role(Role::Gan).map(|kind| format!("model.kind={kind}"))
}

/// Settings of all tests.
const SMALL: [&str; 9] = [
    "model.width=2",
    "model.latent=4",
    "model.hidden=8",
    "model.norm=none",
    "data.size=32",
    "data.labels=true",
    "train.batch=4",
    "train.steps=8",
    "condition.classes=a/b/c",
];

fn recipe(settings: &[&str]) -> Result<Recipe, String> {
    common::recipe(settings, &SMALL).map_err(|refusal| refusal.to_string())
}

fn task(recipe: &Recipe) -> Box<dyn GanTask> {
    gan_task(recipe, &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe, step: u64) -> Vec<Batch> {
    let batch = |number: usize| {
        let images = Stream::new(0, "images", 10 * step + number as u64).normals(BATCH * SIZE * SIZE);
        let labels = (0..BATCH).map(|at| (at + step as usize) % CLASSES).collect();
        Batch { images: images.into_iter().map(f32::tanh).collect(), labels, n: BATCH, channels: 1, size: SIZE }
    };
    (0..recipe.train.batches()).map(batch).collect()
}

/// The measurements of three steps, all of them finite.
fn trained(settings: &[&str]) -> Vec<Scalars> {
    let recipe = recipe(settings).unwrap_or_else(|refusal| panic!("{settings:?}: {refusal}"));
    let mut task = task(&recipe);
    let measured: Vec<Scalars> = (1..=3).map(|step| task.step(batches(&recipe, step), step)).collect();
    let finite = measured.iter().flatten().all(|(_, value)| value.is_finite());
    assert!(finite, "{settings:?}: {measured:?}");
    measured
}

fn has(measured: &[Scalars], name: &str) -> bool {
    measured.iter().all(|scalars| scalars.iter().any(|(key, _)| key == name))
}

#[test]
fn every_condition_trains_with_every_architecture_and_with_penalties() {
    for kind in kinds() {
        let kind = kind.as_str();
        for word in ConditionKind::WORDS {
            for penalty in ["penalty.r1=0.0", "penalty.r1=1.0", "penalty.wgan_gp=1.0"] {
                let condition = format!("condition.kind={word}");
                let measured = trained(&[kind, &condition, penalty, "loss.kind=hinge"]);
                let classifies = ["auxiliary", "info"].contains(word);
                assert_eq!(has(&measured, "loss/classification"), classifies, "{kind} {word}");
                assert_eq!(has(&measured, "error/class_real"), *word == "auxiliary", "{kind} {word}");
            }
        }
    }
    for word in ["concatenation", "projection", "auxiliary", "info"] {
        let condition = format!("condition.kind={word}");
        trained(&["model.kind=sngan", &condition, "model.generator_norm=conditional", "model.weight=spectral"]);
    }
    trained(&["model.kind=sngan", "model.attention=16", "model.weight=spectral", "model.generator_weight=spectral"]);
}

/// Invariant information clustering: the mutual information of an image's category and its distorted copy's, in nats.
#[test]
fn invariant_information_clustering_trains() {
    for kind in kinds() {
        let kind = kind.as_str();
        let info = [kind, "condition.kind=info", "condition.categories=3", "condition.iic_weight=1.0"];
        for settings in
            [&[][..], &["penalty.r1=1.0", "train.accumulate=2"], &["augment.kind=diff"], &["condition.q_network=true"]]
        {
            let measured = trained(&[&info[..], settings].concat());
            let information = measured.iter().flatten().filter(|(name, _)| *name == "iic/mutual_information");
            let values: Vec<f64> = information.map(|(_, value)| *value).collect();
            assert!(
                values.len() == 3 && values.iter().all(|value| (-1e-6..=3.0_f64.ln()).contains(value)),
                "{values:?}"
            );
        }
    }
    let refusal = recipe(&["condition.kind=auxiliary", "condition.iic_weight=1.0"]).unwrap_err();
    assert!(refusal.contains("condition.kind = \"info\""));
    assert!(recipe(&["condition.q_network=true"]).unwrap_err().contains("condition.kind = \"info\""));
    let small =
        recipe(&["model.kind=mlp", "data.size=20", "condition.kind=info", "condition.q_network=true"]).unwrap_err();
    assert!(small.contains("set data.size to 28, 32, 64 or 128"), "{small}");
}

#[test]
fn relativistic_losses_accumulation_and_rounds_go_with_classes() {
    for kind in kinds() {
        let kind = kind.as_str();
        let projection = [kind, "condition.kind=projection", "loss.kind=relativistic-pairing", "penalty.r2=1.0"];
        trained(&[&projection[..], &["train.accumulate=2", "train.discriminator_steps=2"]].concat());
    }
}

#[test]
fn every_augmentation_trains_with_penalties() {
    for augment in [
        "augment.kind=diff",
        "augment.kind=ada",
        "augment.deceive=true",
        "augment.consistency=cr",
        "augment.consistency=bcr",
        "augment.latent_consistency=5.0",
    ] {
        for kind in kinds() {
            let kind = kind.as_str();
            trained(&[kind, augment, "augment.p=0.5", "penalty.r1=1.0", "loss.kind=hinge"]);
        }
    }
    let all = "augment.policy=blit,geometry,color,filter,noise,cutout";
    trained(&["augment.kind=ada", "augment.p=1.0", all]);
    for (settings, name) in [
        (["augment.consistency=bcr", "augment.latent_consistency=5.0"], "penalty/bcr"),
        (["augment.consistency=cr", "augment.latent_consistency=5.0"], "penalty/zcr"),
        (["augment.kind=ada", "loss.kind=hinge"], "augment/p"),
    ] {
        assert!(has(&trained(&settings), name), "{name}");
    }
}

/// The probability rises while the discriminator overfits, and falls while it does not.
#[test]
fn ada_s_probability_follows_the_discriminator_s_overfitting() {
    let p = |settings: &[&str]| {
        let recipe = recipe(&[&["augment.kind=ada", "augment.kimg=0.1", "augment.p=0.4"], settings].concat()).unwrap();
        let mut task = task(&recipe);
        let measured: Vec<Scalars> = (1..=8).map(|step| task.step(batches(&recipe, step), step)).collect();
        let last = measured.last().unwrap().iter().find(|(name, _)| name == "augment/p").unwrap().1;
        (last, task.state())
    };
    // Four steps of four images out of a hundred, twice.
    let (falls, state) = p(&["optim.discriminator_lr=1e-9", "augment.target=1.0"]);
    assert!((falls - (0.4 - 0.32)).abs() < 1e-6, "{falls}");
    let objective = state.tensors.iter().find(|(name, _)| name == "objective").unwrap();
    assert!((f64::from(objective.1[0].values[0]) - falls).abs() < 1e-6, "it is kept with the checkpoint");
    let (rises, _) = p(&["optim.discriminator_lr=3e-3", "augment.target=0.01", "model.width=8"]);
    assert!(rises > 0.4, "{rises}");
}

/// Settings on a cosine schedule: at the start, half way, and after its end.
#[test]
fn settings_follow_a_cosine_and_stay() {
    let course = ["cosine.share=0.5", "cosine.lr=0.2", "cosine.penalty=0.1", "cosine.beta2=0.99", "cosine.ema=0.9"];
    let recipe = recipe(&[&course[..], &["train.steps=100", "cosine.augment=0.3"]].concat()).unwrap();
    let cosine = &recipe.cosine;
    let at = |step| {
        [cosine.lr(step, 100), cosine.penalty(step, 100), cosine.beta2(0.9, step, 100), cosine.ema(0.5, step, 100)]
    };
    let near = |found: [f64; 4], expected: [f64; 4]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}, not {expected:?}");
    };
    near(at(1), [1.0, 1.0, 0.9, 0.5]);
    near(at(26), [0.6, 0.55, 0.945, 0.7]);
    near(at(51), [0.2, 0.1, 0.99, 0.9]);
    near(at(100), [0.2, 0.1, 0.99, 0.9]);
    assert!((cosine.augment(0.1, 26, 100) - 0.2).abs() < 1e-12);
}

/// The table of docs/objectives.md lists what a DCGAN of labeled images is refused; other refusals have a remedy only.
#[test]
fn contradictions_are_refused_with_a_published_remedy() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/objectives.md");
    let list = std::fs::read_to_string(page).unwrap();
    for (settings, remedy) in [
        (&["condition.kind=projection", "train.pack=2"][..], "set train.pack = 1"),
        (&["condition.kind=projection", "loss.kind=ebgan"], "set condition.kind = \"none\""),
        (&["model.kind=sngan", "model.generator_norm=pixel"], "set it to batch or conditional"),
        (&["augment.consistency=cr", "train.pack=2"], "set train.pack = 1"),
        (&["augment.kind=ada", "loss.kind=relativistic-pairing"], "set augment.target = 0.0"),
    ] {
        assert_refused(settings, remedy);
        assert!(list.contains(&format!(": {remedy}")), "docs/objectives.md does not say: {remedy}");
    }
    for (settings, remedy) in [
        (&["condition.kind=projection", "data.labels=false"][..], "set data.labels = true"),
        (&["model.kind=sngan", "model.generator_norm=conditional"], "set condition.kind = \"projection\""),
        (&["model.kind=sngan", "model.attention=5"], "set model.attention to"),
        (&["augment.kind=diff", "augment.policy=hue"], "set it to some of color"),
        (&["model.kind=r3gan", "model.weight=spectral"], "leave it out"),
        (&["model.kind=r3gan", "model.minibatch_std=true"], "leave it out"),
        (&["model.kind=r3gan", "model.attention=16"], "leave it out"),
    ] {
        assert_refused(settings, remedy);
    }
}

fn assert_refused(settings: &[&str], remedy: &str) {
    let refusal = recipe(settings).expect_err(&format!("{settings:?} is accepted"));
    assert!(refusal.contains(remedy), "{settings:?}: {refusal}");
}
