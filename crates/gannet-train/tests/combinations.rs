//! Every loss with every penalty and every norm: what a recipe accepts trains, and what makes no sense is refused.

use gannet_data::Batch;
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_train::recipe::{LossKind, NormKind, Recipe};
use gannet_train::tasks::{AdversarialTask, Task, dcgan};

const PENALTIES: [&str; 7] = [
    "penalty.r1=0.0",
    "penalty.r1=1.0",
    "penalty.r2=1.0",
    "penalty.wgan_gp=1.0",
    "penalty.dragan=1.0",
    "penalty.zero_gp=1.0",
    "penalty.clip=0.01",
];

fn recipe(loss: &str, penalty: &str, norm: &str) -> Result<Recipe, String> {
    let settings = [
        format!("loss.kind={loss}"),
        penalty.to_owned(),
        format!("model.norm={norm}"),
        "model.width=2".to_owned(),
        "model.latent=4".to_owned(),
        "data.size=28".to_owned(),
        "train.batch=4".to_owned(),
    ];
    Recipe::from_toml("", "the test", &settings).map_err(|refusal| refusal.to_string())
}

/// Three steps; whether all that they measured is a number.
fn trains(recipe: &Recipe) -> bool {
    let device = device("cpu").unwrap().autodiff();
    let mut stream = Stream::new(0, "networks", 0);
    let config = dcgan(recipe);
    let networks = (config.init_generator(&mut stream, &device), config.init_discriminator(&mut stream, &device));
    let mut task = AdversarialTask::new(networks.0, networks.1, recipe, &device);
    (1..=3).all(|step| {
        let images = Stream::new(0, "images", step).normals(4 * 28 * 28);
        let images = images.into_iter().map(f32::tanh).collect();
        let batch = Batch { images, labels: Vec::new(), n: 4, channels: 1, size: 28 };
        let measured = task.step(vec![batch], step);
        let penalised = recipe.penalty.r1 + recipe.penalty.r2 + recipe.penalty.wgan_gp > 0.0;
        assert!(!penalised || measured.iter().any(|(name, _)| name.starts_with("penalty/")), "{measured:?}");
        measured.iter().all(|(_, value)| value.is_finite())
    })
}

#[test]
fn what_is_accepted_trains_three_finite_steps_and_the_rest_is_refused_with_a_reason() {
    let mut refused = Vec::new();
    let mut accepted = 0;
    for loss in LossKind::WORDS {
        for penalty in PENALTIES {
            for norm in NormKind::WORDS {
                match recipe(loss, penalty, norm) {
                    Ok(recipe) => {
                        accepted += 1;
                        assert!(trains(&recipe), "{loss}, {penalty}, {norm}: something is no number");
                    }
                    Err(reason) => refused.push((loss, penalty, norm, reason)),
                }
            }
        }
    }
    // Wasserstein without a bound, with each norm; the two penalties towards norm one with batch norm, with each loss.
    assert_eq!((accepted, refused.len()), (12 * 7 * 4 - 28, 28));
    for (loss, penalty, norm, reason) in refused {
        let of_the_slope = *loss == "wasserstein" && penalty == PENALTIES[0] && reason.contains("penalty.wgan_gp = 10");
        let of_the_batch = *norm == "batch" && reason.contains("set model.norm to layer, instance or none");
        assert!(of_the_slope || of_the_batch, "{loss}, {penalty}, {norm}: {reason}");
    }
}

#[test]
fn bounds_that_exclude_each_other_are_refused() {
    let settings = ["penalty.wgan_gp=10.0", "penalty.clip=0.01", "model.norm=none"].map(str::to_owned);
    let refusal = Recipe::from_toml("", "the test", &settings).unwrap_err().to_string();
    assert!(refusal.contains("set one of them to 0"), "{refusal}");
    let settings = ["task=classify", "model.kind=lenet", "data.labels=true", "penalty.r1=1.0"].map(str::to_owned);
    let refusal = Recipe::from_toml("", "the test", &settings).unwrap_err().to_string();
    assert!(refusal.contains("task classify has none"), "{refusal}");
}

/// A lazy penalty acts in every so manieth step alone.
#[test]
fn lazy_penalties_and_several_steps_of_the_discriminator() {
    let settings = ["model.width=2", "data.size=28", "train.batch=2", "penalty.r1=1.0", "penalty.every=2"];
    let settings = settings.map(str::to_owned).into_iter().chain(["train.discriminator_steps=3".to_owned()]);
    let recipe = Recipe::from_toml("", "the test", &settings.collect::<Vec<_>>()).unwrap();
    let device = device("cpu").unwrap().autodiff();
    let mut stream = Stream::new(0, "networks", 0);
    let config = dcgan(&recipe);
    let networks = (config.init_generator(&mut stream, &device), config.init_discriminator(&mut stream, &device));
    let mut task = AdversarialTask::new(networks.0, networks.1, &recipe, &device);
    for step in 1..=3 {
        let batch = || Batch { images: vec![0.5; 2 * 784], labels: Vec::new(), n: 2, channels: 1, size: 28 };
        let measured = task.step(vec![batch(), batch(), batch()], step);
        let penalised = measured.iter().any(|(name, _)| name == "penalty/r1");
        assert_eq!(penalised, step % 2 == 1, "step {step}");
        let of =
            |name: &str| task.state().counters.iter().find(|(counter, _)| counter == name).map(|(_, count)| *count);
        assert_eq!((of("generator"), of("discriminator")), (Some(step), Some(3 * step)));
    }
}
