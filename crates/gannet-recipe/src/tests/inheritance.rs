//! Keys of tasks and networks: refused where they are written, dropped where they are inherited.

use gannet_choice::alternatives;
use gannet_nn::Role;

use super::{read, refusal, set};
use crate::{DiscriminatorKind, NetworkKind, NormKind, Recipe, Task, TaskKind};

#[test]
fn a_key_of_another_task_is_refused_where_it_is_written() {
    assert_eq!(
        refusal(read("task = 'pix2pix'\ncondition.kind = 'info'")),
        "condition.kind belongs to task generate, and this recipe's task is pix2pix: leave it out, or set task to generate \
         (in recipe mine.toml)"
    );
    assert_eq!(
        refusal(read("eval.every = 0\ntask = 'classify'")),
        "eval.every belongs to tasks generate and autoencode, and this recipe's task is classify: leave it out, or set task \
         to generate or autoencode (in recipe mine.toml)"
    );
    let message = refusal(read("base = 'folder-srvgg'\npix2pix.l1 = 3"));
    assert!(message.contains("belongs to task pix2pix") && message.contains("upscale: set upscale.l1 "), "{message}");
    let message = refusal(read("task = 'stylize'\nloss.kind = 'hinge'"));
    assert!(
        message.starts_with("loss.kind belongs to all tasks but classify, stylize and adain, and this recipe's task is stylize: leave it out, or set another task"),
        "{message}"
    );
    let message = refusal(set(&["data.target=shapes"]));
    assert!(message.contains("tasks pix2pix, cyclegan, cut and adain") && message.ends_with("(in --set)"), "{message}");
}

#[test]
fn a_base_of_another_task_lends_the_keys_that_both_tasks_have() {
    let recipe = read("base = 'cifar10-projection'\ntask = 'autoencode'\nautoencode.beta = 2").unwrap();
    let Task::Autoencode(own) = &recipe.task else { panic!("{:?}", recipe.task) };
    assert_eq!((own.beta, recipe.model.latent, recipe.optim.discriminator_lr), (2.0, 128, 4e-3));
    assert_eq!((recipe.condition.count(), recipe.data.labels), (0, false));
    let recipe = read("base = 'folder-style'\ntask = 'upscale'").unwrap();
    assert_eq!((recipe.model.kind, recipe.data.patches, recipe.data.size), (NetworkKind::Srresnet, 16, 128));
    assert_eq!(recipe.model.blocks, 3);
}

/// A key that a recipe in the middle does not have does not come back above it.
#[test]
fn what_was_dropped_stays_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("low.toml"), "task = 'upscale'\nupscale.scale = 2\ntrain.steps = 9").unwrap();
    std::fs::write(path("middle.toml"), "base = 'low.toml'\ntask = 'inpaint'").unwrap();
    std::fs::write(path("high.toml"), "base = 'middle.toml'\ntask = 'upscale'").unwrap();
    let recipe = Recipe::load(&path("high.toml"), &[]).unwrap();
    let Task::Upscale(own) = &recipe.task else { panic!("{:?}", recipe.task) };
    assert_eq!((own.scale, recipe.train.steps), (4, 9));
}

#[test]
fn the_network_of_a_recipe_is_the_first_that_fits_its_task() {
    for (task, network) in [("generate", "dcgan"), ("cut", "unet"), ("inpaint", "deepfill"), ("stylize", "johnson")] {
        assert_eq!(super::schema::unchecked(&format!("task = '{task}'")).model.kind.to_string(), network);
    }
    let recipe = set(&["task=classify", "data.labels=true", "data.size=32"]).unwrap();
    assert_eq!((recipe.task.kind(), recipe.model.kind), (TaskKind::Classify, NetworkKind::Lenet));
}

#[test]
fn a_network_of_another_task_is_refused_with_those_that_fit() {
    let networks = |role| alternatives(&NetworkKind::of_role(role).collect::<Vec<_>>());
    assert_eq!(
        refusal(read("model.kind = 'lenet'")),
        format!(
            "model.kind lenet belongs to task classify, and this recipe's task is generate: set model.kind to {}, or set task \
             to classify (in recipe mine.toml)",
            networks(Role::Gan)
        )
    );
    for (text, role) in [
        ("task = 'classify'\nmodel.kind = 'dcgan'", Role::Classifier),
        ("task = 'pix2pix'\nmodel.kind = 'dcgan'", Role::Translator),
        ("task = 'upscale'\nmodel.kind = 'unet'", Role::Upscaler),
        ("task = 'autoencode'\nmodel.kind = 'small-resnet'", Role::Gan),
        ("task = 'inpaint'\nmodel.kind = 'unet'", Role::Inpainter),
        ("task = 'adain'\nmodel.kind = 'johnson'", Role::FeatureDecoder),
    ] {
        let (message, fitting) = (refusal(read(text)), format!("set model.kind to {}", networks(role)));
        assert!(message.contains(&fitting), "{text}: {message}");
    }
    for (text, fitting) in [
        ("task = 'pix2pix'\nmodel.kind = 'srvgg'", "set task to upscale"),
        ("task = 'pix2pix'\nmodel.kind = 'deepfill'", "set task to inpaint"),
        ("task = 'cyclegan'\nmodel.kind = 'johnson'", "set task to stylize"),
        ("model.kind = 'unet'", "set task to pix2pix, cyclegan or cut"),
    ] {
        let message = refusal(read(text));
        assert!(message.contains(fitting), "{text}: {message}");
    }
}

#[test]
fn a_key_that_the_network_does_not_read_is_refused_unless_it_is_at_its_default() {
    assert_eq!(
        refusal(read("model.attention = 16")),
        "model.attention is a setting of sngan, and model.kind is dcgan: leave it out (in recipe mine.toml)"
    );
    assert!(read("model.attention = 0").is_ok());
    for text in [
        "model.kind = 'r3gan'\nmodel.weight = 'spectral'",
        "model.kind = 'r3gan'\nmodel.generator_weight = 'equalized'",
        "model.kind = 'r3gan'\nmodel.minibatch_std = true",
        "model.kind = 'sngan'\nmodel.norm = 'none'",
        "model.kind = 'mlp'\nmodel.width = 32",
        "model.kind = 'mlp'\nmodel.generator_norm = 'pixel'",
        "task = 'pix2pix'\nmodel.generator_weight = 'spectral'",
        "task = 'pix2pix'\nmodel.latent = 5",
        "task = 'adain'\nmodel.n_layers = 1",
    ] {
        let message = refusal(read(text));
        assert!(message.contains(" is a setting of ") && message.contains("leave it out"), "{text}: {message}");
    }
}

#[test]
fn keys_that_the_network_of_a_recipe_does_not_read_are_not_inherited() {
    let recipe = Recipe::load("cifar10-sagan", &[]).unwrap();
    assert_eq!((recipe.model.kind, recipe.model.norm), (NetworkKind::Sngan, NormKind::Batch));
    assert!(!recipe.to_toml().contains("\nnorm = ") && recipe.to_toml().contains("weight = \"spectral\""));
    let recipe = set(&["model.kind=mlp"]).unwrap();
    assert_eq!((recipe.model.width, recipe.model.latent), (Recipe::default().model.width, 16));
}

#[test]
fn the_discriminator_of_an_image_to_image_task_decides_which_keys_there_are() {
    let text = "task = 'upscale'\ndata.size = 64\ndata.channels = 3\nmodel.discriminator = 'unet'\n";
    assert!(read(text).is_ok());
    let message = refusal(read(&format!("{text}model.n_layers = 2")));
    assert_eq!(
        message,
        "model.n_layers is a setting of discriminator patch, and model.kind is srresnet, with discriminator unet: leave it out \
         (in recipe mine.toml)"
    );
    let recipe = Recipe::load("folder-srgan", &["model.discriminator=unet".into()]).unwrap();
    assert_eq!(recipe.model.discriminator, DiscriminatorKind::Unet);
    assert_eq!(recipe.model.norm, NormKind::Batch);
}

/// InfoGAN's separate network has the width of `[model]`, whatever the others are.
#[test]
fn a_separate_q_network_reads_the_width() {
    let text = "model.kind = 'mlp'\nmodel.width = 8\ncondition.kind = 'info'\n";
    assert!(refusal(read(text)).contains("model.width is a setting of"));
    assert_eq!(read(&format!("{text}condition.q_network = true")).unwrap().model.width, 8);
}
