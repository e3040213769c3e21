//! Every loss with every penalty and every norm: what a recipe accepts trains, and contradictions are refused.

mod common;

use gannet_data::Batch;
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_recipe::{Choice, GeneratorNormKind, LossKind, NormKind, Recipe, WeightKind};
use gannet_train::tasks::adversarial::GanTask;
use gannet_train::tasks::gan_task;

const PENALTIES: [&str; 9] = [
    "penalty.r1=0.0",
    "penalty.r1=1.0",
    "penalty.r2=1.0",
    "penalty.wgan_gp=1.0",
    "penalty.dragan=1.0",
    "penalty.zero_gp=1.0",
    "penalty.lecam=1.0",
    "penalty.orthogonal=0.1",
    "penalty.clip=0.01",
];

/// Other settings that change the objective or the step.
const OPTIONS: [&str; 8] = [
    "loss.smoothing=0.1",
    "loss.feature_matching=1.0",
    "loss.pull_away=0.1",
    "train.pack=2",
    "train.instance_noise=0.1",
    "train.top_k=0.5",
    "train.discriminator_steps=2",
    "model.minibatch_std=true",
];

const SMALL: [&str; 6] =
    ["model.width=2", "model.latent=4", "model.hidden=8", "data.size=28", "train.batch=4", "train.steps=3"];

const BATCH: usize = 4;

fn recipe(settings: &[&str]) -> Result<Recipe, String> {
    common::recipe(settings, &SMALL).map_err(|refusal| refusal.to_string())
}

fn task(recipe: &Recipe) -> Box<dyn GanTask> {
    gan_task(recipe, &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe, step: u64) -> Vec<Batch> {
    let batch = |number: usize| {
        let images = Stream::new(0, "images", 10 * step + number as u64).normals(BATCH * 28 * 28);
        let images = images.into_iter().map(f32::tanh).collect();
        Batch { images, labels: Vec::new(), n: BATCH, channels: 1, size: 28 }
    };
    (0..recipe.train.batches()).map(batch).collect()
}

/// Whether all measurements of three steps are finite. A penalty that is on must be measured.
fn trains(recipe: &Recipe) -> bool {
    let mut task = task(recipe);
    (1..=3).all(|step| {
        let measured = task.step(batches(recipe, step), step);
        let penalty = &recipe.penalty;
        let on = penalty.r1 + penalty.r2 + penalty.wgan_gp + penalty.dragan + penalty.zero_gp + penalty.lecam > 0.0;
        assert!(!on || measured.iter().any(|(name, _)| name.starts_with("penalty/")), "{measured:?}");
        measured.iter().all(|(_, value)| value.is_finite())
    })
}

/// Checks that the documentation lists the remedy that a refusal names.
fn assert_published(reason: &str) {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/objectives.md");
    let list = std::fs::read_to_string(page).unwrap();
    let remedy = reason.rsplit(": ").next().unwrap().split(", and").next().unwrap();
    assert!(list.contains(&format!(": {remedy}")), "docs/objectives.md does not say: {remedy}");
}

/// Trains all accepted combinations. Returns their number, and the refused ones with the reason.
fn refused(combinations: impl Iterator<Item = Vec<String>>) -> (usize, Vec<(String, String)>) {
    let (mut accepted, mut refused) = (0, Vec::new());
    for settings in combinations {
        let words: Vec<&str> = settings.iter().map(String::as_str).collect();
        match recipe(&words) {
            Ok(recipe) => {
                accepted += 1;
                assert!(trains(&recipe), "{words:?}: a measurement is not finite");
            }
            Err(reason) => {
                assert_published(&reason);
                refused.push((words.join(" "), reason));
            }
        }
    }
    (accepted, refused)
}

#[test]
fn losses_with_penalties_and_norms_train_three_finite_steps_or_are_refused_with_a_reason() {
    let all = LossKind::WORDS.iter().flat_map(|loss| {
        let penalties = PENALTIES.iter().flat_map(|penalty| NormKind::WORDS.iter().map(move |norm| (penalty, norm)));
        penalties.map(move |(penalty, norm)| {
            vec![format!("loss.kind={loss}"), (*penalty).to_owned(), format!("model.norm={norm}")]
        })
    });
    let (accepted, refused) = refused(all);
    // Wasserstein without a bound: without a penalty, with LeCam and with orthogonality, with each norm. The two
    // penalties towards norm one: with batch norm for each of the losses, and with the two energies for the other norms.
    // LeCam with the two energies, with each norm.
    let (losses, norms) = (LossKind::WORDS.len(), NormKind::WORDS.len());
    let count = [3 * norms, 2 * losses, 2 * 2 * (norms - 1), 2 * norms].iter().sum();
    assert_eq!((accepted, refused.len()), (losses * PENALTIES.len() * norms - count, count));
    for (settings, reason) in refused {
        let found =
            ["penalty.wgan_gp = 10", "set model.norm to layer, instance or none", "least at real", "energies apart"];
        assert!(found.iter().any(|words| reason.contains(words)), "{settings}: {reason}");
    }
}

#[test]
fn losses_with_reparameterized_weights_train_three_finite_steps_or_are_refused_with_a_reason() {
    let all = LossKind::WORDS.iter().flat_map(|loss| {
        let kinds = ["dcgan", "mlp"].into_iter().flat_map(|kind| PENALTIES.iter().map(move |penalty| (kind, penalty)));
        kinds.flat_map(move |(kind, penalty)| {
            WeightKind::WORDS.iter().map(move |weight| {
                let settings = [format!("loss.kind={loss}"), (*penalty).to_owned(), format!("model.kind={kind}")];
                let norm = (kind == "dcgan").then(|| "model.norm=none".to_owned());
                settings.into_iter().chain([format!("model.weight={weight}")]).chain(norm).collect()
            })
        })
    });
    let (accepted, refused) = refused(all);
    // For each of two architectures: Wasserstein without a bound, spectral weights apart; clipped weights of two kinds;
    // two penalties of norm one, and LeCam, with two energies, each weight.
    let (losses, weights) = (LossKind::WORDS.len(), WeightKind::WORDS.len());
    let count = 2 * (3 * (weights - 1) + 2 * losses + 2 * 2 * weights + 2 * weights);
    assert_eq!((accepted, refused.len()), (losses * 2 * PENALTIES.len() * weights - count, count));
}

#[test]
fn options_and_generators_train_three_finite_steps_or_are_refused_with_a_reason() {
    let options = LossKind::WORDS.iter().flat_map(|loss| {
        OPTIONS.iter().map(move |option| {
            vec![
                format!("loss.kind={loss}"),
                (*option).to_owned(),
                "penalty.r1=1.0".to_owned(),
                "train.batch=4".to_owned(),
            ]
        })
    });
    let generators = GeneratorNormKind::WORDS.iter().flat_map(|norm| {
        WeightKind::WORDS
            .iter()
            .map(move |weight| vec![format!("model.generator_norm={norm}"), format!("model.generator_weight={weight}")])
    });
    let (accepted, refused) = refused(options.chain(generators));
    // Label smoothing is for two losses, pull-away for one; relativistic losses need all fakes; conditional and instance
    // norm are not DCGAN's.
    let (losses, weights) = (LossKind::WORDS.len(), WeightKind::WORDS.len());
    let count = (losses - 2) + (losses - 1) + 2 + 2 * weights;
    let all = losses * OPTIONS.len() + GeneratorNormKind::WORDS.len() * weights;
    assert_eq!((accepted, refused.len()), (all - count, count));
}

#[test]
fn a_norm_cancels_the_scale_of_a_weight() {
    for (norm, weight) in [("batch", "spectral"), ("layer", "weight-norm")] {
        let reason = recipe(&[&format!("model.norm={norm}"), &format!("model.weight={weight}")]).unwrap_err();
        assert!(reason.contains("set model.norm = \"none\""), "{reason}");
    }
    assert!(recipe(&["model.norm=batch", "model.weight=equalized"]).is_ok());
    assert!(recipe(&["train.pack=3"]).unwrap_err().contains("train.batch must be a multiple of train.pack"));
}

/// What an objective keeps from step to step is part of a checkpoint.
#[test]
fn an_objective_with_a_state_continues_where_it_was() {
    for settings in [
        ["loss.kind=began", "loss.k_rate=0.5"],
        ["penalty.lecam=1.0", "train.instance_noise=0.5"],
        ["augment.kind=ada", "augment.p=0.5"],
        ["augment.deceive=true", "augment.p=0.5"],
    ] {
        let recipe = recipe(&settings).unwrap();
        let mut whole = task(&recipe);
        (1..=2).for_each(|step| drop(whole.step(batches(&recipe, step), step)));
        let mut resumed = task(&recipe);
        resumed.restore(whole.state()).unwrap();
        assert!(whole.state().tensors.iter().any(|(name, tensors)| name == "objective" && tensors[0].values[0] != 0.0));
        assert_eq!(whole.step(batches(&recipe, 3), 3), resumed.step(batches(&recipe, 3), 3));
        assert_eq!(whole.state(), resumed.state());
    }
}

#[test]
fn bounds_that_exclude_each_other_are_refused() {
    let settings = ["penalty.wgan_gp=10.0", "penalty.clip=0.01", "model.norm=none"].map(str::to_owned);
    let refusal = Recipe::from_toml("", "the test", &settings).unwrap_err().to_string();
    assert!(refusal.contains("set one of them to 0"), "{refusal}");
    let settings = ["task=classify", "model.kind=lenet", "data.labels=true", "penalty.r1=1.0"].map(str::to_owned);
    let refusal = Recipe::from_toml("", "the test", &settings).unwrap_err().to_string();
    assert!(refusal.contains("this recipe's task is classify"), "{refusal}");
}

/// Lazy regularization: with `penalty.every = 2` a penalty acts in every second step.
#[test]
fn lazy_penalties_and_several_steps_of_the_discriminator() {
    let recipe = recipe(&["penalty.r1=1.0", "penalty.every=2", "train.discriminator_steps=3"]).unwrap();
    let mut task = task(&recipe);
    for step in 1..=3 {
        let measured = task.step(batches(&recipe, step), step);
        let penalized = measured.iter().any(|(name, _)| name == "penalty/r1");
        assert_eq!(penalized, step % 2 == 1, "step {step}");
        let of =
            |name: &str| task.state().counters.iter().find(|(counter, _)| counter == name).map(|(_, count)| *count);
        assert_eq!((of("generator"), of("discriminator")), (Some(step), Some(3 * step)));
    }
}
