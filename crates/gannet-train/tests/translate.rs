//! Networks from images to images in training: each kind learns with all its parameters, goes on after a checkpoint as if nothing had
//! happened, and what makes no sense is refused.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use gannet_data::{Batch, Beside, Loader, Source, Split};
use gannet_objectives::contrast::patch_contrast;
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_train::recipe::Recipe;
use gannet_train::tasks::{Problem, Task, batch_spec, build};
use gannet_weights::read_safetensors;

const SMALL: [&str; 10] = [
    "task=translate",
    "data.source=shapes-outlined",
    "data.target=shapes",
    "data.size=16",
    "data.channels=3",
    "model.width=2",
    "model.halvings=1",
    "model.norm=instance",
    "model.generator_norm=instance",
    "train.batch=2",
];

fn recipe(settings: &[&str]) -> Result<Recipe, String> {
    let settings: Vec<String> = SMALL.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
    Recipe::from_toml("", "the test", &settings).map_err(|refusal| refusal.to_string())
}

fn source(recipe: &Recipe) -> Arc<dyn Source> {
    if recipe.data.target.is_empty() {
        return gannet_data::open("shapes", Split::Train, 0, recipe.data.size).unwrap();
    }
    let sets =
        ["shapes-outlined", "shapes"].map(|name| gannet_data::open(name, Split::Train, 0, recipe.data.size).unwrap());
    Arc::new(Beside::matched(sets, batch_spec(recipe)).unwrap())
}

fn task(recipe: &Recipe) -> Box<dyn Task> {
    build(recipe, &source(recipe), None, &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe) -> Vec<Batch> {
    let mut loader = Loader::new(source(recipe), batch_spec(recipe), recipe.train.batch, 0, 0);
    (0..4).map(|_| loader.next().unwrap()).collect()
}

const UPSCALE: &str = "translate.kind=upscale";
const INPAINT: &str = "translate.kind=inpaint";
/// Images without partners.
const ALONE: &str = "data.target=";

const KINDS: [&[&str]; 15] = [
    &["model.kind=unet", "translate.dropout=true", "data.size=64"],
    &["model.kind=resnet", "model.blocks=2", "loss.kind=least-squares"],
    &["model.kind=unet", "translate.kind=cycle", "loss.kind=least-squares", "translate.pool=3"],
    &["model.kind=resnet", "model.blocks=1", "translate.kind=cycle", "translate.identity=0", "train.accumulate=2"],
    &["model.kind=resnet", "model.blocks=3", "translate.kind=contrast", "translate.patches=5"],
    &["model.kind=unet", "translate.kind=contrast", "translate.patches=5"],
    &["model.kind=compact", "model.blocks=2", UPSCALE, ALONE, "upscale.scale=2"],
    &[
        "model.kind=srresnet",
        "model.blocks=1",
        UPSCALE,
        ALONE,
        "model.generator_norm=batch",
        "upscale.degradation=real",
    ],
    &["model.kind=rrdb", "model.blocks=1", UPSCALE, ALONE, "upscale.scale=2", "model.judge=unet"],
    &["model.kind=compact", "model.blocks=1", UPSCALE, ALONE, "data.size=32", "translate.perceptual=1"],
    &["model.kind=gated", INPAINT, ALONE, "model.stages=2", "model.norm=none", "model.weight=spectral"],
    &["model.kind=johnson", "model.blocks=1", "translate.kind=stylise", ALONE, "data.size=32", "style.image=shapes"],
    &["model.kind=adain", "translate.kind=adain", "data.size=32", "style.variation=0.1"],
    &["model.kind=adain", "translate.kind=adain", "data.size=32", "model.halvings=3"],
    &["model.kind=gated", INPAINT, ALONE, "inpaint.holes=strokes", "loss.kind=least-squares", "train.accumulate=2"],
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
            // A row by itself has its singular vectors after one iteration.
            let moves = |name: &str| !name.contains("spectral.running_");
            let pairs = old.iter().zip(new).filter(|(old, new)| old == new && moves(&old.name));
            let still: Vec<&str> = pairs.map(|(old, _)| old.name.as_str()).collect();
            let all_moved = name == "pool" || still.is_empty();
            assert!(all_moved, "{settings:?}: {name} stands still in {still:?}");
        }
        whole.step(given(2), 2);
        let mut resumed = task(&recipe);
        resumed.restore(middle).unwrap();
        resumed.step(given(2), 2);
        assert!(whole.state() == resumed.state(), "{settings:?}: goes on elsewhere");
        let preview = whole.preview().unwrap();
        assert!(preview.rows > 1 && preview.columns > 1, "{settings:?}");
    }
}

#[test]
fn near_pairs_alone_need_no_discriminator() {
    let recipe = recipe(&["model.kind=unet", "translate.adversarial=0", "optim.generator_lr=5e-3"]).unwrap();
    let mut task = task(&recipe);
    let first = task.step(batches(&recipe)[..1].to_vec(), 1);
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grad/generator", "loss/l1"]);
    let l1 = |measured: Vec<(String, f64)>| measured.iter().find(|(name, _)| name == "loss/l1").unwrap().1;
    let mut last = 0.0;
    for step in 2..=60 {
        last = l1(task.step(batches(&recipe)[..1].to_vec(), step));
    }
    assert!(last < 0.7 * l1(first.clone()), "from {} to {last}", l1(first));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_remedy() {
    for (settings, remedy) in [
        (&["model.kind=dcgan"][..], "\"unet\" or \"resnet\""),
        (&["model.kind=unet", "data.size=24"], "data.size must be"),
        (&["model.kind=resnet", "data.size=30"], "multiple of 4"),
        (&["model.kind=unet", UPSCALE], "srresnet, rrdb or compact"),
        (&["model.kind=compact"], "translate.kind = \"upscale\""),
        (&["model.kind=compact", UPSCALE], "data.target"),
        (&["model.kind=compact", UPSCALE, ALONE, "data.size=18"], "multiple of 4"),
        (&["model.kind=rrdb", UPSCALE, ALONE, "data.size=18", "upscale.scale=2"], "multiple of 4"),
        (&["model.kind=gated"], "belong together"),
        (&["model.kind=unet", INPAINT], "belong together"),
        (&["model.kind=unet", "data.patches=4"], "set it to 0"),
        (&["model.kind=johnson"], "belong together"),
        (&["model.kind=unet", "translate.perceptual=1"], "data.size = 32"),
        (&["model.kind=unet", "translate.kind=cycle", "translate.perceptual=1"], "an image to be like"),
        (&["model.kind=johnson", "translate.kind=stylise", ALONE], "data.size = 32 or more"),
        (&["model.kind=johnson", "translate.kind=stylise", "data.size=32"], "data.target"),
        (&["model.kind=johnson", "translate.kind=stylise", "data.size=32", "data.channels=1"], "data.channels = 3"),
        (&["model.kind=adain"], "adain belong together"),
        (&["model.kind=johnson", "translate.kind=adain", "data.size=32"], "belong together"),
        (&["model.kind=adain", "translate.kind=adain"], "data.size = 32 or more"),
        (&["model.kind=adain", "translate.kind=adain", "data.size=36"], "multiple of 8"),
        (
            &["model.kind=adain", "translate.kind=adain", "data.size=32", "model.halvings=4"],
            "model.halvings to that or less",
        ),
        (&["model.kind=adain", "translate.kind=adain", "data.size=32", "data.channels=1"], "data.channels = 3"),
        (&["model.kind=adain", "translate.kind=adain", "data.size=32", "translate.perceptual=1"], "set it to 0"),
        (&["model.kind=unet", "translate.kind=cycle", "model.judge=unet"], "model.judge = \"patch\""),
        (&["model.kind=gated", INPAINT, ALONE, "data.size=20", "model.judge=unet"], "multiple of 8"),
        (&["model.kind=unet", "model.weight=spectral"], "model.norm = \"none\""),
        (&["model.kind=unet", "translate.kind=cycle", "translate.adversarial=0"], "set it above 0"),
        (&["model.kind=resnet", "translate.dropout=true"], "translate.dropout = false"),
        (&["model.kind=unet", "model.norm=layer"], "batch, instance or none"),
        (&["model.kind=unet", "model.halvings=3"], "set it to 2 at most"),
        (&["model.kind=unet", "translate.dropout=true"], "data.size = 64"),
        (&["model.kind=unet", "translate.adversarial=0", "penalty.r1=1"], "for a discriminator"),
        (&["model.kind=unet", "model.norm=batch", "penalty.wgan_gp=10"], "instance or none"),
        (&["model.kind=unet", "model.generator_norm=pixel"], "batch, instance or none"),
        (&["model.kind=unet", "augment.kind=diff"], "leave it at its default"),
        (&["model.kind=unet", "loss.kind=began"], "leave it at its default"),
        (&["model.kind=unet", "task=generate", "data.target="], "set task = \"translate\""),
        (
            &["model.kind=dcgan", "task=generate", "model.norm=batch", "model.generator_norm=batch", "data.size=32"],
            "data.target",
        ),
    ] {
        let refusal = recipe(settings).unwrap_err();
        assert!(refusal.contains(remedy), "{settings:?}: {refusal}");
    }
}

/// Of images with holes only the holes are made.
#[test]
fn what_is_known_stays() {
    let recipe = recipe(&["model.kind=gated", INPAINT, ALONE, "data.size=32", "inpaint.share=0.3"]).unwrap();
    let batch = batches(&recipe).remove(0);
    let chance = |at: u64| Stream::new(0, "problem", at);
    let posed = Problem::new(&recipe).pose(&batch, &chance, &device("cpu").unwrap());
    let [n, c, h, w] = posed.given.dims();
    assert_eq!([n, c, h, w], [2, 4, 32, 32]);
    let hole = posed.given.clone().narrow(1, 3, 1);
    let share: f32 = hole.clone().mean().into_scalar();
    assert!((0.3..0.5).contains(&share), "{share}");
    let made = posed.wanted.clone() * 0.0 + 0.25;
    let off = (posed.finished(made) - posed.wanted.clone()).abs();
    let known: f32 = (off.clone() * (hole.neg() + 1.0)).max().into_scalar();
    assert!(known == 0.0 && off.max().into_scalar::<f32>() > 0.1);
}

/// The image by cubic convolution, in whole steps of 8 bits; worn, it is another each time, and as large.
#[test]
fn what_is_given_is_smaller() {
    for (degradation, same) in [("bicubic", true), ("real", false)] {
        let degradation = format!("upscale.degradation={degradation}");
        let recipe = recipe(&["model.kind=compact", UPSCALE, ALONE, "data.size=32", &degradation]).unwrap();
        let batch = batches(&recipe).remove(0);
        let given = |seed: u64| -> Vec<f32> {
            let posed =
                Problem::new(&recipe).pose(&batch, &|at| Stream::new(seed, "problem", at), &device("cpu").unwrap());
            assert_eq!(posed.given.dims(), [2, 3, 8, 8]);
            assert_eq!(posed.shown().dims(), posed.wanted.dims());
            posed.given.into_data().iter().collect()
        };
        let values = given(0);
        let whole = |value: &f32| (value * 127.5 + 127.5 - (value * 127.5 + 127.5).round()).abs() < 1e-3;
        assert!(values.iter().all(|value| whole(value) && value.abs() <= 1.0));
        assert_eq!(values, given(0));
        assert_eq!(values == given(1), same);
    }
}

#[test]
fn the_contrast_of_patches_equals_pytorch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/reference/translators.safetensors");
    let (tensors, _) = read_safetensors(path.as_ref()).unwrap();
    let values = |name: &str| tensors.iter().find(|tensor| tensor.name == name).unwrap().values.clone();
    let device = device("cpu").unwrap().autodiff();
    let tensor = |name: &str| Tensor::<2>::from_data(TensorData::new(values(name), [16, 8]), &device);
    let point = |x: Tensor<2>| (x.clone() / ((x.clone() * x).sum_dim(1).sqrt() + 1e-7)).reshape([1, 16, 8]);
    let q = tensor("patchnce.q").require_grad();
    let loss = patch_contrast(point(q.clone()), point(tensor("patchnce.k")));
    let found: f32 = loss.clone().into_scalar();
    assert!((found - values("patchnce.loss")[0]).abs() < 1e-4, "{found}");
    let gradient: Vec<f32> = q.grad(&loss.backward()).unwrap().into_data().iter().collect();
    for (found, expected) in gradient.iter().zip(values("patchnce.grad_q")) {
        assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
    }
}
