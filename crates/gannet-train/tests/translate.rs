//! Image-to-image tasks in training: each trains all its networks, continues exactly from a checkpoint, and contradictions are
//! refused.

mod common;

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use gannet_data::{Batch, Loader, PairedSource, Source, Split};
use gannet_objectives::patch_nce::patch_nce;
use gannet_ops::device::device;
use gannet_ops::random::Stream;
use gannet_recipe::Recipe;
use gannet_train::tasks::paired::PairedTask;
use gannet_train::tasks::{Task, build};
use gannet_weights::read_safetensors;

/// The settings of all tests. A key that a recipe's task or networks do not have is left out.
const SMALL: [&str; 9] = [
    "data.source=shapes",
    "data.target=shapes",
    "data.size=16",
    "data.channels=3",
    "train.batch=2",
    "model.width=2",
    "model.n_layers=1",
    "model.norm=instance",
    "model.generator_norm=instance",
];

/// A small recipe of `task`; `settings` win.
fn recipe(task: &str, settings: &[&str]) -> Recipe {
    let own = [&[task], settings].concat();
    common::recipe(&own, &SMALL).unwrap_or_else(|refusal| panic!("{own:?}: {refusal}"))
}

fn source(recipe: &Recipe) -> Arc<dyn Source> {
    if recipe.data.target.is_empty() {
        return gannet_data::open("shapes", Split::Train, 0, recipe.data.size).unwrap();
    }
    let sets =
        ["shapes-outlined", "shapes"].map(|name| gannet_data::open(name, Split::Train, 0, recipe.data.size).unwrap());
    Arc::new(PairedSource::by_name(sets, recipe.batch_spec()).unwrap())
}

fn task(recipe: &Recipe) -> Box<dyn Task> {
    build(recipe, &source(recipe), None, &device("cpu").unwrap().autodiff()).unwrap()
}

fn batches(recipe: &Recipe) -> Vec<Batch> {
    let mut loader = Loader::new(source(recipe), recipe.batch_spec(), recipe.train.batch, 0, 0);
    (0..4).map(|_| loader.next().unwrap()).collect()
}

const PIX2PIX: &str = "task=pix2pix";
const CYCLEGAN: &str = "task=cyclegan";
const CUT: &str = "task=cut";
const UPSCALE: &str = "task=upscale";
const INPAINT: &str = "task=inpaint";
const STYLIZE: &str = "task=stylize";
const ADAIN: &str = "task=adain";

const TASKS: [(&str, &[&str]); 15] = [
    (PIX2PIX, &["model.kind=unet", "pix2pix.dropout=true", "data.size=64"]),
    (PIX2PIX, &["model.kind=resnet", "model.blocks=2", "loss.kind=least-squares"]),
    (CYCLEGAN, &["model.kind=unet", "loss.kind=least-squares", "cyclegan.pool=3"]),
    (CYCLEGAN, &["model.kind=resnet", "model.blocks=1", "cyclegan.identity=0", "train.accumulate=2"]),
    (CUT, &["model.kind=resnet", "model.blocks=3", "cut.patches=5"]),
    (CUT, &["model.kind=unet", "cut.patches=5"]),
    (UPSCALE, &["model.kind=srvgg", "model.blocks=2", "upscale.scale=2"]),
    (UPSCALE, &["model.kind=srresnet", "model.blocks=1", "model.generator_norm=batch", "upscale.degradation=real"]),
    (UPSCALE, &["model.kind=rrdb", "model.blocks=1", "upscale.scale=2", "model.discriminator=unet"]),
    (UPSCALE, &["model.kind=srvgg", "model.blocks=1", "data.size=32", "upscale.perceptual=1"]),
    (INPAINT, &["model.stages=2", "model.norm=none", "model.weight=spectral"]),
    (STYLIZE, &["model.blocks=1", "data.size=32", "stylize.image=shapes"]),
    (ADAIN, &["data.size=32", "adain.tv_weight=0.1"]),
    (ADAIN, &["data.size=32", "adain.depth=3"]),
    (INPAINT, &["inpaint.masks=strokes", "loss.kind=least-squares", "train.accumulate=2"]),
];

#[test]
fn every_task_trains_all_its_networks_and_continues_from_a_checkpoint() {
    for (task_setting, settings) in TASKS {
        let recipe = recipe(task_setting, settings);
        let batches = batches(&recipe);
        let parts = recipe.train.batches();
        let inputs = |step: usize| batches[(step - 1) * parts % 4..][..parts].to_vec();
        let mut whole = task(&recipe);
        let before = whole.state();
        let measured = whole.step(inputs(1), 1);
        assert!(measured.iter().all(|(_, value)| value.is_finite()), "{settings:?}: {measured:?}");
        let middle = whole.state();
        for ((name, old), (_, new)) in before.tensors.iter().zip(&middle.tensors) {
            // A matrix of one row has its singular vectors after one iteration.
            let moves = |name: &str| !name.contains("spectral.running_");
            let pairs = old.iter().zip(new).filter(|(old, new)| old == new && moves(&old.name));
            let still: Vec<&str> = pairs.map(|(old, _)| old.name.as_str()).collect();
            let all_moved = name == "pool" || still.is_empty();
            assert!(all_moved, "{settings:?}: {name} does not change in {still:?}");
        }
        whole.step(inputs(2), 2);
        let mut resumed = task(&recipe);
        resumed.restore(middle).unwrap();
        resumed.step(inputs(2), 2);
        assert!(whole.state() == resumed.state(), "{settings:?}: differs after resuming");
        let preview = whole.preview().unwrap();
        assert!(preview.rows > 1 && preview.columns > 1, "{settings:?}");
    }
}

#[test]
fn pix2pix_without_a_discriminator_learns_by_l1() {
    let recipe = recipe(PIX2PIX, &["pix2pix.adversarial=0", "optim.generator_lr=5e-3"]);
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

/// Pixels outside the mask are those of the target.
#[test]
fn inpainting_keeps_known_pixels() {
    let recipe = recipe(INPAINT, &["data.size=32", "inpaint.share=0.3"]);
    let batch = batches(&recipe).remove(0);
    let stream = |index: u64| Stream::new(0, "problem", index);
    let pairs = PairedTask::new(&recipe).pairs(&batch, &stream, &device("cpu").unwrap());
    let [n, c, h, w] = pairs.input.dims();
    assert_eq!([n, c, h, w], [2, 4, 32, 32]);
    let mask = pairs.input.clone().narrow(1, 3, 1);
    let share: f32 = mask.clone().mean().into_scalar();
    assert!((0.3..0.5).contains(&share), "{share}");
    let output = pairs.target.clone() * 0.0 + 0.25;
    let difference = (pairs.composite(output) - pairs.target.clone()).abs();
    let known: f32 = (difference.clone() * (mask.neg() + 1.0)).max().into_scalar();
    assert!(known == 0.0 && difference.max().into_scalar::<f32>() > 0.1);
}

/// The input of super-resolution is the downscaled target in 8 bits; a real degradation is random.
#[test]
fn upscaling_has_a_smaller_input() {
    for (degradation, same) in [("bicubic", true), ("real", false)] {
        let degradation = format!("upscale.degradation={degradation}");
        let recipe = recipe(UPSCALE, &["model.kind=srvgg", "data.size=32", &degradation]);
        let batch = batches(&recipe).remove(0);
        let input = |seed: u64| -> Vec<f32> {
            let stream = |index: u64| Stream::new(seed, "problem", index);
            let pairs = PairedTask::new(&recipe).pairs(&batch, &stream, &device("cpu").unwrap());
            assert_eq!(pairs.input.dims(), [2, 3, 8, 8]);
            assert_eq!(pairs.displayed_input().dims(), pairs.target.dims());
            pairs.input.into_data().iter().collect()
        };
        let values = input(0);
        let whole = |value: &f32| (value * 127.5 + 127.5 - (value * 127.5 + 127.5).round()).abs() < 1e-3;
        assert!(values.iter().all(|value| whole(value) && value.abs() <= 1.0));
        assert_eq!(values, input(0));
        assert_eq!(values == input(1), same);
    }
}

/// Sharpened targets are learned; the discriminator's real images are those of the batch.
#[test]
fn sharpened_targets_are_not_shown_to_the_discriminator() {
    let recipe = recipe(UPSCALE, &["model.kind=srvgg", "data.size=32", "upscale.sharpen=true"]);
    let batch = batches(&recipe).remove(0);
    let stream = |index: u64| Stream::new(0, "problem", index);
    let pairs = PairedTask::new(&recipe).pairs(&batch, &stream, &device("cpu").unwrap());
    assert_eq!(pairs.real().clone().into_data().iter::<f32>().collect::<Vec<_>>(), batch.images);
    let change: f32 = (pairs.target.clone() - pairs.real().clone()).abs().max().into_scalar();
    assert!(change > 0.05, "{change}");
}

#[test]
fn patch_nce_equals_pytorch() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/reference/translators.safetensors");
    let (tensors, _) = read_safetensors(path.as_ref()).unwrap();
    let values = |name: &str| tensors.iter().find(|tensor| tensor.name == name).unwrap().values.clone();
    let device = device("cpu").unwrap().autodiff();
    let tensor = |name: &str| Tensor::<2>::from_data(TensorData::new(values(name), [16, 8]), &device);
    let point = |x: Tensor<2>| (x.clone() / ((x.clone() * x).sum_dim(1).sqrt() + 1e-7)).reshape([1, 16, 8]);
    let q = tensor("patchnce.q").require_grad();
    let loss = patch_nce(point(q.clone()), point(tensor("patchnce.k")));
    let found: f32 = loss.clone().into_scalar();
    assert!((found - values("patchnce.loss")[0]).abs() < 1e-4, "{found}");
    let gradient: Vec<f32> = q.grad(&loss.backward()).unwrap().into_data().iter().collect();
    for (found, expected) in gradient.iter().zip(values("patchnce.grad_q")) {
        assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
    }
}
